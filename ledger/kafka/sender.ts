/** Sends records: acknowledged by all in-sync replicas, compressed, one awaited request at a time. */
import { CompressionTypes, type Message, type Producer, type RecordMetadata, type TopicMessages } from 'kafkajs';
import { createClient, Sockets } from './connection';
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

/** One connection for writing. After an error it connects anew by itself. */
export class Sender {
  private producer: Promise<Producer> | null = null;
  private sockets = new Sockets();

  constructor(private readonly settings: KafkaSettings) {}

  /**
   * Resolves once everything is acknowledged. After an error any part of it may be stored.
   * @throws kafkajs's errors
   */
  async send(topicMessages: TopicRecords[]): Promise<RecordMetadata[]> {
    try {
      this.producer ??= this.connect();
      const producer = await this.producer;
      return await producer.sendBatch({
        acks: allInSync,
        timeout: ackTimeoutMillis,
        compression: CompressionTypes.GZIP,
        topicMessages,
      });
    } catch (error) {
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
