/** Bringing what waits in an outbox into its ledger, by one process of the node at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../schemas/systemError';
import { SequenceConflictError, SequenceGapError } from '../../ledger/errors';
import type { ProducerId } from '../../ledger/port';
import { tryLock } from '../sidecar/fileLock';
import type { KeptLedger } from './keptLedger';
import { recordLostExecutions } from './lostExecutions';
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
 * Drains the outbox: when it resolves with true, everything that was in it at the call is in the ledger, and so is the
 * loss of every execution of this node that is certainly lost.
 *
 * One process drains at a time. Another one waits for it and then looks itself, so an event is never left behind by a
 * holder that finished just as the event was appended, nor by one that was killed. The ledger is opened only where
 * something waits, and stays open.
 * @returns false where the signal ended it first
 * @throws what the ledger or the outbox throws
 */
export async function drainOutbox(
  outbox: Outbox,
  target: KeptLedger,
  { signal, onWarning }: DrainOptions,
): Promise<boolean> {
  while (!signal.aborted) {
    const lock = tryLock(`${outbox.file}.drain`);
    if (lock !== null) {
      try {
        return await drainLocked(outbox, target, { signal, onWarning });
      } finally {
        lock.release();
      }
    }
    await sleep(leastWaitMillis + Math.random() * randomWaitMillis);
  }
  return false;
}

async function drainLocked(outbox: Outbox, target: KeptLedger, { signal, onWarning }: DrainOptions): Promise<boolean> {
  await recordLostExecutions(outbox).catch((error: unknown) => {
    // A full disk takes no more events, but what it holds can be drained.
    onWarning(`executions that are lost could not be recorded: ${errorMessage(error)}`);
  });
  try {
    return await drainOnce(outbox, target, signal);
  } catch (error) {
    if (!(error instanceof SequenceGapError || error instanceof SequenceConflictError)) {
      throw error;
    }
    onWarning(
      `${error.address} does not hold what ${outbox.file} gave it before: it is a new ledger, or it or the outbox was ` +
        'replaced by a copy; what waits goes there as from a new producer',
    );
    await outbox.beginNewLife();
    return drainOnce(outbox, target, signal);
  }
}

/** One producer's consecutive events on their way. */
interface Parcel {
  readonly producer: ProducerId;
  readonly firstSequence: number;
  readonly events: Uint8Array[];
}

/** Every sidecar's batch is small; together they cost the ledger one commit instead of one each. */
const maxParcelEvents = 1000;

/** @returns false where the signal ended it first */
async function drainOnce(outbox: Outbox, target: KeptLedger, signal: AbortSignal): Promise<boolean> {
  for await (const { producer, firstSequence, events } of parcels(outbox)) {
    if (signal.aborted) {
      return false;
    }
    // What the ledger holds already it counts as duplicates: an interrupted drain is simply done again.
    await (await target.get()).append(producer, firstSequence, events);
    await outbox.prune(producer, firstSequence + events.length - 1);
  }
  return true;
}

async function* parcels(outbox: Outbox): AsyncGenerator<Parcel, void> {
  let parcel: Parcel | undefined;
  for await (const { producer, firstSequence, events } of outbox.pending()) {
    if (parcel?.producer === producer && parcel.events.length + events.length <= maxParcelEvents) {
      parcel.events.push(...events);
    } else {
      if (parcel !== undefined) {
        yield parcel;
      }
      parcel = { producer, firstSequence, events: [...events] };
    }
  }
  if (parcel !== undefined) {
    yield parcel;
  }
}
