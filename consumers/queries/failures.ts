/** Why jobs fail: failed and lost executions by class, host and task, with the CPU time they cost. */
import type { AttemptChoice } from './attempts';
import { seconds, type ViewReader } from './viewReader';

/** What failures can be grouped by. */
export const failureGroupings = ['class', 'host', 'task', 'unit'] as const;

/** One of {@link failureGroupings}. */
export type FailureGrouping = (typeof failureGroupings)[number];

/** Failures of a kind, as programs are told them; what they were not grouped by is null. */
export interface FailureGroup {
  readonly unit: string | null;
  readonly failureClass: string | null;
  /** permanent, transient or infrastructure; null where nobody judged it, or the class was not grouped by. */
  readonly permanence: string | null;
  readonly task: string | null;
  readonly host: string | null;
  readonly failures: number;
  /** Null where not one was measured. */
  readonly cpuLostSeconds: number | null;
  /** How many of them have no CPU time. */
  readonly notMeasured: number;
  /** The last of them: a place to begin reading. */
  readonly lastExecution: string;
  readonly lastJob: string;
  readonly lastMessage: string | null;
}

type GroupRow = Readonly<{
  unit: string | null;
  failure_class: string | null;
  permanence: string | null;
  task: string | null;
  host: string | null;
  failures: number;
  cpu_lost_us: number | null;
  not_measured: number;
  execution: string;
  job: string;
  message: string | null;
}>;

const columnsOf: Readonly<Record<FailureGrouping, readonly string[]>> = {
  class: ['failure_class', 'permanence'],
  host: ['host'],
  task: ['task'],
  unit: ['unit'],
};

/** The failures of a campaign, the most frequent first; of all attempts unless the choice names one. */
export function queryFailures(
  views: ViewReader,
  campaign: string,
  groupings: readonly FailureGrouping[],
  { unit, attempt }: Pick<AttemptChoice, 'unit' | 'attempt'> = {},
): FailureGroup[] {
  const grouped = new Set(groupings.flatMap((grouping) => columnsOf[grouping]));
  const told = Object.values(columnsOf)
    .flat()
    .map((column) => (grouped.has(column) ? `nullif(${column}, '') AS ${column}` : `NULL AS ${column}`));
  const by = [...grouped].map((column) => `failed.${column}`).join(', ');
  // Beside a single max(), the plain columns of SQLite's answer are those of the row with the maximum.
  const sql = `
    SELECT ${told.join(', ')}, failures, cpu_lost_us, not_measured, execution, job,
      (SELECT message FROM executions WHERE executions.campaign = last.campaign AND executions.unit = last.in_unit
        AND executions.attempt = last.attempt AND executions.job = last.job
        AND executions.execution = last.execution) AS message
    FROM (
      SELECT failed.*, failed.unit AS in_unit, count(*) AS failures, sum(cpu_us) AS cpu_lost_us,
        sum(cpu_us IS NULL) AS not_measured, max(coalesce(end_stamp, lost_stamp)) AS last_stamp
      FROM failure_executions AS failed
      WHERE campaign = $campaign AND state IN ('failed', 'lost')
        AND ($unit IS NULL OR unit = $unit) AND ($attempt IS NULL OR attempt = $attempt)
      ${by === '' ? '' : `GROUP BY ${by}`}) AS last
    WHERE failures > 0
    ORDER BY failures DESC, cpu_lost_us DESC, failure_class, task, host, unit`;
  const rows = views.query<GroupRow>(sql, { campaign, unit: unit ?? null, attempt: attempt ?? null });
  return rows.map((row) => ({
    unit: row.unit,
    failureClass: row.failure_class,
    permanence: row.permanence,
    task: row.task,
    host: row.host,
    failures: row.failures,
    cpuLostSeconds: seconds(row.cpu_lost_us),
    notMeasured: row.not_measured,
    lastExecution: row.execution,
    lastJob: row.job,
    lastMessage: row.message,
  }));
}
