/**
 * The projector: reads the ledger and keeps the views. Rows, marks and checkpoint change in one transaction, so it may be
 * killed at any instant and goes on where the last commit was.
 */
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
  /** Told after each commit: how many events the views have taken in. */
  readonly onCommit?: (eventCount: number, position: Position) => void;
}

const defaultBatchEvents = 20_000;

/** How long a follower gathers before it commits, milliseconds: what a live view lags behind at the most. */
const gatherMillis = 10;

/** Brings the views up to the ledger's end as it stands now; answers how many events they have taken in in all. */
export async function project(options: ProjectorOptions): Promise<number> {
  const group = await catchUpStaleViews(options);
  return foldAll(options, group);
}

/** Keeps the views up to date until the signal aborts. */
export async function followLedger(options: ProjectorOptions, signal: AbortSignal): Promise<void> {
  const group = await catchUpStaleViews(options);
  const batches = options.ledger.follow(group.position ?? options.ledger.start, { signal })[Symbol.asyncIterator]();
  let next = batches.next();
  for (;;) {
    const result = await withinGathering(next, group.uncommittedEvents > 0);
    if (result === 'waiting') {
      commit(options, group);
      continue;
    }
    if (result.done === true) {
      commit(options, group);
      return;
    }
    group.fold(result.value);
    if (group.uncommittedEvents >= (options.batchEvents ?? defaultBatchEvents)) {
      commit(options, group);
    }
    next = batches.next();
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
  store.clearQuarantine();
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

async function foldAll(options: ProjectorOptions, group: ViewGroup): Promise<number> {
  for await (const batch of options.ledger.read(group.position ?? options.ledger.start)) {
    group.fold(batch);
    if (group.uncommittedEvents >= (options.batchEvents ?? defaultBatchEvents)) {
      commit(options, group);
    }
  }
  commit(options, group);
  return Math.max(0, ...group.views.map((view) => view.eventCount));
}

function commit(options: ProjectorOptions, group: ViewGroup): void {
  group.commit();
  const { position } = group;
  if (position !== null) {
    options.onCommit?.(Math.max(...group.views.map((view) => view.eventCount)), position);
  }
}

/** The next batch, or 'waiting' when there is something to commit and nothing more comes for a moment. */
async function withinGathering(
  next: Promise<IteratorResult<RecordedBatch>>,
  somethingToCommit: boolean,
): Promise<IteratorResult<RecordedBatch> | 'waiting'> {
  if (!somethingToCommit) {
    return next;
  }
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<'waiting'>((resolve) => {
    timer = setTimeout(resolve, gatherMillis, 'waiting');
  });
  try {
    return await Promise.race([next, patience]);
  } finally {
    clearTimeout(timer);
  }
}
