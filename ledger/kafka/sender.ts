/** Sends records: acknowledged by all in-sync replicas, compressed, one awaited request at a time. */
import { CompressionTypes, type Message, type Producer, type RecordMetadata, type TopicMessages } from 'kafkajs';
import { createClient, Sockets } from './connection';
import { RequestBytes } from './requestBytes';
import type { KafkaSettings } from './settings';

/** A record with the partition it goes to. */
export interface PlacedRecord extends Message {
  readonly partition: number;
}

/** What one topic is sent. */
export interface TopicRecords extends TopicMessages {
  topic: string;
  messages: PlacedRecord[];
}

const allInSync = -1;
const ackTimeoutMillis = 10_000;
const leastRequestBytes = 64 * 1024;
const firstRequestBytes = 256 * 1024;
const mostRequestBytes = 4 * 1024 * 1024;

/** One connection for writing. After an error it connects anew by itself. */
export class Sender {
  private producer: Promise<Producer> | null = null;
  private sockets = new Sockets();
  private readonly size = new RequestBytes(leastRequestBytes, mostRequestBytes, firstRequestBytes);

  constructor(private readonly settings: KafkaSettings) {}

  /** How many bytes of records the next request should carry at most, unless it is a single one. */
  get requestBytes(): number {
    return this.size.bytes;
  }

  /**
   * Resolves once everything is acknowledged. After an error any part of it may be stored.
   * @throws kafkajs's errors
   */
  async send(topicMessages: TopicRecords[]): Promise<RecordMetadata[]> {
    try {
      this.producer ??= this.connect();
      const producer = await this.producer;
      const began = performance.now();
      const answers = await producer.sendBatch({
        acks: allInSync,
        timeout: ackTimeoutMillis,
        compression: CompressionTypes.GZIP,
        topicMessages,
      });
      this.size.took(performance.now() - began, bytesIn(topicMessages));
      return answers;
    } catch (error) {
      this.size.failed();
      void this.disconnect();
      throw error;
    }
  }

  /** Ends the connection at once. */
  async disconnect(): Promise<void> {
    const { producer, sockets } = this;
    this.producer = null;
    this.sockets = new Sockets();
    sockets.destroy();
    await producer?.then((connected) => connected.disconnect()).catch(() => undefined);
    sockets.destroy();
  }

  private async connect(): Promise<Producer> {
    const producer = createClient(this.settings, this.sockets).producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      maxInFlightRequests: 1,
      // Trying again is decided above, where what has been stored meanwhile is looked up first.
      retry: { retries: 0 },
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
    await producer.connect();
    return producer;
  }
}

function bytesIn(topicMessages: readonly TopicRecords[]): number {
  let bytes = 0;
  for (const { messages } of topicMessages) {
    for (const { value } of messages) {
      bytes += value?.length ?? 0;
    }
  }
  return bytes;
}
