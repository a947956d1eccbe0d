/** Which partition keeps a producer's events: that of Kafka's own default partitioner for the key. */
import { Partitioners, type PartitionMetadata } from 'kafkajs';
import type { ProducerId } from '../port';

const place = Partitioners.DefaultPartitioner();

/** The partition of a producer, from 0, the same for every client of Kafka that partitions by key (murmur2). */
export function partitionOf(producer: ProducerId, partitionCount: number): number {
  const partitionMetadata = new Array<PartitionMetadata>(partitionCount);
  return place({ topic: '', partitionMetadata, message: { key: producer, value: null } });
}
