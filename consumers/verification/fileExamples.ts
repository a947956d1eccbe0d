/** A few of the jobs and files behind a wrong number of files: where an operator looks first. */
import type { VerifiedFiles } from './report';
import type { Verification } from './verification';

/** So many are named of one number. */
const examplesEach = 3;

type ExampleRow = Readonly<{ dataset_type: string; job: string | null; state: string; path: string }>;

/** SQL: the planned outputs of one attempt, with the jobs that make them. */
const plannedOutputs = `
  jobs AS job CROSS JOIN planned_jobs AS planned ON planned.campaign = job.campaign AND planned.unit = job.unit
    AND planned.attempt = job.attempt AND planned.job = job.job
  CROSS JOIN json_each(planned.predicted_outputs) AS output
  WHERE job.campaign = $campaign AND job.unit = $unit AND job.attempt = $attempt`;

/** SQL: the first of each dataset type. */
function firstOfEach(rows: string, order: string): string {
  return `SELECT * FROM (
      SELECT found.*, row_number() OVER (PARTITION BY dataset_type ORDER BY ${order}) AS place FROM (${rows}) AS found)
    WHERE place <= ${String(examplesEach)} ORDER BY dataset_type, place`;
}

/** Those of jobs that are not done first, then those that a job did not write although it succeeded. */
const lackingSql = firstOfEach(
  `SELECT output.value ->> 1 AS dataset_type, job.job, job.state, output.value ->> 0 AS path FROM ${plannedOutputs}
    AND job.state <> 'reused' AND (job.state <> 'succeeded' OR $types <> '[]')
    AND (job.state <> 'succeeded' OR output.value ->> 1 IN (SELECT value FROM json_each($types)))
    AND NOT EXISTS (SELECT 1 FROM file_versions AS made
      JOIN file_executions AS maker ON maker.execution = made.execution AND maker.campaign = made.campaign
      WHERE made.path = output.value ->> 0 AND made.campaign = $campaign AND made.dataset_type IS NOT NULL
        AND (maker.state = 'succeeded' OR maker.partial_usable = 1))
    AND NOT EXISTS (SELECT 1 FROM absences AS absence WHERE absence.campaign = $campaign AND absence.unit = $unit
      AND absence.attempt = $attempt AND absence.job = job.job AND absence.dataset_type = output.value ->> 1
      AND absence.path IN ('', output.value ->> 0))`,
  `state = 'succeeded', job, path`,
);

const surplusSql = firstOfEach(
  `SELECT made.dataset_type, run.job, 'not planned' AS state, made.path FROM file_versions AS made
    LEFT JOIN provenance_executions AS run ON run.execution = made.execution
    WHERE made.campaign = $campaign AND made.unit = $unit AND made.attempt = $attempt
      AND made.dataset_type IN (SELECT value FROM json_each($types))
      AND made.path NOT IN (SELECT output.value ->> 0 FROM ${plannedOutputs})`,
  'path',
);

/**
 * Words for the end of the findings on an attempt's numbers, by dataset type: `; e.g. a/b.fits of job x (failed)`. None
 * where nothing can be named, as where nothing was planned.
 * @param rows those that did not pass
 */
export function examplesOf(
  asked: Verification,
  unit: string,
  attempt: number,
  rows: readonly VerifiedFiles[],
): ReadonlyMap<string, string> {
  const scope = { campaign: asked.campaign, unit, attempt };
  const isPlanned = asked.views.query(
    'SELECT 1 FROM planned_jobs WHERE campaign = $campaign AND unit = $unit AND attempt = $attempt LIMIT 1',
    scope,
  );
  const short = rows.map((row) => ({ row, lacking: lackingOf(row) }));
  const ask = (sql: string, of: typeof short): ExampleRow[] =>
    asked.views.query<ExampleRow>(sql, { ...scope, types: JSON.stringify(of.map(({ row }) => row.datasetType)) });
  const surplus = short.filter(({ lacking }) => lacking < 0);
  const lacking = short.filter((one) => one.lacking > 0);
  const found =
    isPlanned.length === 0
      ? []
      : [
          ...(surplus.length === 0 ? [] : ask(surplusSql, surplus)),
          ...(lacking.length === 0 ? [] : ask(lackingSql, lacking.filter(isUnaccounted))),
        ];
  const texts = new Map<string, string>();
  for (const { dataset_type: type, path, job, state } of found) {
    const before = texts.get(type);
    texts.set(type, `${before === undefined ? '; e.g. ' : `${before}, `}${path} of job ${job ?? 'unknown'} (${state})`);
  }
  return texts;
}

/** How many files lack; below 0 where there are too many. */
function lackingOf({ judgedBy, expected, actual, absent }: VerifiedFiles): number {
  const number = judgedBy === null ? null : expected[judgedBy];
  return number === null ? 0 : number - actual - absent;
}

function isUnaccounted({ row, lacking }: { readonly row: VerifiedFiles; readonly lacking: number }): boolean {
  return lacking > row.acceptedLosses + row.refusedLosses + row.unfinished;
}
