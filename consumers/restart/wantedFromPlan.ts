/** The wanted work by a pipeline definition: a plan's jobs and files. */
import type { DatasetType } from '../../pipelines/definition';
import { fileNamer, type FileNamer } from '../../pipelines/fileNames';
import type { Plan, PlannedFile, PlannedJob } from '../../pipelines/plan';
import type { Wanted, WantedFile, WantedJob } from './wanted';

/** The wanted work, and which planned job and file each is. */
export interface WantedPlan extends Wanted {
  readonly plannedFile: ReadonlyMap<WantedFile, PlannedFile>;
}

/** The work that a plan wants done. */
export function wantedFromPlan(plan: Plan): WantedPlan {
  const { definition } = plan.pipeline;
  const plannedFile = new Map<WantedFile, PlannedFile>();
  const fileOf = new Map<PlannedFile, WantedFile>();
  const waitedFor = new Set(plan.jobs.flatMap(({ upstream }) => upstream));
  const jobs = plan.jobs.map((planned) => {
    const { task, name, dataId } = planned;
    const outputs: WantedFile[] = [];
    const job: WantedJob = {
      name,
      task: task.name,
      dataId,
      kind: task.kind,
      inputs: planned.inputs.map((files, place) => ({
        require: task.inputs[place]?.require ?? 'all',
        files: files.map((file) => fileOf.get(file) ?? addFile(file, null, false)),
      })),
      outputs,
      waitsFor: [],
      alwaysRuns: runsAlways(planned, waitedFor),
      cpuSecondsHint: task.execution.cpuSeconds,
    };
    planned.outputs.forEach((files, place) => {
      for (const file of files) {
        outputs.push(addFile(file, job, task.outputs[place]?.mayBeAbsent ?? false));
      }
    });
    return job;
  });
  const namers = new Map<DatasetType, FileNamer>();
  return {
    jobs,
    plannedFile,
    pathIn: (file, attempt) => {
      const planned = plannedFile.get(file);
      if (planned === undefined) {
        return file.path;
      }
      const namer = namers.get(planned.type) ?? fileNamer(planned.type, definition.dimensions);
      namers.set(planned.type, namer);
      return namer.path(planned.row, { ...plan.scope, attempt });
    },
  };

  function addFile(planned: PlannedFile, maker: WantedJob | null, mayBeAbsent: boolean): WantedFile {
    const { path, type } = planned;
    const isProduct = type.role === 'product';
    const file = { path, datasetType: type.name, isProduct, sameness: type.sameness, mayBeAbsent, maker };
    fileOf.set(planned, file);
    plannedFile.set(file, planned);
    return file;
  }
}

/** A job that the workflow system adds at the end: nothing waits for it and it makes no files. */
function runsAlways(job: PlannedJob, waitedFor: ReadonlySet<PlannedJob>): boolean {
  return job.task.kind === 'framework' && !waitedFor.has(job) && job.outputs.every((files) => files.length === 0);
}
