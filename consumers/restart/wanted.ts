/**
 * The work that a unit should have done: what a restart is planned from, wherever it was learnt. A planned job and its
 * files (pipelines/plan.ts) are wanted ones as they stand: a unit has hundreds of thousands, so none is copied.
 */
import type { DatasetType, Requirement, Task } from '../../pipelines/definition';

/** What files of a kind have in common. */
export interface WantedType extends Pick<DatasetType, 'role' | 'sameness'> {
  /** Null where only the files' paths are known. */
  readonly name: string | null;
}

/** A file that some job should make or read. */
export interface WantedFile {
  /** The logical path by the present plan. */
  readonly path: string;
  readonly type: WantedType;
  /** Null for a file from outside. */
  readonly maker: WantedJob | null;
}

/** What jobs of a task have in common. */
export interface WantedTask extends Pick<Task, 'name' | 'kind'> {
  /** How many of the files each list of {@link WantedJob.inputs} needs; of lists beyond these, all. */
  readonly inputs: readonly { readonly require: Requirement }[];
  /** For each list of {@link WantedJob.outputs} the dataset type. */
  readonly outputs: readonly { readonly datasetType: string }[];
  /** CPU time by the task's hint, seconds; null where it has none. */
  readonly execution: { readonly cpuSeconds: number | null };
}

/** A job. */
export interface WantedJob {
  /** Its place among the unit's jobs, from 0. */
  readonly place: number;
  readonly name: string;
  readonly task: WantedTask;
  /** Canonical; null where there is none. */
  readonly dataId: string | null;
  readonly inputs: readonly (readonly WantedFile[])[];
  readonly outputs: readonly (readonly WantedFile[])[];
  /** How many files each list of outputs has, told without a file being made; null where that takes a look at them. */
  readonly outputCounts: readonly number[] | null;
}

/** The jobs of a unit. */
export interface Wanted {
  /** Each behind those that it waits for. */
  readonly jobs: readonly WantedJob[];
  /** For some jobs, those that they wait for without it being known which of their files they read. */
  readonly waitsFor: ReadonlyMap<WantedJob, readonly WantedJob[]>;
  /** The jobs that run in every attempt, as DAGMan's FINAL nodes do. */
  readonly alwaysRun: ReadonlySet<WantedJob>;
  /** Whether its maker may legitimately leave a file out. */
  readonly mayBeAbsent: (file: WantedFile) => boolean;
  /** The path that an earlier attempt gave to a file. */
  readonly pathIn: (file: WantedFile, attempt: number) => string;
}

/** Whether a file is to be kept; an intermediate is needed only by the jobs that read it. */
export function isProduct({ type }: WantedFile): boolean {
  return type.role === 'product';
}

/** How many files of one of a job's lists of inputs it needs. */
export function requirementOf({ task }: WantedJob, list: number): Requirement {
  return task.inputs[list]?.require ?? 'all';
}

/** The dataset types of a job's outputs where there is one file of each; null where that takes a look at the files. */
export function oneOfEach({ task, outputCounts }: WantedJob): readonly string[] | null {
  const types: string[] = [];
  for (const [list, count] of outputCounts?.entries() ?? []) {
    const type = task.outputs[list];
    if (count > 1 || type === undefined) {
      return null;
    }
    if (count === 1) {
      types.push(type.datasetType);
    }
  }
  return outputCounts === null ? null : types;
}

/** A value for some of a unit's jobs, found by their places; told in the order of the jobs. */
export class ByJob<Value> {
  private readonly values: (Value | undefined)[];

  constructor(private readonly jobs: readonly WantedJob[]) {
    this.values = new Array<Value | undefined>(jobs.length);
  }

  get({ place }: WantedJob): Value | undefined {
    return this.values[place];
  }

  set({ place }: WantedJob, value: Value): void {
    this.values[place] = value;
  }

  *[Symbol.iterator](): Generator<readonly [WantedJob, Value], void> {
    for (const job of this.jobs) {
      const value = this.values[job.place];
      if (value !== undefined) {
        yield [job, value];
      }
    }
  }
}
