/** The wanted work by a pipeline definition: a plan's jobs and files, as they stand in it. */
import type { DatasetType } from '../../pipelines/definition';
import { fileNamer, type FileNamer } from '../../pipelines/fileNames';
import type { Plan, PlannedFile, PlannedJob } from '../../pipelines/plan';
import type { Wanted, WantedFile } from './wanted';

/** The work that a plan wants done. */
export function wantedFromPlan(plan: Plan): Wanted {
  const { definition } = plan.pipeline;
  const namers = new Map<DatasetType, FileNamer>();
  return {
    jobs: plan.jobs,
    waitsFor: new Map(),
    alwaysRun: alwaysRunning(plan.jobs),
    mayBeAbsent: (file) => {
      const outputs = isPlanned(file) ? file.maker?.task.outputs : undefined;
      return outputs?.find(({ datasetType }) => datasetType === file.type.name)?.mayBeAbsent ?? false;
    },
    pathIn: (file, attempt) => {
      if (!isPlanned(file)) {
        return file.path;
      }
      const { type, row } = file;
      const namer = namers.get(type) ?? fileNamer(type, definition.dimensions);
      namers.set(type, namer);
      return namer.path(row, { ...plan.scope, attempt });
    },
  };
}

/** The files of a plan's jobs are the plan's. */
function isPlanned(file: WantedFile): file is PlannedFile {
  return 'row' in file;
}

/** The jobs that the workflow system adds at the end: nothing waits for them and they make no files. */
function alwaysRunning(jobs: readonly PlannedJob[]): ReadonlySet<PlannedJob> {
  const framework = jobs.filter(({ task }) => task.kind === 'framework');
  const waitedFor = new Set(framework.length === 0 ? [] : jobs.flatMap(({ upstream }) => upstream));
  return new Set(framework.filter((job) => !waitedFor.has(job) && job.outputCounts.every((count) => count === 0)));
}
