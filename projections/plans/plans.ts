/** The plans view: for each job of an attempt which jobs and files it was planned to wait for and which files to make. */
import type { FileReference, JobPlanned } from '../../schemas';
import type { Projection, Tables } from '../projection';
import { scopeOf } from '../scope';
import { stampOf, supersedes } from '../statementOrder';
import { plannedJobsTable } from './tables';

/** See the file's head. */
export const plansProjection: Projection = {
  name: 'plans',
  version: 1,
  tables: [plannedJobsTable],
  folds: { JobPlanned: applyPlan },
};

function applyPlan(event: JobPlanned, tables: Tables): void {
  const plannedJobs = tables.of(plannedJobsTable);
  const { campaign, unit, attempt } = scopeOf(event.header);
  const { producer } = event.header;
  const { job, part } = event;
  const stamp = stampOf(event.header);
  const known = plannedJobs.get(campaign, unit, attempt, job, producer, part);
  if (supersedes(stamp, known?.stamp ?? null)) {
    plannedJobs.put({
      campaign,
      unit,
      attempt,
      job,
      producer,
      part,
      parts: event.parts,
      task: event.task,
      data_id: event.dataId,
      kind: event.kind,
      upstream_jobs: JSON.stringify(event.upstreamJobs),
      predicted_inputs: pairs(event.predictedInputs),
      predicted_outputs: pairs(event.predictedOutputs),
      stamp,
    });
  }
}

function pairs(files: readonly FileReference[]): string {
  return JSON.stringify(files.map(({ path, datasetType }) => [path, datasetType]));
}
