/** Reading what is left in a ledger that is pruned, also while it is read. */
import { HistoryPrunedError } from './errors';
import type { Ledger, ProducerId, RecordedBatch } from './port';

/** Every event that has not been pruned, each once, in order. What is pruned meanwhile may be among them or not. */
export async function* readUnpruned(ledger: Pick<Ledger, 'start' | 'read'>): AsyncGenerator<RecordedBatch, void> {
  const known = new Map<ProducerId, number>();
  for (;;) {
    try {
      for await (const batch of ledger.read(ledger.start, { known })) {
        known.set(batch.producer, batch.firstSequence + batch.events.length - 1);
        yield batch;
      }
      return;
    } catch (error) {
      if (!(error instanceof HistoryPrunedError)) {
        throw error;
      }
      // Each time at least one producer has been pruned further, so this comes to an end.
      for (const [producer, sequence] of error.prunedThrough) {
        known.set(producer, Math.max(sequence, known.get(producer) ?? 0));
      }
    }
  }
}
