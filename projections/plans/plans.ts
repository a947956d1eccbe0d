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

function applyPlan({ header, job, task, dataId, kind, part, parts, ...lists }: JobPlanned, tables: Tables): void {
  const plannedJobs = tables.of(plannedJobsTable);
  const scope = scopeOf(header);
  const { producer } = header;
  const stamp = stampOf(header);
  const known = plannedJobs.get(scope.campaign, scope.unit, scope.attempt, job, producer, part);
  if (supersedes(stamp, known?.stamp ?? null)) {
    plannedJobs.put({
      ...scope,
      job,
      producer,
      part,
      parts,
      task,
      data_id: dataId,
      kind,
      upstream_jobs: JSON.stringify(lists.upstreamJobs),
      predicted_inputs: pairs(lists.predictedInputs),
      predicted_outputs: pairs(lists.predictedOutputs),
      stamp,
    });
  }
}

function pairs(files: readonly FileReference[]): string {
  return JSON.stringify(files.map(({ path, datasetType }) => [path, datasetType]));
}
