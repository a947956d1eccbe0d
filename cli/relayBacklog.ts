/** What a relay that follows says now and then: how far its target is behind its source. */
import type { Logger } from 'pino';
import { errorMessage } from '../schemas/systemError';
import type { Ledger } from '../ledger/port';
import type { RelayProgress } from '../ledger/relay';
import { secondsSince } from './output/units';

/** Logs a relay's backlog from time to time. */
export interface BacklogLog {
  /** To be called with the relay's progress. */
  readonly note: (progress: RelayProgress) => void;
  readonly stop: () => void;
}

const periodMillis = 30_000;

/**
 * Logs how many events the target still lacks, and how old the last one that it has was: null is what cannot be told.
 * @param from the relay's source
 */
export function startBacklogLog(from: Ledger, log: Logger, everyMillis = periodMillis): BacklogLog {
  let last: RelayProgress | null = null;
  let isAsking = false;
  let isStopped = false;
  const tell = async (): Promise<void> => {
    if (last === null || isAsking) {
      return;
    }
    isAsking = true;
    const { position, recordedAtMicros, events, stored } = last;
    try {
      const backlogEvents = await from.countBetween(position, await from.end());
      const lagSeconds = backlogEvents === 0 ? 0 : secondsSince(recordedAtMicros);
      log.info({ events, stored, backlogEvents, lagSeconds }, 'copied so far');
    } catch (error) {
      // A ledger that is being closed at the end of the relay is no news.
      if (!isStopped) {
        const problem = errorMessage(error);
        log.warn({ problem, events, stored }, 'the backlog cannot be told');
      }
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(() => void tell(), everyMillis);
  return {
    note: (progress) => {
      last = progress;
    },
    stop: () => {
      isStopped = true;
      clearInterval(timer);
    },
  };
}
