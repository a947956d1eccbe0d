/** Reading a stretch of one partition, and what it means when the stretch is not there. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaMessage } from 'kafkajs';
import type { Fetcher, OffsetRange } from './fetcher';
import { damagedError, hasType, type LedgerName } from './kafkaErrors';

/** A partition and the stretch of it to read: from one offset up to another. */
export interface Stretch {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

const scanLimits = { maxWaitMillis: 500, maxPartitionBytes: 4 * 1024 * 1024 };

/** A new leader may for a moment not know yet how far the log is durable. */
const graceMillis = 10_000;
const graceStepMillis = 200;

/**
 * Reads a stretch of a topic that is not compacted, record by record in order.
 * @throws kafkajs's errors; {@link LedgerDamagedError} where records are gone
 */
export async function scanPartition(
  fetcher: Fetcher,
  ledger: LedgerName,
  { topic, partition, from, to }: Stretch,
  visit: (messages: readonly KafkaMessage[]) => void,
): Promise<void> {
  let offset = from;
  while (offset < to) {
    const { messages } = await fetchAt(fetcher, ledger, topic, partition, offset);
    const before = messages.findIndex((message) => Number(message.offset) >= to);
    visit(before === -1 ? messages : messages.slice(0, before));
    const last = messages.at(-1);
    offset = last === undefined ? offset : Number(last.offset) + 1;
  }
}

async function fetchAt(fetcher: Fetcher, ledger: LedgerName, topic: string, partition: number, offset: number) {
  try {
    return await fetcher.fetchOne(topic, { partition, offset }, scanLimits);
  } catch (error) {
    if (hasType(error, 'OFFSET_OUT_OF_RANGE')) {
      await checkInRange(fetcher, ledger, topic, [{ partition, offset }]);
    }
    throw error;
  }
}

/**
 * Tells what it means that a partition does not have an offset that was handed out.
 * @throws {LedgerDamagedError} where records before or after the offset are gone
 */
export async function checkInRange(
  fetcher: Fetcher,
  ledger: LedgerName,
  topic: string,
  wanted: readonly { readonly partition: number; readonly offset: number }[],
): Promise<ReadonlyMap<number, OffsetRange>> {
  const deadline = performance.now() + graceMillis;
  const partitions = wanted.map(({ partition }) => partition);
  for (;;) {
    const ranges = await fetcher.offsets(topic, partitions);
    const behind = wanted.find(({ partition, offset }) => offset > (ranges.get(partition)?.latest ?? 0));
    for (const { partition, offset } of wanted) {
      const earliest = ranges.get(partition)?.earliest ?? 0;
      if (offset < earliest) {
        throw expired(ledger, partition, offset, earliest);
      }
    }
    if (behind === undefined) {
      return ranges;
    }
    if (performance.now() > deadline) {
      const { partition, offset } = behind;
      throw damagedError(
        ledger,
        `partition ${String(partition)} ends at offset ${String(ranges.get(partition)?.latest ?? 0)}, before offset ` +
          `${String(offset)} which it has handed out: its end is lost (a replica that was behind became leader, or an older ` +
          `copy was put in its place); rebuild the views and send again what is missing`,
      );
    }
    await sleep(graceStepMillis);
  }
}

function expired(ledger: LedgerName, partition: number, offset: number, earliest: number): Error {
  return damagedError(
    ledger,
    `partition ${String(partition)} begins at offset ${String(earliest)}, and offset ${String(offset)} is asked for: what ` +
      `lay between has expired or was deleted; set retention.ms and retention.bytes to -1 and restore the topic`,
  );
}
