/** An outbox drained into its ledger, once or all the time. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { LedgerError } from '../ledger/errors';
import type { Ledger } from '../ledger/port';
import { drainOutbox, type DrainOptions } from '../producers/outbox/drainOutbox';
import { KeptLedger, withKeptLedger } from '../producers/outbox/keptLedger';
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
const longestPauseMillis = 15_000;

/** Drains what waits. @throws what the outbox and the ledger throw; what was drained by then stays drained */
export async function drainOnce(
  file: string,
  openTarget: () => Promise<Ledger>,
  onWarning: (message: string) => void,
): Promise<DrainedOutbox> {
  const { signal } = new AbortController();
  return withKeptLedger(openTarget, (target) => drainInto(file, target, { onWarning, signal }));
}

async function drainInto(
  file: string,
  target: KeptLedger,
  { onWarning, signal }: DrainOptions,
): Promise<DrainedOutbox> {
  if (!existsSync(file)) {
    return { outbox: file, exists: false, drained: 0, lost: [] };
  }
  const outbox = await Outbox.open(file, { mustExist: true });
  try {
    const lost = (await recordLostExecutions(outbox)).map(({ execution }) => execution);
    const { waitingEvents: drained } = await measureBacklog(outbox.ledger);
    await drainOutbox(outbox, target, { signal, onWarning });
    return { outbox: file, exists: true, drained, lost };
  } finally {
    await outbox.close();
  }
}

/**
 * Drains until the signal aborts; an outbox that does not exist yet and a ledger that is away are waited for. The ledger
 * stays open from one draining to the next; after trouble with it, it is opened anew.
 */
export async function keepDraining(
  file: string,
  openTarget: () => Promise<Ledger>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  log.info({ outbox: file }, 'draining');
  const target = new KeptLedger(async () => {
    const ledger = await openTarget();
    log.info({ ledger: ledger.address }, 'opened the ledger');
    return ledger;
  });
  try {
    await drainAgainAndAgain(file, target, log, signal);
  } finally {
    await target.letGo();
  }
  log.info('stopped');
}

async function drainAgainAndAgain(file: string, target: KeptLedger, log: Logger, signal: AbortSignal): Promise<void> {
  const onWarning = (warning: string): void => {
    log.warn(warning);
  };
  let pauseMillis = shortestPauseMillis;
  while (!signal.aborted) {
    try {
      const { drained, lost } = await drainInto(file, target, { onWarning, signal });
      if (drained > 0 || lost.length > 0) {
        log.info({ drained, lost }, 'drained');
      }
      pauseMillis = shortestPauseMillis;
    } catch (error) {
      if (!(error instanceof LedgerError) || !error.retriable) {
        throw error;
      }
      await target.letGo().catch(() => undefined); // it is in trouble already
      const waits = await whatWaits(file);
      log.warn({ problem: error.message, ...waits }, 'the ledger takes no events for now; trying again');
      pauseMillis = Math.min(2 * pauseMillis, longestPauseMillis);
    }
    // Jitter keeps the agents of many nodes from knocking at the same moment.
    await sleep(pauseMillis * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
  }
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
