/** A pipeline definition as the rest of the program sees it: checked, with every default filled in. */

/** How the values of a dimension are typed. */
export type DimensionType = 'int' | 'string';

/** Whether a dataset type is kept, may be purged once nothing needs it, or is not made by the pipeline at all. */
export type DatasetRole = 'product' | 'intermediate' | 'registered';

/** What makes a remade file the same as the one before. */
export type Sameness = 'bytes' | 'contentDigest' | 'ignore';

/** The sections of a Butler mapper policy that name files. */
export type ButlerSection = 'exposures' | 'calibrations' | 'images' | 'datasets';

/** How many of its planned files an input needs. */
export type Requirement = 'all' | 'any' | { readonly atLeast: number };

/** A kind of file. */
export interface DatasetType {
  readonly name: string;
  readonly role: DatasetRole;
  /** Whether each job of every task that lists it writes one, such as its log; its dimensions are then the task's. */
  readonly perJob: boolean;
  readonly dimensions: readonly string[];
  /** The table that says which registered files there are; null where every file asked for is taken to be there. */
  readonly table: string | null;
  /** The logical path with its placeholders. */
  readonly template: string;
  /** Keys of file metadata that must be there and not null. */
  readonly metadata: readonly string[];
  readonly sameness: Sameness;
  /** The section of a Butler mapper policy that its template belongs in. */
  readonly butlerSection: ButlerSection;
}

/** What a task reads of one dataset type. */
export interface TaskInput {
  readonly datasetType: string;
  readonly require: Requirement;
}

/** What a task writes of one dataset type. */
export interface TaskOutput {
  readonly datasetType: string;
  readonly mayBeAbsent: boolean;
  /** The share of its files, from 0 to 1, that may be absent before verification objects. */
  readonly toleratedAbsence: number;
  /** Whether only the first job of the task in a unit, by data ID, writes it. */
  readonly once: boolean;
}

/** A setting of the science configuration. */
export type ScienceValue = string | number | boolean;

/** How the jobs of a task run; what is null is not stated. */
export interface ExecutionSettings {
  /** Executions after the first. */
  readonly retries: number;
  /** By failure class the share of the task's jobs, from 0 to 1, that may be lost to it. */
  readonly toleratedLoss: ReadonlyMap<string, number>;
  readonly cpuSeconds: number | null;
  readonly wallSeconds: number | null;
  readonly maxRssBytes: number | null;
}

/** One step. */
export interface Task {
  readonly name: string;
  readonly kind: 'payload' | 'framework';
  readonly dimensions: readonly string[];
  /** The tables whose join says for which data IDs there are jobs. */
  readonly over: readonly string[];
  readonly executable: string;
  /** The program and its arguments with their placeholders. */
  readonly command: readonly string[];
  readonly inputs: readonly TaskInput[];
  readonly outputs: readonly TaskOutput[];
  readonly science: ReadonlyMap<string, ScienceValue>;
  readonly execution: ExecutionSettings;
}

/** One pipeline definition. Maps keep the order of the file. */
export interface Definition {
  /** The file it was read from, as it was named. */
  readonly file: string;
  readonly pipeline: string;
  readonly dimensions: ReadonlyMap<string, DimensionType>;
  /** The dimensions that a unit fixes. */
  readonly unit: readonly string[];
  /** The path of each table's file, as the definition gives it. */
  readonly tables: ReadonlyMap<string, string>;
  readonly datasetTypes: ReadonlyMap<string, DatasetType>;
  readonly tasks: ReadonlyMap<string, Task>;
}

/** The task that makes each dataset type; of one that is written per job, the last of its tasks. */
export function makersOf(tasks: Iterable<Task>): ReadonlyMap<string, Task> {
  const makers = new Map<string, Task>();
  for (const task of tasks) {
    for (const { datasetType } of task.outputs) {
      makers.set(datasetType, task);
    }
  }
  return makers;
}
