/** The tables of the jobs view. */
import type { ExecutionState } from '../executionFacts';
import type { TableSchema } from '../projection';
import type { JobState } from './jobState';

/** One job in one attempt. */
export type JobRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  job: string;
  /** Null until an event has named it. */
  task: string | null;
  data_id: string | null;
  kind: string | null;
  state: JobState;
  planned: number;
  /** The execution that counts: the last by (try number, started, UUID), and what became of it. */
  execution: string | null;
  execution_state: ExecutionState | null;
  /** The stamp of the last statement about that execution. */
  execution_stamp: string | null;
  executions: number;
  /** queued, held or released, by the last statement about the queue. */
  queue_state: string | null;
  queue_stamp: string | null;
  queue_reason: string | null;
  batch_scheduler: string | null;
  batch_id: string | null;
  skip_reason: string | null;
  skip_because_of: string | null;
  skip_stamp: string | null;
  reused_execution: string | null;
  reused_stamp: string | null;
  abandon_reason: string | null;
  abandon_class: string | null;
  /** The execution whose failure was the reason; null where the job was given up as such. */
  abandon_because_of: string | null;
  abandon_stamp: string | null;
  /** The execution that a retry was scheduled for. */
  retry_of: string | null;
  retry_stamp: string | null;
}>;

/** One execution, with everything that is known of it. */
export type ExecutionRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  job: string;
  execution: string;
  state: ExecutionState;
  task: string | null;
  data_id: string | null;
  try_number: number | null;
  host: string | null;
  executable: string | null;
  log_path: string | null;
  started_at_us: number | null;
  ended_at_us: number | null;
  exit_code: number | null;
  signal: string | null;
  failure_class: string | null;
  permanence: string | null;
  message: string | null;
  caveats: string | null;
  wall_us: number | null;
  user_cpu_us: number | null;
  system_cpu_us: number | null;
  max_rss_bytes: number | null;
  start_stamp: string | null;
  end_stamp: string | null;
  lost_stamp: string | null;
}>;

/** How many jobs of a task are in each state. */
export type JobCountRow = Readonly<
  { campaign: string; unit: string; attempt: number; task: string } & Record<JobState, number>
>;

/** One attempt of a unit. */
export type AttemptRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  why: string | null;
  resumed_from: number | null;
  started_by: string | null;
  started_at_us: number | null;
  start_stamp: string | null;
  outcome: string | null;
  ended_at_us: number | null;
  end_stamp: string | null;
}>;

/** One upstream job of a job. */
export type UpstreamRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  job: string;
  upstream_job: string;
}>;

/** One campaign. */
export type CampaignRow = Readonly<{
  campaign: string;
  description: string | null;
  declared_by: string | null;
  stamp: string | null;
}>;

/** One veto, lifted or not. A lifting may be heard before its veto: then the rest is null. */
export type VetoRow = Readonly<{
  campaign: string;
  veto: string;
  unit: string | null;
  task: string | null;
  data_id: string | null;
  why: string | null;
  ticket: string | null;
  vetoed_by: string | null;
  stamp: string | null;
  lifted_why: string | null;
  lifted_by: string | null;
  lift_stamp: string | null;
}>;

/** One remark of an operator. */
export type NoteRow = Readonly<{
  campaign: string;
  stamp: string;
  unit: string | null;
  attempt: number | null;
  occurred_at_us: number;
  text: string;
  job: string | null;
  path: string | null;
  ticket: string | null;
  noted_by: string | null;
}>;

export const jobsTable: TableSchema<JobRow> = {
  name: 'jobs',
  key: ['campaign', 'unit', 'attempt', 'job'],
  columns: {
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    job: 'text',
    task: 'text',
    data_id: 'text',
    kind: 'text',
    state: 'text',
    planned: 'integer',
    execution: 'text',
    execution_state: 'text',
    execution_stamp: 'text',
    executions: 'integer',
    queue_state: 'text',
    queue_stamp: 'text',
    queue_reason: 'text',
    batch_scheduler: 'text',
    batch_id: 'text',
    skip_reason: 'text',
    skip_because_of: 'text',
    skip_stamp: 'text',
    reused_execution: 'text',
    reused_stamp: 'text',
    abandon_reason: 'text',
    abandon_class: 'text',
    abandon_because_of: 'text',
    abandon_stamp: 'text',
    retry_of: 'text',
    retry_stamp: 'text',
  },
  indexes: {},
  touchedAgain: ({ state }) => state === 'planned' || state === 'running',
};

export const executionsTable: TableSchema<ExecutionRow> = {
  name: 'executions',
  // By execution first: rows of one time stand together, so that a commit changes few pages of the database.
  key: ['execution', 'campaign', 'unit', 'attempt', 'job'],
  columns: {
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    job: 'text',
    execution: 'text',
    state: 'text',
    task: 'text',
    data_id: 'text',
    try_number: 'integer',
    host: 'text',
    executable: 'text',
    log_path: 'text',
    started_at_us: 'integer',
    ended_at_us: 'integer',
    exit_code: 'integer',
    signal: 'text',
    failure_class: 'text',
    permanence: 'text',
    message: 'text',
    caveats: 'text',
    wall_us: 'integer',
    user_cpu_us: 'integer',
    system_cpu_us: 'integer',
    max_rss_bytes: 'integer',
    start_stamp: 'text',
    end_stamp: 'text',
    lost_stamp: 'text',
  },
  indexes: { by_job: ['campaign', 'unit', 'attempt', 'job'] },
};

export const jobCountsTable: TableSchema<JobCountRow> = {
  name: 'job_counts',
  key: ['campaign', 'unit', 'attempt', 'task'],
  columns: {
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    task: 'text',
    planned: 'integer',
    queued: 'integer',
    held: 'integer',
    running: 'integer',
    lost: 'integer',
    succeeded: 'integer',
    failed: 'integer',
    skipped: 'integer',
    reused: 'integer',
    abandoned: 'integer',
  },
  indexes: {},
};

export const attemptsTable: TableSchema<AttemptRow> = {
  name: 'attempts',
  key: ['campaign', 'unit', 'attempt'],
  columns: {
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    why: 'text',
    resumed_from: 'integer',
    started_by: 'text',
    started_at_us: 'integer',
    start_stamp: 'text',
    outcome: 'text',
    ended_at_us: 'integer',
    end_stamp: 'text',
  },
  indexes: {},
};

export const jobUpstreamsTable: TableSchema<UpstreamRow> = {
  name: 'job_upstreams',
  key: ['campaign', 'unit', 'attempt', 'job', 'upstream_job'],
  columns: { campaign: 'text', unit: 'text', attempt: 'integer', job: 'text', upstream_job: 'text' },
  indexes: {},
};

export const campaignsTable: TableSchema<CampaignRow> = {
  name: 'campaigns',
  key: ['campaign'],
  columns: { campaign: 'text', description: 'text', declared_by: 'text', stamp: 'text' },
  indexes: {},
};

export const vetoesTable: TableSchema<VetoRow> = {
  name: 'vetoes',
  key: ['campaign', 'veto'],
  columns: {
    campaign: 'text',
    veto: 'text',
    unit: 'text',
    task: 'text',
    data_id: 'text',
    why: 'text',
    ticket: 'text',
    vetoed_by: 'text',
    stamp: 'text',
    lifted_why: 'text',
    lifted_by: 'text',
    lift_stamp: 'text',
  },
  indexes: {},
};

export const notesTable: TableSchema<NoteRow> = {
  name: 'notes',
  key: ['campaign', 'stamp'],
  columns: {
    campaign: 'text',
    stamp: 'text',
    unit: 'text',
    attempt: 'integer',
    occurred_at_us: 'integer',
    text: 'text',
    job: 'text',
    path: 'text',
    ticket: 'text',
    noted_by: 'text',
  },
  indexes: {},
};
