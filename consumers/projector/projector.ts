/**
 * The projector: reads the ledger and keeps the views. Rows, marks and checkpoint change in one transaction, so it may be
 * killed at any instant and goes on where the last commit was.
 */
import type { LedgerError } from '../../ledger/errors';
import type { Ledger, Position, RecordedBatch } from '../../ledger/port';
import type { Projection } from '../../projections';
import type { StateStore } from '../sqliteStore/stateStore';
import { ViewGroup, type UnknownEvents } from './viewGroup';

/** What a projector works on. */
export interface ProjectorOptions {
  readonly ledger: Ledger;
  readonly store: StateStore;
  readonly projections: readonly Projection[];
  /** Events of a type that is not known here stop it, or are set aside, counted and shown. Default: stop. */
  readonly unknownEvents?: UnknownEvents;
  /** How many events one transaction takes in at the most while it catches up. */
  readonly batchEvents?: number;
  /** Told after each commit, which may still be under way: how many events the views have taken in. */
  readonly onCommit?: (eventCount: number, position: Position) => void;
  /** Told while a followed ledger does not answer; it is then waited for as long as it takes. */
  readonly onTrouble?: (error: LedgerError) => void;
}

const defaultBatchEvents = 8_000;

/** How long a follower waits for more before it commits, milliseconds. */
const idleMillis = 10;

/** How long a follower gathers while more keeps coming, milliseconds: what a live view lags behind at the most. */
const gatherMillis = 100;

/** Brings the views up to the ledger's end as it stands now; answers how many events they have taken in in all. */
export async function project(options: ProjectorOptions): Promise<number> {
  const group = await catchUpStaleViews(options);
  return foldAll(options, group);
}

/** Keeps the views up to date until the signal aborts. What is sound before an error is committed. */
export async function followLedger(options: ProjectorOptions, signal: AbortSignal): Promise<void> {
  const group = await catchUpStaleViews(options);
  const over = new AbortController();
  const until = {
    signal: AbortSignal.any([signal, over.signal]),
    ...(options.onTrouble === undefined ? {} : { onTrouble: options.onTrouble }),
  };
  const following = options.ledger.follow(group.position ?? options.ledger.start, until);
  const batches = following[Symbol.asyncIterator]();
  let next = batches.next();
  let gatherUntil = Number.POSITIVE_INFINITY;
  try {
    for (;;) {
      const result = await within(next, group.uncommittedEvents === 0 ? null : gatherUntil);
      if (result === 'idle' || result === 'due') {
        commit(options, group);
        if (result === 'idle') {
          group.makeIndexes();
        }
        continue;
      }
      if (result.done === true) {
        return;
      }
      if (group.uncommittedEvents === 0) {
        gatherUntil = performance.now() + gatherMillis;
      }
      group.fold(result.value);
      if (group.isFull(options.batchEvents ?? defaultBatchEvents)) {
        commit(options, group);
      }
      next = batches.next();
    }
  } finally {
    over.abort();
    next.catch(() => undefined); // nobody waits for it any more
    commit(options, group);
  }
}

/**
 * Makes views anew from the first event, beside those that are read, and lets them take their place once they are
 * complete.
 */
export async function rebuild(options: ProjectorOptions): Promise<number> {
  const { store, projections, unknownEvents = 'stop' } = options;
  projections.forEach((projection) => {
    store.drop(projection, 'next');
  });
  const views = projections.map((projection) => store.view(projection, 'next'));
  const count = await foldAll(options, new ViewGroup(store, views, unknownEvents));
  store.swap(projections);
  return count;
}

/** The live views; those that another version of their projection made are first made anew. */
async function catchUpStaleViews(options: ProjectorOptions): Promise<ViewGroup> {
  const { store, projections, unknownEvents = 'stop' } = options;
  const stale = projections.filter((projection) => {
    const progress = store.progress(projection.name);
    return progress !== undefined && progress.version !== projection.version;
  });
  if (stale.length > 0) {
    await rebuild({ ...options, projections: stale });
  }
  const views = projections.map((projection) => store.view(projection, 'live'));
  return new ViewGroup(store, views, unknownEvents);
}

/** What is sound before an error is committed. */
async function foldAll(options: ProjectorOptions, group: ViewGroup): Promise<number> {
  try {
    for await (const batch of options.ledger.read(group.position ?? options.ledger.start)) {
      group.fold(batch);
      if (group.isFull(options.batchEvents ?? defaultBatchEvents)) {
        commit(options, group, 'inBackground');
      }
    }
  } finally {
    commit(options, group);
  }
  group.makeIndexes();
  return Math.max(0, ...group.views.map((view) => view.eventCount));
}

function commit(options: ProjectorOptions, group: ViewGroup, how: 'now' | 'inBackground' = 'now'): void {
  group.commit(how);
  const { position } = group;
  if (position !== null) {
    options.onCommit?.(Math.max(...group.views.map((view) => view.eventCount)), position);
  }
}

/**
 * The next batch, or why it is time to commit: nothing more comes for a moment (idle), or enough was gathered (due).
 * @param gatherUntil by `performance.now()`; null where there is nothing to commit
 */
async function within(
  next: Promise<IteratorResult<RecordedBatch>>,
  gatherUntil: number | null,
): Promise<IteratorResult<RecordedBatch> | 'idle' | 'due'> {
  if (gatherUntil === null) {
    return next;
  }
  const leftMillis = gatherUntil - performance.now();
  if (leftMillis <= 0) {
    return 'due';
  }
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<'idle'>((resolve) => {
    timer = setTimeout(resolve, idleMillis, 'idle');
  });
  try {
    return await Promise.race([next, patience]);
  } finally {
    clearTimeout(timer);
  }
}
