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

/** A planned job as a restart wants it. Many jobs are only run: what they make is looked at when somebody asks. */
class PlanJob implements WantedJob {
  readonly name: string;
  readonly dataId: string | null;
  readonly inputs: readonly WantedInput[];
  readonly waitsFor = none;
  private made: readonly WantedFile[] | null = null;

  constructor(
    private readonly planned: PlannedJob,
    private readonly files: PlanFiles,
    readonly alwaysRuns: boolean,
  ) {
    const { task, name, dataId, inputs } = planned;
    this.name = name;
    this.dataId = dataId;
    this.inputs = inputs.map((list, place): WantedInput => ({
      require: task.inputs[place]?.require ?? 'all',
      files: list.map((file) => files.read(file)),
    }));
  }

  get task(): string {
    return this.planned.task.name;
  }

  get kind(): WantedJob['kind'] {
    return this.planned.task.kind;
  }

  get cpuSecondsHint(): number | null {
    return this.planned.task.execution.cpuSeconds;
  }

  get outputs(): readonly WantedFile[] {
    if (this.made === null) {
      const made: WantedFile[] = [];
      for (const list of this.planned.outputs) {
        for (const file of list) {
          made.push(this.files.made(file, this));
        }
      }
      this.made = made;
    }
    return this.made;
  }

  get oneOfEach(): readonly string[] | null {
    const { task, outputCounts } = this.planned;
    const types: string[] = [];
    for (const [place, { datasetType }] of task.outputs.entries()) {
      const count = outputCounts[place] ?? 0;
      if (count > 1) {
        return null;
      }
      if (count === 1) {
        types.push(datasetType);
      }
    }
    return types;
  }
}

/** The work that a plan wants done. */
export function wantedFromPlan(plan: Plan): Wanted {
  const { definition } = plan.pipeline;
  const files = new PlanFiles();
  const waitedFor = jobsWaitedFor(plan.jobs);
  const jobs = plan.jobs.map((planned) => {
    const job = new PlanJob(planned, files, runsAlways(planned, waitedFor));
    files.jobs.set(planned, job);
    return job;
  });
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

const none: readonly never[] = [];

/** The files of the jobs, each once. Most that are made are read by none. */
class PlanFiles {
  /** As far as they are known: a job stands behind those whose files it reads. */
  readonly jobs = new Map<PlannedJob, WantedJob>();
  private readonly filesRead = new Map<PlannedFile, WantedFile>();

  /** A file that a job reads: made by an earlier one, or from outside. */
  read(planned: PlannedFile): WantedFile {
    let file = this.filesRead.get(planned);
    if (file === undefined) {
      file = this.newFile(planned, planned.maker === null ? null : (this.jobs.get(planned.maker) ?? null));
      this.filesRead.set(planned, file);
    }
    return file;
  }

  /** A file that a job makes. */
  made(planned: PlannedFile, maker: WantedJob): WantedFile {
    return this.filesRead.get(planned) ?? this.newFile(planned, maker);
  }

  private newFile(planned: PlannedFile, maker: WantedJob | null): WantedFile {
    const outputs = planned.maker?.task.outputs ?? none;
    const mayBeAbsent = outputs.find(({ datasetType }) => datasetType === planned.type.name)?.mayBeAbsent ?? false;
    return new PlanFile(planned, maker, mayBeAbsent);
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
