/** What a job has to show: the execution whose outputs stand, the state of each of them, a failure that is final. */
import { matchesDataId } from './dataIds';
import { isUsable, type PastExecution, type PastJob, type PastWithdrawal, type Version } from './history';
import type { UnitHistory } from './unitHistory';
import { oneOfEach, type WantedFile, type WantedJob } from './wanted';

/** So many are searched sooner than a map of them is made. */
const fewVersions = 16;

/** What a job has to show: what the last of its executions made that may be used and was not withdrawn as a whole. */
export class Standing {
  private byFile: ReadonlyMap<WantedFile, Version> | null = null;
  private isWhole: boolean | null = null;

  constructor(
    private readonly history: UnitHistory,
    private readonly job: WantedJob,
    readonly maker: PastExecution,
  ) {}

  /** False where nobody told of any file: then all that was wanted is taken to be there. */
  get knowsFiles(): boolean {
    const { records } = this.history;
    const { execution } = this.maker;
    return records.filesOf(execution) !== null || records.absencesOf(execution).length > 0;
  }

  /**
   * Whether every output is there and the ledger has nothing against it, as far as that can be told of all of them at
   * once; where not, a look at each tells.
   */
  get isPlainlyWhole(): boolean {
    this.isWhole ??= this.looksWhole();
    return this.isWhole;
  }

  /** The version of an output; undefined where there is none. */
  version(file: WantedFile): Version | undefined {
    const versions = this.history.versionsBy(this.maker);
    return versions.length > fewVersions
      ? this.versions().get(file)
      : versions.findLast((version) => version.wanted === file && version.datasetType !== null);
  }

  /** The versions by the outputs that they are versions of. */
  versions(): ReadonlyMap<WantedFile, Version> {
    if (this.byFile === null) {
      const versions = this.history.versionsBy(this.maker);
      const byFile = new Map<WantedFile, Version>();
      for (const version of versions) {
        if (version.wanted !== null && version.datasetType !== null) {
          byFile.set(version.wanted, version);
        }
      }
      if (versions.length <= fewVersions) {
        return byFile;
      }
      this.byFile = byFile;
    }
    return this.byFile;
  }

  private looksWhole(): boolean {
    const made = this.history.records.filesOf(this.maker.execution);
    if (made === null || !made.areSound || this.history.hasRepeatedPath(this.maker)) {
      return false;
    }
    return oneOfEach(this.job)?.every((type) => made.datasetTypes.has(type)) === true;
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

/** A past of which nothing is known. */
export const nothingKnown: Past = { standing: null, withdrawn: null, givenUp: null, last: null };

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
  const executions = history.executionsOf(job);
  const attempts = history.attemptsOf(job);
  if (executions.length === 0 && attempts.length === 0) {
    return nothingKnown;
  }
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
  const taken = takenOver(job, executions, attempts);
  if (taken !== null && (maker === null || taken.attempt > maker.attempt)) {
    const withdrawal = withdrawalOf(history, job, taken, null);
    maker = withdrawal === null ? taken : maker;
    if (withdrawal === null) {
      history.takeOver(taken);
    }
    withdrawn = withdrawal === null ? withdrawn : { maker: taken, withdrawal };
  }
  return {
    standing: maker === null ? null : new Standing(history, job, maker),
    withdrawn: maker === null ? withdrawn : null,
    givenUp: givenUpOf(executions, attempts),
    last: executions.at(-1) ?? null,
  };
}

/** An execution outside the unit whose outputs an attempt took over, as of that attempt. */
function takenOver(
  job: WantedJob,
  executions: readonly PastExecution[],
  attempts: readonly PastJob[],
): PastExecution | null {
  const reused = attempts.findLast(({ state }) => state === 'reused');
  if (reused?.reusedExecution == null || executions.some(({ execution }) => execution === reused.reusedExecution)) {
    return null;
  }
  return {
    execution: reused.reusedExecution,
    job: job.name,
    attempt: reused.attempt,
    state: 'succeeded',
    tryNumber: 0,
    startedAtMicros: null,
    host: null,
    failureClass: null,
    permanence: null,
    message: null,
    partialUsable: false,
    cpuMicros: null,
  };
}

/** The last attempt's failure or abandonment, unless an execution that may be used came after it. */
function givenUpOf(executions: readonly PastExecution[], attempts: readonly PastJob[]): GivenUp | null {
  const last = executions.at(-1) ?? null;
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
        (withdrawal.task === null || withdrawal.task === task.name) &&
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

/** Whether all outputs of a job's standing execution are usable, as far as that can be told of all of them at once. */
export function arePlainlyUsable({ records }: UnitHistory, standing: Standing, findings: Findings): boolean {
  return records.withdrawals.length === 0 && findings.size === 0 && standing.isPlainlyWhole;
}

/** The state of one wanted output of a job's standing execution. */
export function fileState(
  history: UnitHistory,
  job: WantedJob,
  standing: Standing,
  file: WantedFile,
  findings: Findings,
): FileState {
  if (arePlainlyUsable(history, standing, findings)) {
    return 'usable';
  }
  const { maker } = standing;
  const version = standing.version(file);
  if (version === undefined) {
    return !standing.knowsFiles ? 'assumed' : isAbsent(history, maker, file) ? 'absent' : 'missing';
  }
  if (history.records.withdrawals.length > 0 && withdrawalOf(history, job, maker, file.type.name) !== null) {
    return 'withdrawn';
  }
  if (version.purged) {
    return 'purged';
  }
  const finding = findings.size === 0 ? undefined : findings.get(findingKey(version));
  if (finding === undefined && history.isOverwritten(version)) {
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
    wanted.mayBeAbsent(file) ||
    records
      .absencesOf(maker.execution)
      .some(({ path, datasetType }) =>
        path === null ? datasetType === file.type.name : path === wanted.pathIn(file, maker.attempt),
      )
  );
}
