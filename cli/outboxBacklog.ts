/** How much waits in an outbox, and since when. */
import { HistoryPrunedError } from '../ledger/errors';
import type { Ledger, ReadOptions } from '../ledger/port';

/** What has not been drained yet. */
export interface OutboxBacklog {
  readonly waitingEvents: number;
  /** When the oldest of them was recorded here, microseconds since 1970 UTC; null where nothing waits. */
  readonly oldestRecordedAtMicros: number | null;
}

/** What of an outbox has not been drained yet. @param outbox its ledger */
export async function measureBacklog(outbox: Ledger): Promise<OutboxBacklog> {
  try {
    return await measure(outbox, {});
  } catch (error) {
    if (!(error instanceof HistoryPrunedError)) {
      throw error;
    }
    return measure(outbox, { known: error.prunedThrough });
  }
}

async function measure(outbox: Ledger, options: ReadOptions): Promise<OutboxBacklog> {
  let waitingEvents = 0;
  let oldestRecordedAtMicros: number | null = null;
  for await (const batch of outbox.read(outbox.start, options)) {
    waitingEvents += batch.events.length;
    oldestRecordedAtMicros = Math.min(oldestRecordedAtMicros ?? Infinity, batch.recordedAtMicros);
  }
  return { waitingEvents, oldestRecordedAtMicros };
}
