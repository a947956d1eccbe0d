/** The tables of the fileCounts view. */
import type { ExecutionState } from '../executionFacts';
import type { TableSchema } from '../projection';

/**
 * One file version: a path as one execution wrote it (PROV's wasGeneratedBy), and what became of it. Superseded versions
 * are kept.
 */
export type FileVersionRow = Readonly<{
  campaign: string;
  path: string;
  execution: string;
  unit: string;
  attempt: number;
  /** Null while only a purge or a check of it has been heard. */
  dataset_type: string | null;
  size_bytes: number | null;
  md5: string | null;
  content_digest: string | null;
  produced_at_us: number | null;
  /** The event that says so. */
  producer: string | null;
  sequence: number | null;
  /** A JSON object with every key of its metadata: 1 where it has a value, 0 where it has none; null without metadata. */
  metadata_keys: string | null;
  purged: number;
  check_result: string | null;
  check_stamp: string | null;
}>;

/** One execution, as far as its files count or not. */
export type FileExecutionRow = Readonly<{
  campaign: string;
  execution: string;
  state: ExecutionState;
  /** Whether its outputs count although it failed: the job declared them so. */
  partial_usable: number;
  /** The attempts that took its outputs over: a JSON list of [unit, attempt]. */
  reused_in: string;
  end_stamp: string | null;
  lost_stamp: string | null;
}>;

/** One expected output that an execution legitimately did not write. */
export type AbsenceRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  job: string;
  dataset_type: string;
  path: string;
  execution: string;
  basis: string;
  stamp: string;
}>;

/** One deletion of a file, told by hand or by a program; what it does to the file stands in the file's version. */
export type PurgeRow = Readonly<{
  campaign: string;
  path: string;
  /** '' for an input that this campaign did not make. */
  execution: string;
  /** '' for everywhere. */
  site: string;
  why: string | null;
  purged_by: string | null;
  stamp: string;
}>;

/** How many files of a dataset type an attempt has: a row of Table 1. */
export type FileCountRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  dataset_type: string;
  actual: number;
  reused: number;
  absent: number;
  missing: number;
  empty: number;
  partial: number;
  purged: number;
  bytes: number;
}>;

/** How many are expected, by the highest revision of a statement. */
export type ExpectationRow = Readonly<{
  campaign: string;
  unit: string;
  /** '' for the total over all dataset types. */
  dataset_type: string;
  basis: string;
  count: number | null;
  revision: number;
  declared_by: string | null;
  ticket: string | null;
  stamp: string;
}>;

export const fileVersionsTable: TableSchema<FileVersionRow> = {
  name: 'file_versions',
  // By execution first: what one execution wrote stands together, and newer executions come behind older ones.
  key: ['execution', 'campaign', 'path'],
  columns: {
    campaign: 'text',
    path: 'text',
    execution: 'text',
    unit: 'text',
    attempt: 'integer',
    dataset_type: 'text',
    size_bytes: 'integer',
    md5: 'text',
    content_digest: 'text',
    produced_at_us: 'integer',
    producer: 'text',
    sequence: 'integer',
    metadata_keys: 'text',
    purged: 'integer',
    check_result: 'text',
    check_stamp: 'text',
  },
  indexes: { by_path: ['path', 'campaign'], by_execution: ['execution', 'campaign'] },
  mostlyAlone: ['by_path'],
};

export const fileExecutionsTable: TableSchema<FileExecutionRow> = {
  name: 'file_executions',
  key: ['execution', 'campaign'],
  columns: {
    campaign: 'text',
    execution: 'text',
    state: 'text',
    partial_usable: 'integer',
    reused_in: 'text',
    end_stamp: 'text',
    lost_stamp: 'text',
  },
  indexes: {},
};

export const absencesTable: TableSchema<AbsenceRow> = {
  name: 'absences',
  key: ['campaign', 'unit', 'attempt', 'job', 'dataset_type', 'path', 'execution'],
  columns: {
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    job: 'text',
    dataset_type: 'text',
    path: 'text',
    execution: 'text',
    basis: 'text',
    stamp: 'text',
  },
  indexes: {
    by_output: ['campaign', 'unit', 'attempt', 'job', 'dataset_type', 'path'],
    by_execution: ['execution', 'campaign'],
  },
};

export const purgesTable: TableSchema<PurgeRow> = {
  name: 'purges',
  key: ['execution', 'campaign', 'path', 'site'],
  columns: {
    campaign: 'text',
    path: 'text',
    execution: 'text',
    site: 'text',
    why: 'text',
    purged_by: 'text',
    stamp: 'text',
  },
  indexes: {},
};

export const fileCountsTable: TableSchema<FileCountRow> = {
  name: 'file_counts',
  key: ['campaign', 'unit', 'attempt', 'dataset_type'],
  columns: {
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    dataset_type: 'text',
    actual: 'integer',
    reused: 'integer',
    absent: 'integer',
    missing: 'integer',
    empty: 'integer',
    partial: 'integer',
    purged: 'integer',
    bytes: 'integer',
  },
  indexes: {},
};

export const expectationsTable: TableSchema<ExpectationRow> = {
  name: 'expectations',
  key: ['campaign', 'unit', 'dataset_type', 'basis'],
  columns: {
    campaign: 'text',
    unit: 'text',
    dataset_type: 'text',
    basis: 'text',
    count: 'integer',
    revision: 'integer',
    declared_by: 'text',
    ticket: 'text',
    stamp: 'text',
  },
  indexes: {},
};
