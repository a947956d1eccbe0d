/** Reading ledgers in tests without depending on how an adapter cuts its batches. */
import { readIdentity } from '../../schemas/singleObject';
import type { ProducerId, RecordedBatch } from '../../ledger/port';

/** All batches until the iteration ends, or as many as hold `maxEvents` events. */
export async function collect(
  batches: AsyncIterable<RecordedBatch>,
  maxEvents = Number.POSITIVE_INFINITY,
): Promise<RecordedBatch[]> {
  const collected: RecordedBatch[] = [];
  let events = 0;
  if (maxEvents > 0) {
    for await (const batch of batches) {
      collected.push(batch);
      events += batch.events.length;
      if (events >= maxEvents) {
        break;
      }
    }
  }
  return collected;
}

/**
 * Each producer's events in the order of delivery, as hexadecimal text.
 * @throws where a batch does not say the truth about its events, or a producer's events are not consecutive
 */
export function eventsByProducer(batches: readonly RecordedBatch[]): Map<ProducerId, string[]> {
  const events = new Map<ProducerId, string[]>();
  const next = new Map<ProducerId, number>();
  for (const batch of batches) {
    batch.events.forEach((event, index) => {
      const { producer, sequence } = readIdentity(event);
      const expected = next.get(producer) ?? sequence;
      if (producer !== batch.producer || sequence !== batch.firstSequence + index || sequence !== expected) {
        throw new Error(`event ${String(sequence)} of ${producer} delivered where ${String(expected)} belongs`);
      }
      next.set(producer, sequence + 1);
      const list = events.get(producer) ?? [];
      list.push(toHex(event));
      events.set(producer, list);
    });
  }
  return events;
}

/** Bytes as hexadecimal text. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
