/** Whether the views are what the ledger gives: it is replayed into views of its own, and the digests are compared. */
import { rmSync } from 'node:fs';
import { StateStore } from '../sqliteStore/stateStore';
import { project, type ProjectorOptions } from './projector';

/** One view as it is kept and as a replay makes it. */
export interface ViewCheck {
  readonly view: string;
  readonly version: number;
  readonly keptDigest: string;
  readonly replayedDigest: string;
  readonly same: boolean;
}

/** Told how far the replay is, by the number of events taken in. */
export interface CheckOptions extends ProjectorOptions {
  readonly onReplay?: (eventCount: number) => void;
}

/**
 * Brings the views up to date, replays the ledger beside them and compares the two. Nothing is changed but that.
 * @throws what the ledger and the state store throw
 */
export async function checkViews(options: CheckOptions): Promise<ViewCheck[]> {
  const { store, projections, onReplay } = options;
  const scratch = `${store.file}.check`;
  removeStore(scratch);
  const replayed = StateStore.openForWriting(scratch);
  try {
    const replay = { ...options, store: replayed, ...(onReplay === undefined ? {} : { onCommit: onReplay }) };
    do {
      await project(replay);
      await project(options);
    } while (!atSamePosition(options, replayed)); // the ledger may grow meanwhile
    return projections.map((projection) => {
      const keptDigest = store.digest(projection);
      const replayedDigest = replayed.digest(projection);
      const { name: view, version } = projection;
      return { view, version, keptDigest, replayedDigest, same: keptDigest === replayedDigest };
    });
  } finally {
    replayed.close();
    removeStore(scratch);
  }
}

function atSamePosition({ store, projections }: ProjectorOptions, replayed: StateStore): boolean {
  return projections.every(({ name }) => store.progress(name)?.checkpoint === replayed.progress(name)?.checkpoint);
}

function removeStore(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal', '.lock', '.lock-journal']) {
    rmSync(`${file}${suffix}`, { force: true });
  }
}
