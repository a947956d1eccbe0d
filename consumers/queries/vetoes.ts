/** The vetoes of a campaign. */
import { dimensionsOf, type ViewReader } from './viewReader';

/** One veto, as programs are told it. */
export interface Veto {
  readonly veto: string;
  readonly unit: string | null;
  readonly task: string | null;
  readonly dataId: Readonly<Record<string, string | number>> | null;
  readonly why: string | null;
  readonly ticket: string | null;
  readonly vetoedBy: string | null;
  readonly lifted: boolean;
  readonly liftedWhy: string | null;
  readonly liftedBy: string | null;
}

type VetoRow = Readonly<{
  veto: string;
  unit: string | null;
  task: string | null;
  data_id: string | null;
  why: string | null;
  ticket: string | null;
  vetoed_by: string | null;
  lift_stamp: string | null;
  lifted_why: string | null;
  lifted_by: string | null;
}>;

/** Every veto of a campaign in the order in which they were stated. @param inForce whether lifted ones are left out */
export function queryVetoes(views: ViewReader, campaign: string, inForce: boolean): Veto[] {
  const sql = `
    SELECT veto, unit, task, data_id, why, ticket, vetoed_by, lift_stamp, lifted_why, lifted_by FROM vetoes
    WHERE campaign = $campaign AND stamp IS NOT NULL ${inForce ? 'AND lift_stamp IS NULL' : ''} ORDER BY stamp`;
  return views.query<VetoRow>(sql, { campaign }).map((row) => ({
    veto: row.veto,
    unit: row.unit,
    task: row.task,
    dataId: dimensionsOf(row.data_id),
    why: row.why,
    ticket: row.ticket,
    vetoedBy: row.vetoed_by,
    lifted: row.lift_stamp !== null,
    liftedWhy: row.lifted_why,
    liftedBy: row.lifted_by,
  }));
}

/** What a veto that was stated is about and whether it has been lifted, in whichever campaign; undefined for no such one. */
export function findVeto(
  views: ViewReader,
  veto: string,
): { readonly campaign: string; readonly unit: string | null; readonly lifted: boolean } | undefined {
  const sql = `
    SELECT campaign, unit, lift_stamp IS NOT NULL AS lifted FROM vetoes WHERE veto = $veto AND stamp IS NOT NULL`;
  const [found] = views.query<{ campaign: string; unit: string | null; lifted: number }>(sql, { veto });
  return found === undefined ? undefined : { ...found, lifted: found.lifted === 1 };
}
