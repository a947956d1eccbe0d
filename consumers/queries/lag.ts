/** How far the views are behind the ledger. */
import type { Ledger, Position } from '../../ledger/port';
import { allProjections } from '../../projections';
import type { ViewReader } from './viewReader';

/** How far the views are. */
export interface Lag {
  /** The position up to which all views are complete; null where they hold nothing yet. */
  readonly position: Position | null;
  /** How many events of the ledger they have not taken in; null where the ledger cannot tell. */
  readonly lagEvents: number | null;
}

/**
 * How far the views are behind a position of the ledger, its end by default.
 * @param ledger null where it is out of reach
 * @throws {PositionError} where the views were made from another ledger
 */
export async function queryLag(views: ViewReader, ledger: Ledger | null, upTo?: Position): Promise<Lag> {
  const position = viewsPosition(views);
  if (ledger === null) {
    return { position, lagEvents: null };
  }
  const lagEvents = await ledger.countBetween(position ?? ledger.start, upTo ?? (await ledger.end()));
  return { position, lagEvents };
}

/** The position up to which all views are complete; null where they hold nothing yet. */
export function viewsPosition(views: ViewReader): Position | null {
  const progress = allProjections.map(({ name }) => views.progress(name));
  const least = progress.reduce((behind, view) => ((view?.events ?? 0) < (behind?.events ?? 0) ? view : behind));
  return progress.includes(undefined) ? null : (least?.checkpoint ?? null);
}
