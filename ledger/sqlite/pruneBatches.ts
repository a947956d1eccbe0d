/** Removes what has been relayed elsewhere; the producer's last sequence and the ledger's place stay as they are. */
import type { Tables } from './tables';

/**
 * Removes a producer's oldest batches, at most `maxBatches` of them, whose last sequence is at most `throughSequence`.
 * Must run inside a write transaction.
 * @returns how many batches are gone; fewer than `maxBatches` when nothing is left to remove
 */
export function pruneBatches(tables: Tables, producer: Buffer, throughSequence: number, maxBatches: number): number {
  const removed = tables.deleteBatches(producer, throughSequence, maxBatches);
  const newest = removed.reduce<(typeof removed)[number] | null>(
    (before, batch) => (before !== null && before.batchNumber > batch.batchNumber ? before : batch),
    null,
  );
  if (newest !== null) {
    tables.setPruned(newest);
    tables.setPrunedSequence(producer, Math.max(...removed.map(({ lastSequence }) => lastSequence)));
  }
  return removed.length;
}
