/** What a plan is: jobs with the files they are to read and write. */
import type { DataIdValue } from '../schemas';
import type { DatasetType, Requirement, Task } from './definition';
import type { Pipeline } from './loadPipeline';
import type { PlanScope } from './fileNames';
import type { Row } from './relation';

/** A file that the plan speaks of. */
export interface PlannedFile {
  readonly type: DatasetType;
  /** The logical path. */
  readonly path: string;
  /** The values of the dataset type's dimensions, in its order. */
  readonly row: Row;
  /** The job that makes it; null for a registered file. */
  readonly maker: PlannedJob | null;
}

/** One job. */
export interface PlannedJob {
  /** Its place among the plan's jobs, from 0. */
  readonly place: number;
  readonly task: Task;
  /** The job's name within its unit. */
  readonly name: string;
  /** The canonical data ID; null for the one job of a task without dimensions. */
  readonly dataId: string | null;
  /** The values of the task's dimensions, in its order. */
  readonly row: Row;
  /** For each input of the task, in its order, the files. */
  readonly inputs: readonly (readonly PlannedFile[])[];
  /** For each output of the task, in its order, the files. */
  readonly outputs: readonly (readonly PlannedFile[])[];
  /** For each output of the task, in its order, how many files; told without a file being made. */
  readonly outputCounts: readonly number[];
  /** The jobs that make its inputs, each once. */
  readonly upstream: readonly PlannedJob[];
}

/** An input whose requirement some jobs cannot meet, even if nothing fails. */
export interface UnmetInput {
  readonly task: string;
  readonly datasetType: string;
  readonly require: Requirement;
  /** How many jobs. */
  readonly jobs: number;
  /** The first of them. */
  readonly firstJob: string;
  /** The first data ID for which nothing supplies a file, by dimension; null where the number alone is too small. */
  readonly firstMissing: Readonly<Record<string, DataIdValue>> | null;
}

/** A plan of one attempt of one unit. */
export interface Plan {
  readonly pipeline: Pipeline;
  readonly scope: PlanScope;
  /** In the order in which they could run one after another; those of a task by data ID. */
  readonly jobs: readonly PlannedJob[];
  /** How many files of each dataset type are to be made, in the definition's order. */
  readonly expected: ReadonlyMap<string, number>;
  /** How many registered files of each dataset type are read. */
  readonly registered: ReadonlyMap<string, number>;
  readonly unmet: readonly UnmetInput[];
}
