/** How much waits in an outbox. */
import { HistoryPrunedError } from '../ledger/errors';
import type { Ledger, ReadOptions } from '../ledger/port';

/** How many events of an outbox have not been drained yet. @param outbox its ledger */
export async function countWaiting(outbox: Ledger): Promise<number> {
  try {
    return await count(outbox, {});
  } catch (error) {
    if (!(error instanceof HistoryPrunedError)) {
      throw error;
    }
    return count(outbox, { known: error.prunedThrough });
  }
}

async function count(outbox: Ledger, options: ReadOptions): Promise<number> {
  let events = 0;
  for await (const batch of outbox.read(outbox.start, options)) {
    events += batch.events.length;
  }
  return events;
}
