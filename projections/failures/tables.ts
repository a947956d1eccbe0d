/** The tables of the failures view. */
import type { ExecutionState } from '../executionFacts';
import type { TableSchema } from '../projection';

/** One execution, as far as a failure of it is told apart by. */
export type FailureExecutionRow = Readonly<{
  execution: string;
  campaign: string;
  unit: string;
  attempt: number;
  job: string;
  state: ExecutionState;
  task: string;
  host: string;
  failure_class: string;
  permanence: string;
  cpu_us: number | null;
  start_stamp: string | null;
  end_stamp: string | null;
  lost_stamp: string | null;
}>;

/** How often one class of failure struck one task on one host, and what it cost. */
export type FailureCountRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  failure_class: string;
  permanence: string;
  task: string;
  host: string;
  failures: number;
  /** CPU time of the executions that came to nothing. */
  cpu_lost_us: number;
  /** How many of them have no CPU time. */
  not_measured: number;
}>;

export const failureExecutionsTable: TableSchema<FailureExecutionRow> = {
  name: 'failure_executions',
  key: ['execution'],
  columns: {
    execution: 'text',
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    job: 'text',
    state: 'text',
    task: 'text',
    host: 'text',
    failure_class: 'text',
    permanence: 'text',
    cpu_us: 'integer',
    start_stamp: 'text',
    end_stamp: 'text',
    lost_stamp: 'text',
  },
  indexes: {},
};

export const failureCountsTable: TableSchema<FailureCountRow> = {
  name: 'failure_counts',
  key: ['campaign', 'unit', 'attempt', 'failure_class', 'permanence', 'task', 'host'],
  columns: {
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    failure_class: 'text',
    permanence: 'text',
    task: 'text',
    host: 'text',
    failures: 'integer',
    cpu_lost_us: 'integer',
    not_measured: 'integer',
  },
  indexes: {},
};
