/** The progress of views that are catching up with their ledger. */
import { queryLag } from '../consumers/queries/lag';
import type { StateStore } from '../consumers/sqliteStore/stateStore';
import type { Ledger } from '../ledger/port';
import { allProjections } from '../projections';
import { startProgress, type Progress } from './output/progress';

/**
 * A progress bar to be told how many events the views have taken in, all in all.
 * @throws {PositionError} where the views were made from another ledger
 */
export async function catchUpProgress(ledger: Ledger, store: StateStore): Promise<Progress> {
  const before = Math.min(...allProjections.map(({ name }) => store.progress(name)?.events ?? 0));
  const { lagEvents } = await queryLag(store, ledger);
  const progress = startProgress('bringing the views up to date', lagEvents);
  return {
    update: (events) => {
      progress.update(events - before);
    },
    stop: () => {
      progress.stop();
    },
  };
}
