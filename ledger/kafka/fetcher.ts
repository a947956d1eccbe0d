/**
 * Reads records at offsets of the reader's own choosing, over a connection of its own. No consumer group is joined, so
 * there is nothing to rebalance, no coordinator to lose and no session to keep alive, however long a batch takes.
 */
import Cluster from 'kafkajs/src/cluster';
import type { KafkaMessage } from 'kafkajs';
import { LedgerUnreachableError } from '../errors';
import { connectionOptions, Sockets } from './connection';
import { RequestBytes } from './requestBytes';
import type { KafkaSettings } from './settings';

/** From where one partition is to be read. */
export interface PartitionOffset {
  readonly partition: number;
  readonly offset: number;
}

/** What one partition gave. */
export interface Fetched {
  readonly partition: number;
  /** The records from the asked offset on; empty where there are none yet. */
  readonly messages: readonly KafkaMessage[];
  /** The offset behind the last durable record. */
  readonly highWatermark: number;
}

/** The first and the next offset of a partition. */
export interface OffsetRange {
  readonly earliest: number;
  readonly latest: number;
}

/** How much one request asks for. */
export interface FetchLimits {
  /** How long the broker may wait for the first record. */
  readonly maxWaitMillis: number;
  readonly maxPartitionBytes: number;
}

const leastResponseBytes = 64 * 1024;
const firstResponseBytes = 256 * 1024;
const maxResponseBytes = 16 * 1024 * 1024;
const readUncommitted = 0;

const silent: Cluster.Logger = {
  namespace: () => silent,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** One connection for reading. After an error it connects anew by itself. */
export class Fetcher {
  private cluster: Promise<Cluster> | null = null;
  private sockets = new Sockets();
  private readonly size = new RequestBytes(leastResponseBytes, maxResponseBytes, firstResponseBytes);

  constructor(private readonly settings: KafkaSettings) {}

  /**
   * The partitions by the broker that leads them now.
   * @throws kafkajs's errors; {@link LedgerUnreachableError} while a partition has no leader
   */
  async leaders(topic: string, partitions: readonly number[]): Promise<Map<number, number[]>> {
    const cluster = await this.connected();
    let known = leadersOf(cluster, topic);
    if (!partitions.every((partition) => known.has(partition))) {
      await this.over(cluster.refreshMetadata());
      known = leadersOf(cluster, topic);
    }
    const byLeader = new Map<number, number[]>();
    for (const partition of partitions) {
      const leader = known.get(partition);
      if (leader === undefined) {
        await this.disconnect();
        const { address } = this.settings;
        throw new LedgerUnreachableError(
          `${address} did not answer: partition ${String(partition)} of ${topic} has no leader`,
          address,
        );
      }
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
    }
    return byLeader;
  }

  /**
   * What partitions led by one broker hold from the given offsets on.
   * @throws kafkajs's errors
   */
  async fetch(
    leader: number,
    topic: string,
    from: readonly PartitionOffset[],
    { maxWaitMillis, maxPartitionBytes }: FetchLimits,
  ): Promise<Fetched[]> {
    const cluster = await this.connected();
    const maxBytes = this.size.bytes;
    const began = performance.now();
    const { responses } = await this.over(
      cluster.findBroker({ nodeId: String(leader) }).then((broker) =>
        broker.fetch({
          maxWaitTime: maxWaitMillis,
          minBytes: 1,
          maxBytes,
          isolationLevel: readUncommitted,
          topics: [
            {
              topic,
              partitions: from.map(({ partition, offset }) => ({
                partition,
                fetchOffset: String(offset),
                maxBytes: Math.min(maxPartitionBytes, maxBytes),
              })),
            },
          ],
        }),
      ),
    );
    this.size.took(performance.now() - began, bytesIn(responses));
    const asked = new Map(from.map(({ partition, offset }) => [partition, offset]));
    return responses.flatMap(({ partitions }) =>
      partitions.map(({ partition, highWatermark, messages }) => ({
        partition,
        messages: atOrAfter(messages, asked.get(partition) ?? 0),
        highWatermark: Number(highWatermark),
      })),
    );
  }

  /** What one partition holds from an offset on. @throws kafkajs's errors */
  async fetchOne(topic: string, from: PartitionOffset, limits: FetchLimits): Promise<Fetched> {
    const [leader = -1] = (await this.leaders(topic, [from.partition])).keys();
    const [fetched] = await this.fetch(leader, topic, [from], limits);
    return fetched ?? { partition: from.partition, messages: [], highWatermark: from.offset };
  }

  /** The first and the next offset of each partition asked for. @throws kafkajs's errors */
  async offsets(topic: string, partitions: readonly number[]): Promise<Map<number, OffsetRange>> {
    await this.leaders(topic, partitions);
    const cluster = await this.connected();
    const ask = { topic, partitions: partitions.map((partition) => ({ partition })) };
    const [earliest, latest] = await this.over(
      Promise.all([
        cluster.fetchTopicsOffset([{ ...ask, fromBeginning: true }]),
        cluster.fetchTopicsOffset([{ ...ask, fromBeginning: false }]),
      ]),
    );
    const first = offsetsByPartition(earliest);
    const next = offsetsByPartition(latest);
    return new Map(
      partitions.map((partition) => [
        partition,
        { earliest: first.get(partition) ?? 0, latest: next.get(partition) ?? 0 },
      ]),
    );
  }

  /** Ends the connection without waiting for answers; what is under way fails. The next call connects anew. */
  async disconnect(): Promise<void> {
    const { cluster, sockets } = this;
    this.cluster = null;
    this.sockets = new Sockets();
    sockets.destroy();
    await cluster?.then((connected) => connected.disconnect()).catch(() => undefined);
    sockets.destroy();
  }

  private connected(): Promise<Cluster> {
    this.cluster ??= this.connect();
    return this.over(this.cluster);
  }

  private async connect(): Promise<Cluster> {
    const cluster = new Cluster({
      ...connectionOptions(this.settings, this.sockets),
      logger: silent,
      metadataMaxAge: 300_000,
      allowAutoTopicCreation: false,
    });
    await cluster.connect();
    await cluster.addMultipleTargetTopics([this.settings.topic, producersTopic(this.settings.topic)]);
    return cluster;
  }

  /** A connection on which anything has failed is not trusted again: its broker may be gone, or lead no longer. */
  private async over<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      this.size.failed();
      void this.disconnect();
      throw error;
    }
  }
}

/** The compacted topic beside a ledger's own that tells where each producer ends. */
export function producersTopic(topic: string): string {
  return `${topic}.producers`;
}

function leadersOf(cluster: Cluster, topic: string): Map<number, number> {
  const led = cluster.findTopicPartitionMetadata(topic).filter(({ leader }) => leader >= 0);
  return new Map(led.map(({ partitionId, leader }) => [partitionId, leader]));
}

function offsetsByPartition(topics: Awaited<ReturnType<Cluster['fetchTopicsOffset']>>): ReadonlyMap<number, number> {
  return new Map(topics.flatMap(({ partitions }) => partitions.map((p) => [p.partition, Number(p.offset)])));
}

function bytesIn(responses: Awaited<ReturnType<Cluster.Broker['fetch']>>['responses']): number {
  let bytes = 0;
  for (const { partitions } of responses) {
    for (const { messages } of partitions) {
      for (const { value } of messages) {
        bytes += value?.length ?? 0;
      }
    }
  }
  return bytes;
}

/** A broker answers with whole batches of records, so the first ones may lie before the asked offset. */
function atOrAfter(messages: readonly KafkaMessage[], offset: number): readonly KafkaMessage[] {
  const first = messages.findIndex((message) => Number(message.offset) >= offset);
  return first === 0 ? messages : first === -1 ? [] : messages.slice(first);
}
