/**
 * What executions that did not finish left on the disk: files that they were planned to write and that no event tells
 * of, since the sidecar was killed with its job, or still has it running.
 */
import { listCampaigns } from '../queries/attempts';
import { named, numbered, type ViewReader } from '../queries/viewReader';

/** A file of an execution that did not finish. */
export interface Leftover {
  readonly path: string;
  readonly campaign: string;
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly job: string;
  /** The last execution that may have written it, and what became of that: running, lost, failed or unheard. */
  readonly execution: string;
  readonly state: string;
}

type UnfinishedRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  job: string;
  execution: string;
  state: string;
  predicted_outputs: string;
}>;

/** Tells whose leftover a path is; null where no unfinished execution can have written it. */
export type FindLeftover = (path: string) => Leftover | null;

/**
 * A path is a leftover if it is a planned output of a job that has an execution in that attempt which did not succeed, or
 * such an output's name with something behind a dot: programs write `x.fits.part` first, and sidecars rename what a
 * failed try wrote. The views are asked at the first question: where nothing is unknown, nothing is read.
 * @param campaign one that may have nothing but inputs
 */
export function leftoverFinder(views: ViewReader, campaign: string): FindLeftover {
  let known: ReadonlyMap<string, Leftover> | null = null;
  return (path) => {
    known ??= plannedByUnfinished(views, [...new Set([campaign, ...listCampaigns(views)])]);
    for (let end = path.length; end > path.lastIndexOf('/') + 1; end = path.lastIndexOf('.', end - 1)) {
      const found = known.get(path.slice(0, end));
      if (found !== undefined) {
        return { ...found, path };
      }
    }
    return null;
  };
}

function plannedByUnfinished(views: ViewReader, campaigns: readonly string[]): Map<string, Leftover> {
  const byPath = new Map<string, Leftover>();
  const sql = `
    SELECT ran.campaign, ran.unit, ran.attempt, ran.job, ran.execution, ran.state, plan.predicted_outputs
    FROM executions AS ran JOIN planned_jobs AS plan USING (campaign, unit, attempt, job)
    WHERE ran.campaign IN (${campaigns.map(() => '?').join(', ')}) AND ran.state <> 'succeeded'
    ORDER BY ran.campaign, ran.unit, ran.attempt, ran.job, ran.try_number, ran.started_at_us, ran.execution`;
  for (const { predicted_outputs, unit, attempt, ...row } of views.prepared<UnfinishedRow>(sql)(...campaigns)) {
    for (const [path] of JSON.parse(predicted_outputs) as [string, string | null][]) {
      byPath.set(path, { path, ...row, unit: named(unit), attempt: numbered(attempt) });
    }
  }
  return byPath;
}
