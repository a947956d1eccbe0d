/** How much waits in an outbox, and since when. */
import type { Ledger } from '../ledger/port';
import { readUnpruned } from '../ledger/readUnpruned';

/** What has not been drained yet. */
export interface OutboxBacklog {
  readonly waitingEvents: number;
  /** When the oldest of them was recorded here, microseconds since 1970 UTC; null where nothing waits. */
  readonly oldestRecordedAtMicros: number | null;
}

/** What of an outbox has not been drained yet. @param outbox its ledger */
export async function measureBacklog(outbox: Ledger): Promise<OutboxBacklog> {
  let waitingEvents = 0;
  let oldestRecordedAtMicros: number | null = null;
  for await (const batch of readUnpruned(outbox)) {
    waitingEvents += batch.events.length;
    oldestRecordedAtMicros = Math.min(oldestRecordedAtMicros ?? Infinity, batch.recordedAtMicros);
  }
  return { waitingEvents, oldestRecordedAtMicros };
}
