/**
 * Which ledger a pair of topics is: a record in the topic of producers, partition 0, written once the topic is complete.
 * Where several processes make a ledger at once, the first record in the log counts; each has a key of its own, so that
 * compaction keeps it.
 */
import { randomUUID } from 'node:crypto';
import { isUuid } from '../../schemas/uuid';
import { producersTopic, type Fetcher } from './fetcher';
import type { KafkaSettings } from './settings';
import type { Sender } from './sender';

/** What a ledger says of itself. */
export interface LedgerIdentity {
  readonly ledgerId: string;
  /** The number of partitions it was made with: a producer's partition depends on it. */
  readonly partitionCount: number;
}

const keyPrefix = 'ledger:';
const limits = { maxWaitMillis: 0, maxPartitionBytes: 1024 * 1024 };

/** The identity; null where the ledger has none yet. @throws kafkajs's errors */
export async function readIdentityRecord(fetcher: Fetcher, { topic }: KafkaSettings): Promise<LedgerIdentity | null> {
  let offset = 0;
  for (;;) {
    const from = { partition: 0, offset };
    const { messages, highWatermark } = await fetcher.fetchOne(producersTopic(topic), from, limits);
    for (const { key, value } of messages) {
      const identity = parse(key?.toString() ?? '', value?.toString() ?? '');
      if (identity !== null) {
        return identity;
      }
    }
    const last = messages.at(-1);
    offset = last === undefined ? offset + 1 : Number(last.offset) + 1;
    if (offset >= highWatermark) {
      return null;
    }
  }
}

/** Gives the ledger an identity, unless another process is faster. @throws kafkajs's errors */
export async function writeIdentityRecord(sender: Sender, settings: KafkaSettings, partitions: number): Promise<void> {
  const value = JSON.stringify({ partitions });
  await sender.send([
    { topic: producersTopic(settings.topic), messages: [{ key: `${keyPrefix}${randomUUID()}`, value, partition: 0 }] },
  ]);
}

function parse(key: string, value: string): LedgerIdentity | null {
  const ledgerId = key.slice(keyPrefix.length);
  if (!key.startsWith(keyPrefix) || !isUuid(ledgerId)) {
    return null;
  }
  const partitions = /^\{"partitions":([1-9][0-9]{0,5})\}$/.exec(value)?.[1];
  return partitions === undefined ? null : { ledgerId, partitionCount: Number(partitions) };
}
