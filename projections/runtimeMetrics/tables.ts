/** The tables of the runtimeMetrics view. */
import type { ExecutionState } from '../executionFacts';
import type { TableSchema } from '../projection';

/** What one execution used. */
export type MetricExecutionRow = Readonly<{
  execution: string;
  campaign: string;
  unit: string;
  attempt: number;
  executable: string;
  state: ExecutionState;
  started_at_us: number | null;
  ended_at_us: number | null;
  wall_us: number | null;
  user_cpu_us: number | null;
  system_cpu_us: number | null;
  max_rss_bytes: number | null;
  start_stamp: string | null;
  end_stamp: string | null;
  lost_stamp: string | null;
}>;

/** What the executions of one executable used together: a row of Table 3. Only executions that have ended count. */
export type ExecutableMetricsRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  executable: string;
  executions: number;
  /** How many of them have no user CPU time. */
  not_measured: number;
  user_cpu_us: number;
  system_cpu_us: number;
  /** Null where none was measured. */
  max_rss_bytes: number | null;
}>;

/** From when to when one attempt ran, and what it used: a row of Table 2. */
export type AttemptMetricsRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  /** From the attempt's own events; null until they are heard. */
  attempt_started_at_us: number | null;
  attempt_start_stamp: string | null;
  attempt_ended_at_us: number | null;
  attempt_end_stamp: string | null;
  /** The first start and the last end of its executions, by their hosts' clocks. */
  first_started_at_us: number | null;
  last_ended_at_us: number | null;
  user_cpu_us: number;
  system_cpu_us: number;
}>;

/** An execution whose outputs, and so whose cost, an attempt took over. */
export type ReusedExecutionRow = Readonly<{ campaign: string; unit: string; attempt: number; execution: string }>;

export const metricExecutionsTable: TableSchema<MetricExecutionRow> = {
  name: 'metric_executions',
  key: ['execution'],
  columns: {
    execution: 'text',
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    executable: 'text',
    state: 'text',
    started_at_us: 'integer',
    ended_at_us: 'integer',
    wall_us: 'integer',
    user_cpu_us: 'integer',
    system_cpu_us: 'integer',
    max_rss_bytes: 'integer',
    start_stamp: 'text',
    end_stamp: 'text',
    lost_stamp: 'text',
  },
  // Needed where a maximum shrinks, so an attempt's rows are at hand by executable.
  indexes: { by_attempt: ['campaign', 'unit', 'attempt'] },
};

export const executableMetricsTable: TableSchema<ExecutableMetricsRow> = {
  name: 'executable_metrics',
  key: ['campaign', 'unit', 'attempt', 'executable'],
  columns: {
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    executable: 'text',
    executions: 'integer',
    not_measured: 'integer',
    user_cpu_us: 'integer',
    system_cpu_us: 'integer',
    max_rss_bytes: 'integer',
  },
  indexes: {},
};

export const attemptMetricsTable: TableSchema<AttemptMetricsRow> = {
  name: 'attempt_metrics',
  key: ['campaign', 'unit', 'attempt'],
  columns: {
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    attempt_started_at_us: 'integer',
    attempt_start_stamp: 'text',
    attempt_ended_at_us: 'integer',
    attempt_end_stamp: 'text',
    first_started_at_us: 'integer',
    last_ended_at_us: 'integer',
    user_cpu_us: 'integer',
    system_cpu_us: 'integer',
  },
  indexes: {},
};

export const reusedExecutionsTable: TableSchema<ReusedExecutionRow> = {
  name: 'reused_executions',
  key: ['campaign', 'unit', 'attempt', 'execution'],
  columns: { campaign: 'text', unit: 'text', attempt: 'integer', execution: 'text' },
  indexes: {},
};
