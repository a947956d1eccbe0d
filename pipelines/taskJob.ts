/** One job of a task, as the planner makes it. A plan has many, so what few ask for is made when they do. */
import type { Task } from './definition';
import type { FileSet } from './fileCatalogue';
import type { PlannedFile, PlannedJob } from './plan';
import type { Row } from './relation';

/** Gives the jobs of a task the files of one of its outputs. */
export class OutputWriter {
  /** Whether files are only counted at first: nothing reads them, so they are asked for with their job, if at all. */
  readonly writesLater: boolean;

  /**
   * @param files null where the definition has no such dataset type
   * @param once whether only the task's first job writes it
   * @param ofJob whether it is one file a job, told by the job's own row
   * @param project the rows of its files among those of a job
   */
  constructor(
    private readonly files: FileSet | null,
    private readonly once: boolean,
    private readonly ofJob: boolean,
    private readonly project: (rows: readonly Row[]) => readonly Row[],
  ) {
    this.writesLater = ofJob && !once && files?.isRead === false;
  }

  /**
   * The files of a job; none where they are only counted.
   * @throws {PlanError} where a path is another file's already, or longer than a file system takes
   */
  write(job: PlannedJob, rows: readonly Row[], isFirst: boolean): readonly PlannedFile[] {
    if (this.writesLater) {
      this.files?.count(job.row, job);
      return none;
    }
    const written = this.once && !isFirst ? none : this.ofJob ? [job.row] : this.project(rows);
    return written.length === 0 ? none : (this.files?.add(written, job) ?? none);
  }

  /** The files of a job that were only counted. */
  writeLater(job: PlannedJob): readonly PlannedFile[] {
    return this.files === null ? none : [this.files.fileOf(job.row, job)];
  }
}

/** What the jobs of a task have in common. */
export interface TaskForm {
  readonly task: Task;
  /** The canonical data ID of a job's row; null for the one job of a task without dimensions. */
  readonly dataIdOf: ((row: Row) => string) | null;
  /** For each output of the task, in its order. */
  readonly writers: readonly OutputWriter[];
}

/** See the file's head. */
export class TaskJob implements PlannedJob {
  /** The files of the outputs that were not only counted. */
  private written: readonly (readonly PlannedFile[])[] = none;
  private made: readonly (readonly PlannedFile[])[] | null = null;
  private makers: readonly PlannedJob[] | null = null;

  constructor(
    readonly place: number,
    private readonly form: TaskForm,
    readonly name: string,
    readonly row: Row,
    readonly inputs: readonly (readonly PlannedFile[])[],
  ) {}

  get task(): Task {
    return this.form.task;
  }

  get dataId(): string | null {
    return this.form.dataIdOf?.(this.row) ?? null;
  }

  get outputs(): readonly (readonly PlannedFile[])[] {
    if (this.made === null) {
      const written = this.written.values();
      this.made = this.form.writers.map((writer) =>
        writer.writesLater ? writer.writeLater(this) : (written.next().value ?? none),
      );
    }
    return this.made;
  }

  get outputCounts(): readonly number[] {
    const written = this.written.values();
    return this.form.writers.map(({ writesLater }) => (writesLater ? 1 : (written.next().value?.length ?? 0)));
  }

  /**
   * Writes the job's files, or counts them.
   * @param rows those of the job
   * @throws {PlanError} as {@link OutputWriter.write} does
   */
  write(rows: readonly Row[], isFirst: boolean): void {
    const written: (readonly PlannedFile[])[] = [];
    for (const writer of this.form.writers) {
      const files = writer.write(this, rows, isFirst);
      if (!writer.writesLater) {
        written.push(files);
      }
    }
    this.written = written.slice(); // of the very size: there are many jobs
  }

  get upstream(): readonly PlannedJob[] {
    this.makers ??= makersOf(this.inputs);
    return this.makers;
  }
}

const none: readonly never[] = [];

function makersOf(inputs: readonly (readonly PlannedFile[])[]): readonly PlannedJob[] {
  const makers = new Set<PlannedJob>();
  for (const files of inputs) {
    for (const { maker } of files) {
      if (maker !== null) {
        makers.add(maker);
      }
    }
  }
  return [...makers];
}
