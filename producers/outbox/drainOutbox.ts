/** Bringing what waits in an outbox into its ledger, by one process of the node at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HistoryPrunedError } from '../../ledger/errors';
import type { Ledger, ProducerId } from '../../ledger/port';
import { relay } from '../../ledger/relay';
import { tryLock } from './fileLock';
import type { Outbox } from './outbox';

/** What draining may be told. */
export interface DrainOptions {
  /** Gives up; what has been drained stays drained, the rest stays in the outbox. */
  readonly signal: AbortSignal;
  /** Told what a person should know, in one sentence. */
  readonly onWarning: (message: string) => void;
}

/** How long to wait for another process that drains before looking again, milliseconds: at least, and at random more. */
const leastWaitMillis = 5;
const randomWaitMillis = 15;

/**
 * Drains the outbox: when it resolves with true, everything that was in it at the call is in the ledger.
 *
 * One process drains at a time. Another one waits for it and then looks itself, so an event is never left behind by a
 * holder that finished just as the event was appended, nor by one that was killed. The ledger is opened only where
 * something waits.
 * @returns false where the signal ended it first
 * @throws what the ledger or the outbox throws
 */
export async function drainOutbox(
  outbox: Outbox,
  openTarget: () => Promise<Ledger>,
  { signal, onWarning }: DrainOptions,
): Promise<boolean> {
  while (!signal.aborted) {
    const lock = tryLock(`${outbox.file}.drain`);
    if (lock !== null) {
      try {
        return (await outbox.isDrained()) || (await drainLocked(outbox, openTarget, { signal, onWarning }));
      } finally {
        lock.release();
      }
    }
    await sleep(leastWaitMillis + Math.random() * randomWaitMillis);
  }
  return false;
}

async function drainLocked(
  outbox: Outbox,
  openTarget: () => Promise<Ledger>,
  { signal, onWarning }: DrainOptions,
): Promise<boolean> {
  const target = await openTarget();
  try {
    try {
      await relayAndPrune(outbox, target, signal);
    } catch (error) {
      if (!(error instanceof HistoryPrunedError)) {
        throw error;
      }
      onWarning(
        `the ledger ${target.address} does not hold what ${outbox.file} gave it before: it is a new one, or was ` +
          'replaced by an older copy; what waits goes there as from a new producer',
      );
      await outbox.beginNewLife();
      await relayAndPrune(outbox, target, signal);
    }
    return !signal.aborted;
  } finally {
    await target.close();
  }
}

async function relayAndPrune(outbox: Outbox, target: Ledger, signal: AbortSignal): Promise<void> {
  const drained = new Map<ProducerId, number>();
  try {
    await relay(outbox.ledger, target, {
      signal,
      onProgress: ({ producer, lastSequence }) => drained.set(producer, lastSequence),
    });
  } finally {
    for (const [producer, lastSequence] of drained) {
      await outbox.prune(producer, lastSequence);
    }
  }
}
