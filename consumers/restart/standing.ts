/** What a job has to show: the execution whose outputs stand, the state of each of them, a failure that is final. */
import { matchesDataId } from './dataIds';
import { isUsable, type PastExecution, type PastWithdrawal, type Version } from './history';
import type { UnitHistory } from './unitHistory';
import type { WantedFile, WantedJob } from './wanted';

/** The execution whose outputs count for a job: the last one that may be used and was not withdrawn as a whole. */
export interface Standing {
  readonly maker: PastExecution;
  /** What it made of the job's wanted outputs. */
  readonly files: MadeFiles;
  /** False where nobody told of any file: then all that was wanted is taken to be there. */
  readonly knowsFiles: boolean;
}

/** So many are searched sooner than a map of them is made. */
const fewVersions = 16;

/** An execution's versions by the wanted files that they are versions of. */
export class MadeFiles {
  private byFile: ReadonlyMap<WantedFile, Version> | null = null;

  constructor(private readonly versions: readonly Version[]) {}

  /** The version of a wanted file; undefined where there is none. */
  get(file: WantedFile): Version | undefined {
    return this.versions.length > fewVersions
      ? this.map().get(file)
      : this.versions.findLast((version) => version.wanted === file && version.datasetType !== null);
  }

  [Symbol.iterator](): Iterator<readonly [WantedFile, Version]> {
    return this.map()[Symbol.iterator]();
  }

  private map(): ReadonlyMap<WantedFile, Version> {
    if (this.byFile === null) {
      const byFile = new Map<WantedFile, Version>();
      for (const version of this.versions) {
        if (version.wanted !== null && version.datasetType !== null) {
          byFile.set(version.wanted, version);
        }
      }
      if (this.versions.length <= fewVersions) {
        return byFile;
      }
      this.byFile = byFile;
    }
    return this.byFile;
  }
}

/** The last word on a job that will not be tried again. */
export interface GivenUp {
  /** Null where no execution was the reason. */
  readonly execution: PastExecution | null;
  readonly failureClass: string | null;
  /** Given up by a person: no change brings it back, only asking for it does. */
  readonly byOperator: boolean;
}

/** What is known of a job's past. */
export interface Past {
  readonly standing: Standing | null;
  /** The last execution that may be used although all of it was withdrawn; null where there is none or one stands. */
  readonly withdrawn: { readonly maker: PastExecution; readonly withdrawal: PastWithdrawal } | null;
  readonly givenUp: GivenUp | null;
  readonly last: PastExecution | null;
}

/** How things stand with a wanted file of a job that has a standing execution. */
export type FileState =
  | 'usable'
  /** Nobody told of files at all. */
  | 'assumed'
  /** Legitimately not there. */
  | 'absent'
  | 'missing'
  | 'purged'
  | 'empty'
  | 'corrupt'
  | 'withdrawn';

/** The past of one job. */
export function pastOf(history: UnitHistory, job: WantedJob): Past {
  const executions = history.executionsOf(job.name);
  let withdrawn: Past['withdrawn'] = null;
  let maker: PastExecution | null = null;
  for (let at = executions.length - 1; at >= 0 && maker === null; at -= 1) {
    const candidate = executions[at];
    if (candidate !== undefined && isUsable(candidate)) {
      const withdrawal = withdrawalOf(history, job, candidate, null);
      maker = withdrawal === null ? candidate : null;
      withdrawn ??= withdrawal === null ? null : { maker: candidate, withdrawal };
    }
  }
  const taken = takenOver(history, job, executions);
  if (taken !== null && (maker === null || taken.attempt > maker.attempt)) {
    const withdrawal = withdrawalOf(history, job, taken, null);
    maker = withdrawal === null ? taken : maker;
    withdrawn = withdrawal === null ? withdrawn : { maker: taken, withdrawal };
  }
  return {
    standing: maker === null ? null : standingBy(history, job, maker),
    withdrawn: maker === null ? withdrawn : null,
    givenUp: givenUpOf(history, job, executions),
    last: executions.at(-1) ?? null,
  };
}

/** An execution outside the unit whose outputs an attempt took over, as of that attempt. */
function takenOver(history: UnitHistory, job: WantedJob, executions: readonly PastExecution[]): PastExecution | null {
  const reused = history.attemptsOf(job.name).findLast(({ state }) => state === 'reused');
  if (reused?.reusedExecution == null || executions.some(({ execution }) => execution === reused.reusedExecution)) {
    return null;
  }
  return {
    execution: reused.reusedExecution,
    job: job.name,
    attempt: reused.attempt,
    state: 'succeeded',
    startedAtMicros: null,
    host: null,
    failureClass: null,
    permanence: null,
    message: null,
    partialUsable: false,
    cpuMicros: null,
  };
}

function standingBy(history: UnitHistory, job: WantedJob, maker: PastExecution): Standing {
  const known = history.versionsBy(maker);
  const versions = known.length > 0 ? known : history.versionsByOther(job, maker);
  const knowsFiles = versions.length > 0 || history.records.absencesOf(maker.execution).length > 0;
  return { maker, files: new MadeFiles(versions), knowsFiles };
}

/** The last attempt's failure or abandonment, unless an execution that may be used came after it. */
function givenUpOf(history: UnitHistory, job: WantedJob, executions: readonly PastExecution[]): GivenUp | null {
  const last = executions.at(-1) ?? null;
  const attempts = history.attemptsOf(job.name);
  const given = attempts.filter(({ state, attempt }) => state === 'abandoned' && attempt >= (last?.attempt ?? 0));
  if (given.length > 0) {
    // An attempt that leaves the job says so itself, in its own words: what was meant stands in the first of them.
    const [first] = given;
    const byOperator = given.some(({ abandonReason }) => abandonReason === 'operator');
    const failed = last !== null && !isUsable(last) ? last : null;
    return { execution: failed, failureClass: first?.abandonClass ?? failed?.failureClass ?? null, byOperator };
  }
  return last?.state === 'failed' && last.permanence === 'permanent' && !isUsable(last)
    ? { execution: last, failureClass: last.failureClass, byOperator: false }
    : null;
}

/**
 * The withdrawal that concerns what an execution made; null where none does.
 * @param datasetType a kind of file; null for all that the execution made
 */
export function withdrawalOf(
  { records }: UnitHistory,
  { task, dataId }: Pick<WantedJob, 'task' | 'dataId'>,
  { attempt }: PastExecution,
  datasetType: string | null,
): PastWithdrawal | null {
  return (
    records.withdrawals.find(
      (withdrawal) =>
        (withdrawal.attempt === null || attempt <= withdrawal.attempt) &&
        (withdrawal.task === null || withdrawal.task === task) &&
        (withdrawal.datasetType === null || withdrawal.datasetType === datasetType) &&
        matchesDataId(withdrawal.dataId, dataId),
    ) ?? null
  );
}

/** What a look at the disk found, by {@link findingKey}; a finding counts over what the ledger says. */
export type Findings = ReadonlyMap<string, string>;

/** The key of a version in {@link Findings}. */
export function findingKey({ execution, path }: Pick<Version, 'execution' | 'path'>): string {
  return `${execution} ${path}`;
}

/** The state of one wanted output of a job's standing execution. */
export function fileState(
  history: UnitHistory,
  job: WantedJob,
  { maker, files, knowsFiles }: Standing,
  file: WantedFile,
  findings: Findings,
): FileState {
  const version = files.get(file);
  if (version === undefined) {
    return !knowsFiles ? 'assumed' : isAbsent(history, maker, file) ? 'absent' : 'missing';
  }
  if (history.records.withdrawals.length > 0 && withdrawalOf(history, job, maker, file.datasetType) !== null) {
    return 'withdrawn';
  }
  if (version.purged) {
    return 'purged';
  }
  const finding = findings.size === 0 ? undefined : findings.get(findingKey(version));
  if (finding === undefined && history.overwritten(version) !== null) {
    return 'missing';
  }
  switch (finding ?? version.checkResult) {
    case 'missing':
      return 'missing';
    case 'empty':
      return 'empty';
    case 'size':
    case 'checksum':
      return 'corrupt';
    default:
      return version.sizeBytes === 0 ? 'empty' : 'usable';
  }
}

function isAbsent({ records, wanted }: UnitHistory, maker: PastExecution, file: WantedFile): boolean {
  return (
    file.mayBeAbsent ||
    records
      .absencesOf(maker.execution)
      .some(({ path, datasetType }) =>
        path === null ? datasetType === file.datasetType : path === wanted.pathIn(file, maker.attempt),
      )
  );
}
