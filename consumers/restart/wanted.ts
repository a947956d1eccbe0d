/** The work that a unit should have done: what a restart is planned from, wherever it was learnt. */
import type { Requirement, Sameness } from '../../pipelines/definition';

/** A file that some job should make or read. */
export interface WantedFile {
  /** The logical path by the present plan. */
  readonly path: string;
  /** Null where only the path is known. */
  readonly datasetType: string | null;
  /** Whether it is to be kept; an intermediate is needed only by the jobs that read it. */
  readonly isProduct: boolean;
  /** What makes a remade file the same as the one before. */
  readonly sameness: Sameness;
  /** Whether its maker may legitimately leave it out. */
  readonly mayBeAbsent: boolean;
  /** Null for a file from outside. */
  readonly maker: WantedJob | null;
}

/** What a job reads of one dataset type. */
export interface WantedInput {
  readonly require: Requirement;
  readonly files: readonly WantedFile[];
}

/** A job. */
export interface WantedJob {
  readonly name: string;
  readonly task: string;
  /** Canonical; null where there is none. */
  readonly dataId: string | null;
  readonly kind: 'payload' | 'framework';
  readonly inputs: readonly WantedInput[];
  readonly outputs: readonly WantedFile[];
  /** The dataset types of the outputs where there is one file of each; null where that takes a look at the files. */
  readonly oneOfEach: readonly string[] | null;
  /** Jobs that it waits for without it being known which of their files it reads. */
  readonly waitsFor: readonly WantedJob[];
  /** Runs in every attempt, as DAGMan's FINAL nodes do. */
  readonly alwaysRuns: boolean;
  /** CPU time by the task's hint; null where it has none. */
  readonly cpuSecondsHint: number | null;
}

/** The jobs of a unit. */
export interface Wanted {
  /** Each behind those that it waits for. */
  readonly jobs: readonly WantedJob[];
  /** The path that an earlier attempt gave to a file. */
  readonly pathIn: (file: WantedFile, attempt: number) => string;
}

/** Every file that a job reads. */
export function* inputFiles(job: WantedJob): Generator<WantedFile, void> {
  for (const { files } of job.inputs) {
    yield* files;
  }
}
