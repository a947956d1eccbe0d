/** The holds on starting jobs. */
import type { ViewReader } from './viewReader';

/** One hold, as programs are told it. */
export interface Hold {
  readonly hold: string;
  readonly campaign: string;
  /** Null for the whole campaign. */
  readonly unit: string | null;
  /** Null for every host. */
  readonly host: string | null;
  readonly why: string | null;
  readonly ticket: string | null;
  readonly heldBy: string | null;
  readonly released: boolean;
}

type HoldRow = Readonly<{
  hold: string;
  campaign: string;
  unit: string | null;
  host: string | null;
  why: string | null;
  ticket: string | null;
  held_by: string | null;
  release_stamp: string | null;
}>;

/**
 * Every hold in the order in which they were stated.
 * @param campaign null for all campaigns
 * @param inForce whether released ones are left out
 */
export function queryHolds(views: ViewReader, campaign: string | null, inForce: boolean): Hold[] {
  const sql = `
    SELECT hold, campaign, unit, host, why, ticket, held_by, release_stamp FROM holds
    WHERE stamp IS NOT NULL AND ($campaign IS NULL OR campaign = $campaign)
      ${inForce ? 'AND release_stamp IS NULL' : ''}
    ORDER BY stamp`;
  return views.query<HoldRow>(sql, { campaign }).map(({ held_by: heldBy, release_stamp: stamp, ...row }) => ({
    ...row,
    heldBy,
    released: stamp !== null,
  }));
}
