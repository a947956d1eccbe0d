/** Jobs with the history of their executions. */
import type { JobState } from '../../projections/jobs/jobState';
import { isSlow, medianWallMicros } from './slowJobs';
import { dimensionsOf, named, numbered, seconds, type ViewReader } from './viewReader';

/** Which jobs are wanted; what is left out admits everything. */
export interface JobFilter {
  readonly unit?: string;
  readonly attempt?: number;
  readonly job?: string;
  readonly states?: readonly JobState[];
  readonly task?: string;
  /** An execution of it ran there. */
  readonly host?: string;
  /** An execution of it failed or was lost with this class. */
  readonly failureClass?: string;
  /** Its data ID holds all these values. */
  readonly dataId?: Readonly<Record<string, string | number>>;
  /** It runs and has run for longer than ten times the median of its task. */
  readonly slow?: boolean;
  /** A job in every attempt it was in, instead of the latest alone. */
  readonly allAttempts?: boolean;
}

/** One execution, as programs are told it. */
export interface ExecutionOfJob {
  readonly execution: string;
  readonly tryNumber: number | null;
  readonly host: string | null;
  readonly state: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly failureClass: string | null;
  /** Whether another try may succeed: infrastructure passes as well. Null where nobody judged it. */
  readonly transient: boolean | null;
  readonly message: string | null;
  readonly startedAtMicros: number | null;
  readonly endedAtMicros: number | null;
  readonly wallSeconds: number | null;
  readonly userCpuSeconds: number | null;
  readonly systemCpuSeconds: number | null;
  readonly maxRssBytes: number | null;
  readonly logPath: string | null;
}

/** One job in one attempt, as programs are told it. */
export interface JobWithExecutions {
  readonly campaign: string;
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly job: string;
  readonly task: string | null;
  readonly dataId: Readonly<Record<string, string | number>> | null;
  readonly state: JobState;
  /** Why it was skipped or abandoned, as it was told; null for any other. */
  readonly stateReason: string | null;
  /** In the order of their tries. */
  readonly executions: readonly ExecutionOfJob[];
}

type JobRow = Readonly<{
  unit: string;
  attempt: number;
  job: string;
  task: string | null;
  data_id: string | null;
  state: JobState;
  skip_reason: string | null;
  skip_because_of: string | null;
  abandon_reason: string | null;
  abandon_class: string | null;
}>;

type ExecutionRow = Readonly<{
  execution: string;
  state: string;
  try_number: number | null;
  host: string | null;
  log_path: string | null;
  started_at_us: number | null;
  ended_at_us: number | null;
  exit_code: number | null;
  signal: string | null;
  failure_class: string | null;
  permanence: string | null;
  message: string | null;
  wall_us: number | null;
  user_cpu_us: number | null;
  system_cpu_us: number | null;
  max_rss_bytes: number | null;
}>;

const pageJobs = 20_000;

const executionsSql = `
  SELECT execution, state, try_number, host, log_path, started_at_us, ended_at_us, exit_code, signal, failure_class,
    permanence, message, wall_us, user_cpu_us, system_cpu_us, max_rss_bytes
  FROM executions WHERE campaign = ? AND unit = ? AND attempt = ? AND job = ?
  ORDER BY coalesce(try_number, 0), coalesce(started_at_us, 0), execution`;

/**
 * The jobs that a filter admits, by unit, attempt and job, a page at a time so that memory does not grow with them.
 * @param nowMicros now, microseconds since 1970: what a running job's time is told by
 */
export function* queryJobs(
  views: ViewReader,
  campaign: string,
  filter: JobFilter,
  nowMicros: number,
): Generator<JobWithExecutions> {
  const executionsOf = views.prepared<ExecutionRow>(executionsSql);
  const medians = filter.slow === true ? medianWallMicros(views, campaign) : null;
  for (const row of jobRows(views, campaign, filter)) {
    const executions = executionsOf(campaign, row.unit, row.attempt, row.job);
    const wanted =
      holdsAll(row.data_id, filter.dataId) &&
      (filter.host === undefined || executions.some(({ host }) => host === filter.host)) &&
      (filter.failureClass === undefined || executions.some((run) => run.failure_class === filter.failureClass)) &&
      (medians === null || isSlow(executions.at(-1), medians.get(row.task ?? ''), nowMicros));
    if (wanted) {
      yield toJob(campaign, row, executions);
    }
  }
}

function* jobRows(views: ViewReader, campaign: string, filter: JobFilter): Generator<JobRow> {
  const conditions = ['campaign = $campaign', '(unit, attempt, job) > ($unit, $attempt, $job)'];
  const values: Record<string, string | number> = { campaign };
  const equal = { unit: filter.unit, attempt: filter.attempt, job: filter.job, task: filter.task };
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) {
      conditions.push(`${column} = $only_${column}`);
      values[`only_${column}`] = value;
    }
  }
  if (filter.slow === true) {
    conditions.push(`state = 'running'`);
  }
  filter.states?.forEach((state, index) => {
    values[`state_${String(index)}`] = state;
  });
  if (filter.states !== undefined) {
    conditions.push(`state IN (${filter.states.map((_, index) => `$state_${String(index)}`).join(', ')})`);
  }
  if (filter.allAttempts !== true && filter.attempt === undefined) {
    conditions.push(`(unit, job, attempt) IN (
      SELECT unit, job, max(attempt) FROM jobs WHERE campaign = $campaign GROUP BY unit, job)`);
  }
  const sql = `
    SELECT unit, attempt, job, task, data_id, state, skip_reason, skip_because_of, abandon_reason, abandon_class FROM jobs
    WHERE ${conditions.join(' AND ')} ORDER BY unit, attempt, job LIMIT ${String(pageJobs)}`;
  let after = { unit: '', attempt: -1, job: '' };
  for (;;) {
    const page = views.query<JobRow>(sql, { ...values, ...after });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageJobs) {
      return;
    }
    after = { unit: last.unit, attempt: last.attempt, job: last.job };
  }
}

function holdsAll(dataId: string | null, wanted: JobFilter['dataId']): boolean {
  if (wanted === undefined) {
    return true;
  }
  const values = dimensionsOf(dataId) ?? {};
  return Object.entries(wanted).every(([dimension, value]) => values[dimension] === value);
}

function toJob(campaign: string, row: JobRow, executions: readonly ExecutionRow[]): JobWithExecutions {
  const { unit, attempt, job, task, data_id, state } = row;
  return {
    campaign,
    unit: named(unit),
    attempt: numbered(attempt),
    job,
    task,
    dataId: dimensionsOf(data_id),
    state,
    stateReason: stateReason(row),
    executions: executions.map(toExecution),
  };
}

function stateReason(row: JobRow): string | null {
  const ofState = {
    skipped: [row.skip_reason, row.skip_because_of].filter((part) => part !== null).join(' because of '),
    abandoned: [row.abandon_class, row.abandon_reason].filter((part) => part !== null).join(': '),
  };
  return row.state === 'skipped' || row.state === 'abandoned' ? ofState[row.state] || null : null;
}

function toExecution(row: ExecutionRow): ExecutionOfJob {
  return {
    execution: row.execution,
    tryNumber: row.try_number,
    host: row.host,
    state: row.state,
    exitCode: row.exit_code,
    signal: row.signal,
    failureClass: row.failure_class,
    transient: row.permanence === null ? null : row.permanence !== 'permanent',
    message: row.message,
    startedAtMicros: row.started_at_us,
    endedAtMicros: row.ended_at_us,
    wallSeconds: seconds(row.wall_us),
    userCpuSeconds: seconds(row.user_cpu_us),
    systemCpuSeconds: seconds(row.system_cpu_us),
    maxRssBytes: row.max_rss_bytes,
    logPath: row.log_path,
  };
}
