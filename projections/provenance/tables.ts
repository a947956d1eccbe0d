/**
 * The tables of the provenance view: W3C PROV's activities, what they used, and entities from elsewhere. wasGeneratedBy
 * is the table file_versions of the fileCounts view: each file version stands once. wasDerivedFrom follows from the two.
 */
import type { ExecutionState } from '../executionFacts';
import type { TableSchema } from '../projection';

/** used: one file that one execution read, if on the basis that counts for that execution (`inputs_basis`). */
export type UseRow = Readonly<{
  campaign: string;
  path: string;
  execution: string;
  dataset_type: string | null;
  basis: string;
}>;

/** PROV's activity: one execution. */
export type ProvenanceExecutionRow = Readonly<{
  execution: string;
  campaign: string;
  unit: string;
  attempt: number;
  job: string;
  task: string | null;
  state: ExecutionState;
  /** The strongest basis on which its inputs were told: uses on a weaker one were announced, and then not so. */
  inputs_basis: string | null;
  start_stamp: string | null;
  end_stamp: string | null;
  lost_stamp: string | null;
}>;

/** A file that this campaign did not make. */
export type RegisteredFileRow = Readonly<{
  campaign: string;
  path: string;
  dataset_type: string | null;
  size_bytes: number | null;
  md5: string | null;
  origin_campaign: string | null;
  collection: string | null;
  stamp: string | null;
  purged: number;
}>;

/** Where a file version lies. */
export type FileLocationRow = Readonly<{
  campaign: string;
  path: string;
  /** '' for an input that this campaign did not make. */
  execution: string;
  site: string;
  uri: string;
  stamp: string;
}>;

export const usesTable: TableSchema<UseRow> = {
  name: 'uses',
  key: ['execution', 'campaign', 'path'],
  columns: { campaign: 'text', path: 'text', execution: 'text', dataset_type: 'text', basis: 'text' },
  indexes: { by_path: ['path', 'campaign'] },
};

export const provenanceExecutionsTable: TableSchema<ProvenanceExecutionRow> = {
  name: 'provenance_executions',
  key: ['execution'],
  columns: {
    execution: 'text',
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    job: 'text',
    task: 'text',
    state: 'text',
    inputs_basis: 'text',
    start_stamp: 'text',
    end_stamp: 'text',
    lost_stamp: 'text',
  },
  indexes: {},
};

export const registeredFilesTable: TableSchema<RegisteredFileRow> = {
  name: 'registered_files',
  key: ['campaign', 'path'],
  columns: {
    campaign: 'text',
    path: 'text',
    dataset_type: 'text',
    size_bytes: 'integer',
    md5: 'text',
    origin_campaign: 'text',
    collection: 'text',
    stamp: 'text',
    purged: 'integer',
  },
  indexes: {},
};

export const fileLocationsTable: TableSchema<FileLocationRow> = {
  name: 'file_locations',
  key: ['campaign', 'path', 'execution', 'site'],
  columns: { campaign: 'text', path: 'text', execution: 'text', site: 'text', uri: 'text', stamp: 'text' },
  indexes: {},
};
