/** A unit's past beside its wanted work: executions by job, file versions by execution, path and wanted file. */
import {
  isUsable,
  type PastExecution,
  type PastFile,
  type PastInput,
  type PastJob,
  type UnitRecords,
  type Version,
} from './history';
import { inputFiles, type Wanted, type WantedFile, type WantedJob } from './wanted';

/** The version that was read at a path and the wanted file that it is a version of. */
export interface ReadFile {
  readonly path: string;
  readonly wanted: WantedFile | null;
  /** Null for a file from outside, and where nobody told who made it. */
  readonly version: Version | null;
  /** False where the file was announced and then, as far as is known, not read. */
  readonly wasRead: boolean;
}

/** See the file's head. */
export class UnitHistory {
  private readonly executionsByJob: ReadonlyMap<string, readonly PastExecution[]>;
  private readonly jobsByName: ReadonlyMap<string, readonly PastJob[]>;
  private readonly versionsByExecution = new Map<string, Version[]>();
  private readonly lastVersionAt = new Map<string, Version>();
  private readonly fromOutside = new Map<string, WantedFile>();
  private taskByJob: ReadonlyMap<string, string> | null = null;
  private filesRead: ReadonlySet<WantedFile> | null = null;
  private expectedReads: ReadonlyMap<string, readonly PastInput[]> = new Map();
  private expected: ReadonlySet<string> = new Set();

  constructor(
    readonly wanted: Wanted,
    readonly records: UnitRecords,
  ) {
    this.executionsByJob = groupBy(records.executions);
    this.jobsByName = groupBy(records.jobs);
    this.addFiles();
    for (const job of wanted.jobs) {
      this.tieOutputs(job);
      for (const { files } of job.inputs) {
        for (const file of files) {
          if (file.maker === null) {
            this.fromOutside.set(file.path, file);
          }
        }
      }
    }
  }

  /** In the order of (attempt, try number, started, UUID). */
  executionsOf(job: string): readonly PastExecution[] {
    return this.executionsByJob.get(job) ?? none;
  }

  /** By attempt. */
  attemptsOf(job: string): readonly PastJob[] {
    return this.jobsByName.get(job) ?? none;
  }

  /** The task of a job by its name; null for a job that is not wanted. */
  taskOf(job: string): string | null {
    this.taskByJob ??= new Map(this.wanted.jobs.map(({ name, task }) => [name, task]));
    return this.taskByJob.get(job) ?? null;
  }

  /** What an execution made. */
  versionsBy(execution: PastExecution): readonly Version[] {
    return this.versionsByExecution.get(execution.execution) ?? none;
  }

  /** What an execution made that is not of this unit, tied to a job's outputs. */
  versionsByOther(job: WantedJob, execution: PastExecution): readonly Version[] {
    const known = this.versionsByExecution.get(execution.execution);
    if (known !== undefined) {
      return known;
    }
    const versions = this.records.filesOfOther(execution.execution).map((file) => this.addVersion(file, execution));
    this.versionsByExecution.set(execution.execution, versions);
    this.tie(job, execution, versions);
    return versions;
  }

  /** Whether any wanted job reads the file. */
  isRead(file: WantedFile): boolean {
    this.filesRead ??= new Set(this.wanted.jobs.flatMap((job) => [...inputFiles(job)]));
    return this.filesRead.has(file);
  }

  /** The later writing that took a version's place on the disk; null where there is none. */
  overwritten(version: Version): Version | null {
    const last = version.isShared ? (this.lastVersionAt.get(version.path) ?? null) : null;
    for (let other = last; other !== null; other = other.next) {
      if (other.execution !== version.execution && isLater(other, version)) {
        return other;
      }
    }
    return null;
  }

  /** Says of which executions {@link readBy} will be asked next, so that they can be read together. */
  expectReads(executions: readonly string[]): void {
    this.expected = new Set(executions);
    this.expectedReads = this.records.inputsOf(executions);
  }

  /** What an execution was given: each file once, with the version that lay there then. */
  readBy({ execution, startedAtMicros }: PastExecution): ReadFile[] {
    const inputs = this.expected.has(execution) ? this.expectedReads : this.records.inputsOf([execution]);
    return (inputs.get(execution) ?? none).map(({ path, wasRead }) => {
      const version = this.versionRead(path, startedAtMicros);
      return { path, wasRead, version, wanted: version?.wanted ?? this.fromOutside.get(path) ?? null };
    });
  }

  /** Of the usable versions at a path the last one written before it was read, else the first. */
  private versionRead(path: string, atMicros: number | null): Version | null {
    const last = this.lastVersionAt.get(path) ?? null;
    if (last?.next === null) {
      return isUsable(last.maker) ? last : null;
    }
    let before: Version | null = null;
    let first: Version | null = null;
    for (let version = last; version !== null; version = version.next) {
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

  private addFiles(): void {
    const executions = new Map<string, PastExecution>();
    for (const execution of this.records.executions) {
      executions.set(execution.execution, execution);
    }
    let maker: PastExecution | undefined;
    let versions: Version[] = [];
    for (const file of this.records.files) {
      if (file.execution !== maker?.execution) {
        maker = executions.get(file.execution);
        versions = this.versionsByExecution.get(file.execution) ?? [];
        if (maker !== undefined) {
          this.versionsByExecution.set(file.execution, versions);
        }
      }
      if (maker !== undefined) {
        versions.push(this.addVersion(file, maker));
      }
    }
  }

  private addVersion(file: PastFile, maker: PastExecution): Version {
    const next = this.lastVersionAt.get(file.path) ?? null;
    const version: Version = {
      path: file.path,
      execution: maker.execution,
      datasetType: file.datasetType,
      sizeBytes: file.sizeBytes,
      md5: file.md5,
      contentDigest: file.contentDigest,
      producedAtMicros: file.producedAtMicros,
      purged: file.purged,
      checkResult: file.checkResult,
      maker,
      wanted: null,
      next,
      isShared: next !== null,
    };
    if (next !== null) {
      next.isShared = true;
    }
    this.lastVersionAt.set(file.path, version);
    return version;
  }

  private tieOutputs(job: WantedJob): void {
    for (const execution of this.executionsOf(job.name)) {
      this.tie(job, execution, this.versionsBy(execution));
    }
  }

  /**
   * A version is one of the job's file of its dataset type; where there are several of these, of the one that had its
   * path in that attempt.
   */
  private tie(job: WantedJob, { attempt }: PastExecution, versions: readonly Version[]): void {
    let byPath: Map<string, WantedFile> | null = null;
    for (const version of versions) {
      const only = onlyOfType(job.outputs, version.datasetType);
      if (only === null) {
        byPath ??= new Map(job.outputs.map((file) => [this.wanted.pathIn(file, attempt), file]));
      }
      version.wanted = only ?? byPath?.get(version.path) ?? null;
    }
  }
}

const none: readonly never[] = [];

function onlyOfType(files: readonly WantedFile[], datasetType: string | null): WantedFile | null {
  let only: WantedFile | null = null;
  for (const file of files) {
    if (file.datasetType === datasetType && datasetType !== null) {
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

function groupBy<Row extends { readonly job: string }>(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const known = groups.get(row.job);
    if (known === undefined) {
      groups.set(row.job, [row]);
    } else {
      known.push(row);
    }
  }
  return groups;
}
