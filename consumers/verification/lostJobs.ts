/** The jobs of the attempts verified that are not done, and whether their loss is tolerated. */
import type { Verification } from './verification';

/**
 * Why a job is not done. lost: failed, lost or given up for good; skipped: because one upstream was lost; vetoed: by an
 * operator; noWork: nothing to do; unfinished: it may still run, or was cancelled.
 */
export type NotDone = 'lost' | 'skipped' | 'vetoed' | 'noWork' | 'unfinished';

/** Jobs of one task that are lost for one class of failure. */
export interface LossGroup {
  readonly unit: string;
  readonly task: string;
  readonly failureClass: string;
  readonly jobs: number;
  /** How many jobs the task has. */
  readonly of: number;
  /** The share that the definition tolerates; null without a definition. */
  readonly tolerated: number | null;
  readonly accepted: boolean;
}

/** SQL: the columns `not_done` and `failure_class` of a row of `jobs AS job` with its execution `run`. */
export const notDoneColumns = `
  CASE WHEN job.state IN ('failed', 'lost', 'abandoned') THEN 'lost'
    WHEN job.state <> 'skipped' OR job.skip_reason = 'cancelled' THEN 'unfinished'
    WHEN job.skip_reason = 'vetoed' THEN 'vetoed' WHEN job.skip_reason = 'noWorkUpstream' THEN 'noWork'
    ELSE 'skipped' END AS not_done,
  CASE WHEN job.state IN ('failed', 'lost', 'abandoned')
    THEN coalesce(job.abandon_class, run.failure_class, 'unclassified') END AS failure_class`;

/** SQL: the jobs of the attempts verified that are not done. */
export const notDoneJobs = `
  chosen CROSS JOIN jobs AS job ON job.campaign = $campaign AND job.unit = chosen.unit
    AND job.attempt = chosen.attempt AND job.state NOT IN ('succeeded', 'reused')
  LEFT JOIN executions AS run ON run.campaign = job.campaign AND run.unit = job.unit
    AND run.attempt = job.attempt AND run.job = job.job AND run.execution = job.execution`;

/** Every group of lost jobs, held against the rate that the definition tolerates. */
export function lossGroups(asked: Verification): LossGroup[] {
  const rows = asked.rows<{ unit: string; task: string; failure_class: string; jobs: number; of: number }>(
    `SELECT unit, task, failure_class, count(*) AS jobs,
       (SELECT planned + queued + held + running + lost + succeeded + failed + skipped + reused + abandoned
        FROM job_counts AS counts WHERE counts.campaign = $campaign AND counts.unit = lost.unit
          AND counts.attempt = lost.attempt AND counts.task = lost.task) AS "of"
     FROM (SELECT job.unit, job.attempt, coalesce(job.task, '') AS task, ${notDoneColumns} FROM ${notDoneJobs}) AS lost
     WHERE not_done = 'lost' GROUP BY unit, task, failure_class ORDER BY unit, task, failure_class`,
  );
  return rows.map(({ unit, task, failure_class: failureClass, jobs, of }) => {
    const known = asked.definitionOf(unit);
    const tolerated =
      known === null ? null : (known.definition.tasks.get(task)?.execution.toleratedLoss.get(failureClass) ?? 0);
    return { unit, task, failureClass, jobs, of, tolerated, accepted: isWithin(jobs, tolerated ?? 0, of) };
  });
}

/** Whether so many are no more than a share of a number; a share times a number may lie a rounding below the integer. */
export function isWithin(count: number, share: number, of: number): boolean {
  return count <= share * of + 1e-9;
}

/** Files that jobs not done were planned to make: how many of a dataset type may be lacking, and on what account. */
export interface LackingFiles {
  readonly accepted: number;
  /** Of jobs whose loss is not tolerated. */
  readonly refused: number;
  readonly unfinished: number;
}

type LackingRow = Readonly<{
  unit: string;
  dataset_type: string;
  task: string;
  not_done: NotDone;
  failure_class: string | null;
  files: number;
}>;

/** By unit and dataset type, the planned outputs of the jobs that are not done. */
export function lackingFiles(asked: Verification): (unit: string, datasetType: string) => LackingFiles {
  const groups = lossGroups(asked);
  const refused = new Set(groups.filter(({ accepted }) => !accepted).map(({ unit }) => unit));
  const accepted = new Set(
    groups.filter((group) => group.accepted).map(({ unit, task, failureClass }) => keyOf(unit, task, failureClass)),
  );
  const rows = asked.rows<LackingRow>(
    `SELECT job.unit, coalesce(output.value ->> 1, '') AS dataset_type, coalesce(job.task, '') AS task,
       ${notDoneColumns}, count(*) AS files
     FROM ${notDoneJobs}
     JOIN planned_jobs AS planned ON planned.campaign = job.campaign AND planned.unit = job.unit
       AND planned.attempt = job.attempt AND planned.job = job.job AND planned.producer = ${planProducer('job')}
     CROSS JOIN json_each(planned.predicted_outputs) AS output
     GROUP BY job.unit, dataset_type, job.task, not_done, failure_class`,
  );
  const byType = new Map<string, { accepted: number; refused: number; unfinished: number }>();
  for (const row of rows) {
    const key = keyOf(row.unit, row.dataset_type);
    const sums = byType.get(key) ?? { accepted: 0, refused: 0, unfinished: 0 };
    byType.set(key, sums);
    if (row.not_done === 'unfinished') {
      sums.unfinished += row.files;
    } else if (isAccepted(row, accepted, refused)) {
      sums.accepted += row.files;
    } else {
      sums.refused += row.files;
    }
  }
  return (unit, datasetType) => byType.get(keyOf(unit, datasetType)) ?? { accepted: 0, refused: 0, unfinished: 0 };
}

/** A skipped job is accepted where every loss of its unit is: then so is the one that it was skipped because of. */
function isAccepted(row: LackingRow, accepted: ReadonlySet<string>, refused: ReadonlySet<string>): boolean {
  switch (row.not_done) {
    case 'lost':
      return accepted.has(keyOf(row.unit, row.task, row.failure_class ?? ''));
    case 'skipped':
      return !refused.has(row.unit);
    default:
      return true;
  }
}

/** SQL: the producer whose plan of a job counts. @param of the alias of a row with campaign, unit, attempt and job */
export function planProducer(of: string): string {
  return `(SELECT latest.producer FROM planned_jobs AS latest WHERE latest.campaign = ${of}.campaign
    AND latest.unit = ${of}.unit AND latest.attempt = ${of}.attempt AND latest.job = ${of}.job
    ORDER BY latest.stamp DESC LIMIT 1)`;
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
