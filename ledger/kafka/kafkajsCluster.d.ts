/**
 * The part of kafkajs below its consumer that {@link Fetcher} uses: one connection to a cluster that asks for records at
 * offsets of the reader's own choosing. kafkajs has no public way to do that without joining a consumer group; its
 * version is pinned exactly, since this is not part of its public interface.
 */
declare module 'kafkajs/src/cluster' {
  import type { ISocketFactory, KafkaMessage, SASLOptions } from 'kafkajs';
  import type { ConnectionOptions } from 'node:tls';

  namespace Cluster {
    interface Options {
      readonly brokers: readonly string[];
      readonly clientId: string;
      readonly ssl: ConnectionOptions | null;
      readonly sasl: SASLOptions | undefined;
      readonly socketFactory: ISocketFactory;
      readonly logger: Logger;
      readonly connectionTimeout: number;
      readonly authenticationTimeout: number;
      readonly requestTimeout: number;
      readonly metadataMaxAge: number;
      readonly allowAutoTopicCreation: boolean;
      readonly retry: { readonly retries: number; readonly initialRetryTime: number; readonly maxRetryTime: number };
    }

    interface Logger {
      namespace(): Logger;
      debug(): void;
      info(): void;
      warn(): void;
      error(): void;
    }

    interface PartitionMetadata {
      readonly partitionId: number;
      /** -1 while there is none. */
      readonly leader: number;
    }

    interface FetchRequest {
      readonly maxWaitTime: number;
      readonly minBytes: number;
      readonly maxBytes: number;
      readonly isolationLevel: 0 | 1;
      readonly topics: readonly {
        readonly topic: string;
        readonly partitions: readonly {
          readonly partition: number;
          readonly fetchOffset: string;
          readonly maxBytes: number;
        }[];
      }[];
    }

    interface FetchedPartition {
      readonly partition: number;
      readonly highWatermark: string;
      readonly messages: readonly KafkaMessage[];
    }

    interface FetchResponse {
      readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
    }

    interface Broker {
      fetch(request: FetchRequest): Promise<FetchResponse>;
    }
  }

  class Cluster {
    constructor(options: Cluster.Options);
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
    refreshMetadata(): Promise<void>;
    findTopicPartitionMetadata(topic: string): readonly Cluster.PartitionMetadata[];
    findBroker(node: { readonly nodeId: string }): Promise<Cluster.Broker>;
    fetchTopicsOffset(
      topics: readonly {
        readonly topic: string;
        readonly partitions: readonly { readonly partition: number }[];
        readonly fromBeginning: boolean;
      }[],
    ): Promise<
      readonly {
        readonly topic: string;
        readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
      }[]
    >;
  }

  export = Cluster;
}
