/** The table of the plans view. */
import type { TableSchema } from '../projection';

/**
 * What one producer planned for a job of an attempt, a row a part. Of several producers the one with the latest stamp
 * counts for the job, so their parts are never mixed.
 */
export type PlannedJobRow = Readonly<{
  campaign: string;
  unit: string;
  attempt: number;
  job: string;
  producer: string;
  part: number;
  parts: number;
  task: string;
  data_id: string | null;
  kind: string;
  /** A JSON list of job names. */
  upstream_jobs: string;
  /** A JSON list of pairs: path, and dataset type or null. */
  predicted_inputs: string;
  /** The same of the outputs. */
  predicted_outputs: string;
  stamp: string;
}>;

export const plannedJobsTable: TableSchema<PlannedJobRow> = {
  name: 'planned_jobs',
  key: ['campaign', 'unit', 'attempt', 'job', 'producer', 'part'],
  columns: {
    campaign: 'text',
    unit: 'text',
    attempt: 'integer',
    job: 'text',
    producer: 'text',
    part: 'integer',
    parts: 'integer',
    task: 'text',
    data_id: 'text',
    kind: 'text',
    upstream_jobs: 'text',
    predicted_inputs: 'text',
    predicted_outputs: 'text',
    stamp: 'text',
  },
  indexes: {},
};
