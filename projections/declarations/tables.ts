/** The tables of the declarations view. */
import type { TableSchema } from '../projection';

/** A part of the text of a pipeline definition. */
export type PipelineRow = Readonly<{
  campaign: string;
  digest: string;
  part: number;
  parts: number;
  name: string;
  text: string;
  stamp: string;
}>;

/** What executions ran in. */
export type EnvironmentRow = Readonly<{
  campaign: string;
  digest: string;
  operating_system: string | null;
  compiler: string | null;
  /** A JSON object of versions by package. */
  packages: string;
  /** A JSON list of objects with name and ticket. */
  patches: string;
  container: string | null;
  hardware: string | null;
  stamp: string;
}>;

/** What an attempt was begun with. */
export type AttemptPipelineRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  pipeline_digest: string | null;
  /** 0 or 1; null where it was not said. */
  nodes_exclusive: number | null;
  stamp: string;
}>;

/** The environment of an execution that named one. */
export type ExecutionEnvironmentRow = Readonly<{
  execution: string;
  campaign: string;
  unit: string;
  attempt: number;
  environment_digest: string;
}>;

/** Outputs that are not to be used any more: those of this attempt and of those before it. */
export type WithdrawalRow = Readonly<{
  campaign: string;
  withdrawal: string;
  unit: string | null;
  /** Null for all attempts. */
  attempt: number | null;
  task: string | null;
  data_id: string | null;
  dataset_type: string | null;
  why: string;
  ticket: string | null;
  withdrawn_by: string | null;
  stamp: string;
}>;

/** A hold, released or not. A release may be heard before its hold: then the rest is null. */
export type HoldRow = Readonly<{
  campaign: string;
  hold: string;
  unit: string | null;
  host: string | null;
  why: string | null;
  ticket: string | null;
  held_by: string | null;
  stamp: string | null;
  released_why: string | null;
  released_by: string | null;
  release_stamp: string | null;
}>;

/** The verdict of a check. */
export type CheckRow = Readonly<{
  campaign: string;
  stamp: string;
  unit: string | null;
  attempt: number | null;
  test_case: string;
  verdict: string;
  report_digest: string | null;
  concluded_by: string | null;
  ticket: string | null;
}>;

export const pipelinesTable: TableSchema<PipelineRow> = {
  name: 'pipelines',
  key: ['campaign', 'digest', 'part'],
  columns: {
    campaign: 'text',
    digest: 'text',
    part: 'integer',
    parts: 'integer',
    name: 'text',
    text: 'text',
    stamp: 'text',
  },
  indexes: {},
};

export const environmentsTable: TableSchema<EnvironmentRow> = {
  name: 'environments',
  key: ['campaign', 'digest'],
  columns: {
    campaign: 'text',
    digest: 'text',
    operating_system: 'text',
    compiler: 'text',
    packages: 'text',
    patches: 'text',
    container: 'text',
    hardware: 'text',
    stamp: 'text',
  },
  indexes: {},
};

export const attemptPipelinesTable: TableSchema<AttemptPipelineRow> = {
  name: 'attempt_pipelines',
  key: ['campaign', 'unit', 'attempt'],
  columns: {
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    pipeline_digest: 'text',
    nodes_exclusive: 'integer',
    stamp: 'text',
  },
  indexes: {},
};

export const executionEnvironmentsTable: TableSchema<ExecutionEnvironmentRow> = {
  name: 'execution_environments',
  key: ['execution'],
  columns: { execution: 'text', campaign: 'text', unit: 'text', attempt: 'integer', environment_digest: 'text' },
  indexes: {},
};

export const withdrawalsTable: TableSchema<WithdrawalRow> = {
  name: 'withdrawals',
  key: ['campaign', 'withdrawal'],
  columns: {
    campaign: 'text',
    withdrawal: 'text',
    unit: 'text',
    attempt: 'integer',
    task: 'text',
    data_id: 'text',
    dataset_type: 'text',
    why: 'text',
    ticket: 'text',
    withdrawn_by: 'text',
    stamp: 'text',
  },
  indexes: {},
};

export const holdsTable: TableSchema<HoldRow> = {
  name: 'holds',
  key: ['campaign', 'hold'],
  columns: {
    campaign: 'text',
    hold: 'text',
    unit: 'text',
    host: 'text',
    why: 'text',
    ticket: 'text',
    held_by: 'text',
    stamp: 'text',
    released_why: 'text',
    released_by: 'text',
    release_stamp: 'text',
  },
  indexes: {},
};

export const checksTable: TableSchema<CheckRow> = {
  name: 'checks',
  key: ['campaign', 'stamp'],
  columns: {
    campaign: 'text',
    stamp: 'text',
    unit: 'text',
    attempt: 'integer',
    test_case: 'text',
    verdict: 'text',
    report_digest: 'text',
    concluded_by: 'text',
    ticket: 'text',
  },
  indexes: {},
};
