/** A unit's past beside its wanted work: executions by job, and the versions of its files where they are asked for. */
import { compareTries, isUsable, type InputsGiven, type PastExecution, type PastFile, type PastJob, type UnitRecords, type Version } from './history'; // prettier-ignore
import { ByJob, type Wanted, type WantedFile, type WantedJob } from './wanted';

/** The version that was read at a path and the wanted file that it is a version of. */
export interface ReadFile {
  readonly path: string;
  /** Null for a file that nobody wants any more, and where nobody told who made it. */
  readonly wanted: WantedFile | null;
  /** Null for a file from outside, and where nobody told who made it. */
  readonly version: Version | null;
  /** False where the file was announced and then, as far as is known, not read. */
  readonly wasRead: boolean;
}

/** See the file's head. */
export class UnitHistory {
  private readonly jobs: ReadonlyMap<string, WantedJob>;
  private readonly executions: ByJob<PastExecution[]>;
  private readonly attempts: ByJob<PastJob[]>;
  private readonly takenOver = new Map<string, PastExecution>();
  private knownMakers: ReadonlyMap<string, PastExecution> | null = null;
  private readonly versions = new Map<string, readonly Version[]>();
  private readonly repeating: ReadonlySet<string>;
  private outside: ReadonlyMap<string, WantedFile> | null = null;
  private filesRead: ReadonlySet<WantedFile> | null = null;
  private expectedReads: ReadonlyMap<string, InputsGiven> = new Map();
  private expected: ReadonlySet<string> = new Set();

  constructor(
    readonly wanted: Wanted,
    readonly records: UnitRecords,
  ) {
    const jobs = new Map<string, WantedJob>();
    for (const job of wanted.jobs) {
      jobs.set(job.name, job);
    }
    this.jobs = jobs;
    this.executions = this.byJob(records.executions);
    for (const [, executions] of this.executions) {
      executions.sort(compareTries);
    }
    this.attempts = this.byJob(records.jobs);
    this.repeating = new Set([...records.repeatedPaths.values()].flat());
  }

  /** In the order of (attempt, try number, started, UUID). */
  executionsOf(job: WantedJob): readonly PastExecution[] {
    return this.executions.get(job) ?? none;
  }

  /** By attempt. */
  attemptsOf(job: WantedJob): readonly PastJob[] {
    return this.attempts.get(job) ?? none;
  }

  /** The task of a job by its name; null for a job that is not wanted. */
  taskOf(job: string): string | null {
    return this.jobs.get(job)?.task.name ?? null;
  }

  /** Lets the files of an execution outside the unit count as well: they were taken over. */
  takeOver(execution: PastExecution): void {
    this.takenOver.set(execution.execution, execution);
    this.knownMakers = null;
  }

  /** What an execution made, by path. */
  versionsBy(maker: PastExecution): readonly Version[] {
    let versions = this.versions.get(maker.execution);
    if (versions === undefined) {
      versions = this.tied(maker, this.records.filesOf(maker.execution)?.files ?? none);
      this.versions.set(maker.execution, versions);
    }
    return versions;
  }

  /** Whether any wanted job reads the file. */
  isRead(file: WantedFile): boolean {
    this.filesRead ??= new Set(this.wanted.jobs.flatMap(({ inputs }) => inputs.flat()));
    return this.filesRead.has(file);
  }

  /** Whether another execution made a file at a path of this one's too, earlier or later. */
  hasRepeatedPath({ execution }: PastExecution): boolean {
    return this.repeating.has(execution);
  }

  /** Whether a later writing took a version's place on the disk. */
  isOverwritten(version: Version): boolean {
    const makers = this.repeating.size === 0 ? none : (this.records.repeatedPaths.get(version.path) ?? none);
    return this.versionsAt(version.path, makers).some(
      (other) => other.execution !== version.execution && isLater(other, version),
    );
  }

  /** Says of which executions {@link readBy} will be asked, so that what they were given is read together. */
  expectReads(executions: readonly string[]): void {
    this.expected = new Set(executions);
    this.expectedReads = this.records.inputsOf(executions);
  }

  /** What an execution was given: each file once, with the version that lay there then. */
  readBy({ execution, startedAtMicros }: PastExecution): ReadFile[] {
    const inputs = this.expected.has(execution) ? this.expectedReads : this.records.inputsOf([execution]);
    return (inputs.get(execution)?.files ?? none).map(({ path, wasRead }) => {
      const version = this.versionRead(path, startedAtMicros);
      return { path, wasRead, version, wanted: version === null ? null : (version.wanted ?? this.fromOutside(path)) };
    });
  }

  /** Of the usable versions at a path the last one written before it was read, else the first. */
  private versionRead(path: string, atMicros: number | null): Version | null {
    let before: Version | null = null;
    let first: Version | null = null;
    for (const version of this.versionsAt(path, this.records.makersOf(path))) {
      if (!isUsable(version.maker)) {
        continue;
      }
      const wasThere = atMicros === null || (version.producedAtMicros ?? 0) <= atMicros;
      if (wasThere && (before === null || isLater(version, before))) {
        before = version;
      }
      if (first === null || isLater(first, version)) {
        first = version;
      }
    }
    return before ?? first;
  }

  private versionsAt(path: string, makers: readonly string[]): Version[] {
    return makers.flatMap((execution) => {
      const maker = this.makers().get(execution);
      return (maker === undefined ? undefined : this.versionsBy(maker).find((version) => version.path === path)) ?? [];
    });
  }

  /**
   * A version is one of its job's file of its dataset type; where there are several of these, of the one that had its
   * path in that attempt.
   */
  private tied(maker: PastExecution, files: readonly PastFile[]): readonly Version[] {
    const outputs = files.length === 0 ? none : (this.jobs.get(maker.job)?.outputs.flat() ?? none);
    let byPath: Map<string, WantedFile> | null = null;
    return files.map((file) => {
      let wanted = onlyOfType(outputs, file.datasetType);
      if (wanted === null && outputs.length > 0) {
        byPath ??= new Map(outputs.map((output) => [this.wanted.pathIn(output, maker.attempt), output]));
        wanted = byPath.get(file.path) ?? null;
      }
      return { ...file, maker, wanted };
    });
  }

  /** The executions whose files count: the unit's own, and those taken over. */
  private makers(): ReadonlyMap<string, PastExecution> {
    if (this.knownMakers === null) {
      const makers = new Map(this.takenOver);
      for (const execution of this.records.executions) {
        makers.set(execution.execution, execution);
      }
      this.knownMakers = makers;
    }
    return this.knownMakers;
  }

  /** The wanted file from outside that has a path. */
  private fromOutside(path: string): WantedFile | null {
    this.outside ??= new Map(filesFromOutside(this.wanted.jobs).map((file) => [file.path, file]));
    return this.outside.get(path) ?? null;
  }

  private byJob<Row extends { readonly job: string }>(rows: readonly Row[]): ByJob<Row[]> {
    const groups = new ByJob<Row[]>(this.wanted.jobs);
    for (const row of rows) {
      const job = this.jobs.get(row.job);
      if (job !== undefined) {
        const known = groups.get(job);
        if (known === undefined) {
          groups.set(job, [row]);
        } else {
          known.push(row);
        }
      }
    }
    return groups;
  }
}

const none: readonly never[] = [];

function onlyOfType(files: readonly WantedFile[], datasetType: string | null): WantedFile | null {
  let only: WantedFile | null = null;
  for (const file of files) {
    if (file.type.name === datasetType && datasetType !== null) {
      if (only !== null) {
        return null;
      }
      only = file;
    }
  }
  return only;
}

function isLater(a: Version, b: Version): boolean {
  const later = (a.producedAtMicros ?? 0) - (b.producedAtMicros ?? 0);
  return later > 0 || (later === 0 && a.execution > b.execution);
}

function filesFromOutside(jobs: readonly WantedJob[]): WantedFile[] {
  return jobs.flatMap(({ inputs }) => inputs.flat().filter(({ maker }) => maker === null));
}
