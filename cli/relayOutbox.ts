/** An outbox drained into its ledger, once or all the time. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { LedgerError } from '../ledger/errors';
import type { Ledger } from '../ledger/port';
import { drainOutbox } from '../producers/outbox/drainOutbox';
import { recordLostExecutions } from '../producers/outbox/lostExecutions';
import { Outbox } from '../producers/outbox/outbox';
import { measureBacklog } from './outboxBacklog';
import { secondsSince } from './output/units';

/** What one draining did, as programs are told it. */
export interface DrainedOutbox {
  readonly outbox: string;
  /** Whether there is an outbox at all. */
  readonly exists: boolean;
  /** How many events waited. */
  readonly drained: number;
  /** The executions that were recorded as lost: their sidecar was killed. */
  readonly lost: readonly string[];
}

const shortestPauseMillis = 500;
const longestPauseMillis = 30_000;

/** Drains what waits. @throws what the outbox and the ledger throw; what was drained by then stays drained */
export async function drainOnce(
  file: string,
  openTarget: () => Promise<Ledger>,
  onWarning: (message: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<DrainedOutbox> {
  if (!existsSync(file)) {
    return { outbox: file, exists: false, drained: 0, lost: [] };
  }
  const outbox = await Outbox.open(file, { mustExist: true });
  try {
    const lost = (await recordLostExecutions(outbox)).map(({ execution }) => execution);
    const { waitingEvents: drained } = await measureBacklog(outbox.ledger);
    await drainOutbox(outbox, openTarget, { signal, onWarning });
    return { outbox: file, exists: true, drained, lost };
  } finally {
    await outbox.close();
  }
}

/** Drains until the signal aborts; an outbox that does not exist yet and a ledger that is away are waited for. */
export async function keepDraining(
  file: string,
  openTarget: () => Promise<Ledger>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  log.info({ outbox: file }, 'draining');
  let pauseMillis = shortestPauseMillis;
  while (!signal.aborted) {
    try {
      const { drained, lost } = await drainOnce(
        file,
        openTarget,
        (warning) => {
          log.warn(warning);
        },
        signal,
      );
      if (drained > 0 || lost.length > 0) {
        log.info({ drained, lost }, 'drained');
      }
      pauseMillis = shortestPauseMillis;
    } catch (error) {
      if (!(error instanceof LedgerError) || !error.retriable) {
        throw error;
      }
      const waits = await whatWaits(file);
      log.warn({ problem: error.message, ...waits }, 'the ledger takes no events for now; trying again');
      pauseMillis = Math.min(2 * pauseMillis, longestPauseMillis);
    }
    await sleep(pauseMillis, undefined, { signal }).catch(() => undefined);
  }
  log.info('stopped');
}

/** How much waits, and since how long: for the log. */
async function whatWaits(file: string): Promise<{ readonly waiting: number; readonly lagSeconds: number }> {
  const outbox = await Outbox.open(file, { mustExist: true });
  try {
    const { waitingEvents, oldestRecordedAtMicros } = await measureBacklog(outbox.ledger);
    const lagSeconds = oldestRecordedAtMicros === null ? 0 : secondsSince(oldestRecordedAtMicros);
    return { waiting: waitingEvents, lagSeconds };
  } finally {
    await outbox.close();
  }
}
