/** The wanted work by a pipeline definition: a plan's jobs and files. */
import type { DatasetType, Sameness } from '../../pipelines/definition';
import { fileNamer, type FileNamer } from '../../pipelines/fileNames';
import type { Plan, PlannedFile, PlannedJob } from '../../pipelines/plan';
import type { Wanted, WantedFile, WantedInput, WantedJob } from './wanted';

/** A planned file as a restart wants it. A plan has many, so what the planned file tells is not told twice. */
class PlanFile implements WantedFile {
  constructor(
    readonly planned: PlannedFile,
    readonly maker: WantedJob | null,
    readonly mayBeAbsent: boolean,
  ) {}

  get path(): string {
    return this.planned.path;
  }

  get datasetType(): string {
    return this.planned.type.name;
  }

  get isProduct(): boolean {
    return this.planned.type.role === 'product';
  }

  get sameness(): Sameness {
    return this.planned.type.sameness;
  }
}

/** The work that a plan wants done. */
export function wantedFromPlan(plan: Plan): Wanted {
  const { definition } = plan.pipeline;
  const files = new ReadFiles(plan.jobs);
  const waitedFor = jobsWaitedFor(plan.jobs);
  const jobs = plan.jobs.map((planned) => wantedJob(planned, files, runsAlways(planned, waitedFor)));
  const namers = new Map<DatasetType, FileNamer>();
  return {
    jobs,
    pathIn: (file, attempt) => {
      if (!(file instanceof PlanFile)) {
        return file.path;
      }
      const { type, row } = file.planned;
      const namer = namers.get(type) ?? fileNamer(type, definition.dimensions);
      namers.set(type, namer);
      return namer.path(row, { ...plan.scope, attempt });
    },
  };
}

function wantedJob(
  { task, name, dataId, inputs, outputs }: PlannedJob,
  files: ReadFiles,
  alwaysRuns: boolean,
): WantedJob {
  const made: WantedFile[] = [];
  const job: WantedJob = {
    name,
    task: task.name,
    dataId,
    kind: task.kind,
    inputs: inputs.map((planned, place): WantedInput => ({
      require: task.inputs[place]?.require ?? 'all',
      files: planned.map((file) => files.get(file)),
    })),
    outputs: made,
    waitsFor: none,
    alwaysRuns,
    cpuSecondsHint: task.execution.cpuSeconds,
  };
  for (const [place, planned] of outputs.entries()) {
    const mayBeAbsent = task.outputs[place]?.mayBeAbsent ?? false;
    for (const file of planned) {
      made.push(files.add(new PlanFile(file, job, mayBeAbsent)));
    }
  }
  return job;
}

const none: readonly never[] = [];

/** The files that some job reads, each once: most that are made are read by none. */
class ReadFiles {
  private readonly files = new Map<PlannedFile, WantedFile | null>();

  constructor(jobs: readonly PlannedJob[]) {
    for (const { inputs } of jobs) {
      for (const list of inputs) {
        for (const file of list) {
          this.files.set(file, null);
        }
      }
    }
  }

  /** A file that a job makes. */
  add(file: PlanFile): WantedFile {
    if (this.files.has(file.planned)) {
      this.files.set(file.planned, file);
    }
    return file;
  }

  /** A file that a job reads: made by an earlier one, or from outside. */
  get(planned: PlannedFile): WantedFile {
    let file = this.files.get(planned);
    if (file == null) {
      file = new PlanFile(planned, null, false);
      this.files.set(planned, file);
    }
    return file;
  }
}

function jobsWaitedFor(jobs: readonly PlannedJob[]): ReadonlySet<PlannedJob> {
  const hasFramework = jobs.some(({ task }) => task.kind === 'framework');
  return new Set(hasFramework ? jobs.flatMap(({ upstream }) => upstream) : []);
}

/** A job that the workflow system adds at the end: nothing waits for it and it makes no files. */
function runsAlways(job: PlannedJob, waitedFor: ReadonlySet<PlannedJob>): boolean {
  return job.task.kind === 'framework' && !waitedFor.has(job) && job.outputs.every((files) => files.length === 0);
}
