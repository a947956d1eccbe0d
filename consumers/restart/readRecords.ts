/** A unit's records from the views. To be read within one snapshot, since some are only read when they are asked for. */
import type { Task } from '../../pipelines/definition';
import { PipelineError } from '../../pipelines/errors';
import { readDefinition } from '../../pipelines/readDefinition';
import type { ViewReader } from '../queries/viewReader';
import type { PastExecution, PastJob, PastPlan, PastVeto, PastWithdrawal, UnitRecords } from './history';
import { MadePaths } from './madePaths';
import { readExecutions } from './readExecutions';
import { readFiles, readInputs } from './readFiles';

const jobsSql = `
  SELECT job, attempt, state, reused_execution AS reusedExecution, skip_reason AS skipReason,
    skip_because_of AS skipBecauseOf, abandon_reason AS abandonReason, abandon_class AS abandonClass
  FROM jobs WHERE campaign = $campaign AND unit = $unit
    AND (state IN ('reused', 'abandoned') OR skip_reason IS NOT NULL) ORDER BY attempt`;

const vetoesSql = `
  SELECT veto, task, data_id AS dataId, why FROM vetoes
  WHERE campaign = $campaign AND (unit IS NULL OR unit = $unit) AND stamp IS NOT NULL AND lift_stamp IS NULL
  ORDER BY stamp`;

const withdrawalsSql = `
  SELECT withdrawal, task, data_id AS dataId, dataset_type AS datasetType, attempt, why FROM withdrawals
  WHERE campaign = $campaign AND (unit IS NULL OR unit = $unit) ORDER BY stamp`;

const lastAttemptSql = `
  SELECT max(attempt) AS attempt FROM (
    SELECT attempt FROM attempts WHERE campaign = $campaign AND unit = $unit
    UNION ALL SELECT attempt FROM job_counts WHERE campaign = $campaign AND unit = $unit)`;

/** The records of a unit. */
export function readRecords(views: ViewReader, campaign: string, unit: string): UnitRecords {
  const scope = { campaign, unit };
  const environmentOf = views.prepared<{ digest: string }>(
    'SELECT environment_digest AS digest FROM execution_environments WHERE execution = ?',
  );
  const absences = absencesOf(views, campaign, unit);
  const executions = readExecutions(views, campaign, unit);
  const jobs = views.query<PastJob>(jobsSql, scope);
  const made = readFiles(views, campaign, makersOf(executions, jobs));
  const paths = new MadePaths(made.values());
  return {
    lastAttempt: views.query<{ attempt: number | null }>(lastAttemptSql, scope)[0]?.attempt ?? 0,
    executions,
    filesOf: (execution) => made.get(execution) ?? null,
    makersOf: (path) => paths.makersOf(path),
    repeatedPaths: paths.repeated(),
    jobs,
    vetoes: views.query<PastVeto>(vetoesSql, scope),
    withdrawals: views.query<PastWithdrawal>(withdrawalsSql, scope),
    purgedInputs: new Set(
      views
        .query<{ path: string }>('SELECT path FROM registered_files WHERE campaign = $campaign AND purged = 1', {
          campaign,
        })
        .map(({ path }) => path),
    ),
    inputsOf: (asked) => readInputs(views, campaign, asked),
    absencesOf: (execution) => absences.get(execution) ?? none,
    planOf: planReader(views, campaign, unit),
    tasksOf: taskReader(views, campaign, unit),
    environmentOf: (execution) => environmentOf(execution)[0]?.digest ?? null,
  };
}

const none: readonly never[] = [];

/** The unit's executions, and those whose files it took over. */
function makersOf(executions: readonly PastExecution[], jobs: readonly PastJob[]): readonly string[] {
  const makers = new Set<string>();
  for (const { execution } of executions) {
    makers.add(execution);
  }
  for (const { reusedExecution } of jobs) {
    if (reusedExecution !== null) {
      makers.add(reusedExecution);
    }
  }
  return [...makers];
}

interface AbsenceRow {
  readonly execution: string;
  readonly path: string;
  readonly dataset_type: string;
}

function absencesOf(
  views: ViewReader,
  campaign: string,
  unit: string,
): ReadonlyMap<string, { path: string | null; datasetType: string }[]> {
  const rows = views.query<AbsenceRow>(
    'SELECT execution, path, dataset_type FROM absences WHERE campaign = $campaign AND unit = $unit',
    { campaign, unit },
  );
  const absences = new Map<string, { path: string | null; datasetType: string }[]>();
  for (const { execution, path, dataset_type: datasetType } of rows) {
    const absence = { path: path === '' ? null : path, datasetType };
    const known = absences.get(execution);
    if (known === undefined) {
      absences.set(execution, [absence]);
    } else {
      known.push(absence);
    }
  }
  return absences;
}

/** What was planned for a job; of several producers' plans the later counts. */
function planReader(views: ViewReader, campaign: string, unit: string): UnitRecords['planOf'] {
  const rowsOf = views.prepared<{ producer: string; predicted_inputs: string; upstream_jobs: string }>(
    `SELECT producer, predicted_inputs, upstream_jobs FROM planned_jobs
     WHERE campaign = ? AND unit = ? AND attempt = ? AND job = ? ORDER BY stamp DESC`,
  );
  return (attempt, job): PastPlan | null => {
    const rows = rowsOf(campaign, unit, attempt, job);
    const counting = rows.filter(({ producer }) => producer === rows[0]?.producer);
    return counting.length === 0
      ? null
      : {
          inputs: new Set(counting.flatMap((row) => (JSON.parse(row.predicted_inputs) as [string][]).map(([path]) => path))), // prettier-ignore
          upstream: new Set(counting.flatMap((row) => JSON.parse(row.upstream_jobs) as string[])),
        };
  };
}

/** The tasks of attempts' definitions, from the texts that were declared. */
function taskReader(views: ViewReader, campaign: string, unit: string): UnitRecords['tasksOf'] {
  const textOf = views.prepared<{ text: string; parts: number }>(
    `SELECT declared.text, declared.parts FROM attempt_pipelines AS begun JOIN pipelines AS declared
       ON declared.campaign = begun.campaign AND declared.digest = begun.pipeline_digest
     WHERE begun.campaign = ? AND begun.unit = ? AND begun.attempt = ? ORDER BY declared.part`,
  );
  const known = new Map<number, ReadonlyMap<string, Task> | null>();
  return (attempt) => {
    let tasks = known.get(attempt);
    if (tasks === undefined) {
      const parts = textOf(campaign, unit, attempt);
      const isWhole = parts.length > 0 && parts.length === parts[0]?.parts;
      tasks = isWhole ? tasksIn(parts.map(({ text }) => text).join('')) : null;
      known.set(attempt, tasks);
    }
    return tasks;
  };
}

/** The tasks of a declared text; null where this version cannot read it. */
function tasksIn(text: string): ReadonlyMap<string, Task> | null {
  try {
    return readDefinition('the declared definition', text).definition.tasks;
  } catch (error) {
    if (error instanceof PipelineError) {
      return null;
    }
    throw error;
  }
}
