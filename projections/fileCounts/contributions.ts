/** What one path adds to the counts of each attempt: worked out from its file versions as a set. */
import type { Scope } from '../scope';
import type { FileCountRow, FileExecutionRow, FileVersionRow } from './tables';

/** The numbers of a {@link FileCountRow}. */
export type Counts = Omit<FileCountRow, 'campaign' | 'unit' | 'attempt' | 'dataset_type'>;

/** Counts for one attempt and dataset type. */
export interface Contribution {
  readonly scope: Scope;
  readonly datasetType: string;
  readonly counts: Counts;
}

/** Finds the row of an execution that has ended or is reused. */
export type FindExecution = (execution: string, campaign: string) => FileExecutionRow | undefined;

/** No files. */
export const noFiles: Counts = {
  actual: 0,
  reused: 0,
  absent: 0,
  missing: 0,
  empty: 0,
  partial: 0,
  purged: 0,
  bytes: 0,
};

/** Whether an execution's outputs may be used. Those of a failed or lost one never are, unless the job declared them so. */
export function isUsable(execution: FileExecutionRow | undefined): boolean {
  if (execution === undefined) {
    return false;
  }
  return execution.state === 'succeeded' || (hasEnded(execution) && execution.partial_usable === 1);
}

function hasEnded({ state }: FileExecutionRow): boolean {
  return state === 'failed' || state === 'lost' || state === 'succeeded';
}

/** What the versions of one path contribute: in each attempt, one file at the most. */
export function contributionsOf(versions: readonly FileVersionRow[], find: FindExecution): readonly Contribution[] {
  const [only] = versions;
  return only !== undefined && versions.length === 1
    ? contributionsOfOne(only, find)
    : contributionsOfAll(versions, find);
}

const nothing: readonly Contribution[] = [];

/** The same for a path with one version, as nearly all have it: nothing is to be chosen from. */
function contributionsOfOne(version: FileVersionRow, find: FindExecution): readonly Contribution[] {
  const { campaign, unit, attempt, dataset_type: datasetType } = version;
  const execution = datasetType === null ? undefined : find(version.execution, campaign);
  if (datasetType === null || execution === undefined) {
    return nothing;
  }
  if (execution.reused_in !== '[]') {
    return contributionsOfAll([version], find);
  }
  const scope = { campaign, unit, attempt };
  return hasEnded(execution)
    ? [{ scope, datasetType, counts: countsOf(isUsable(execution) ? version : undefined, false) }]
    : nothing;
}

function contributionsOfAll(versions: readonly FileVersionRow[], find: FindExecution): readonly Contribution[] {
  const candidates: Candidate[] = [];
  for (const version of versions) {
    const execution = version.dataset_type === null ? undefined : find(version.execution, version.campaign);
    if (execution !== undefined) {
      addVersion(candidates, version, execution);
    }
  }
  return candidates.map(contributionOf);
}

/** What one attempt has of one path. */
interface Candidate {
  readonly scope: Scope;
  readonly datasetType: string;
  readonly own: FileVersionRow[];
  readonly reused: FileVersionRow[];
}

function addVersion(candidates: Candidate[], version: FileVersionRow, execution: FileExecutionRow): void {
  const usable = isUsable(execution);
  if (hasEnded(execution)) {
    const candidate = candidateFor(candidates, version, version.unit, version.attempt);
    if (usable) {
      candidate.own.push(version);
    }
  }
  if (usable && execution.reused_in !== '[]') {
    for (const [unit, attempt] of JSON.parse(execution.reused_in) as [string, number][]) {
      candidateFor(candidates, version, unit, attempt).reused.push(version);
    }
  }
}

function candidateFor(
  candidates: Candidate[],
  { campaign, dataset_type }: FileVersionRow,
  unit: string,
  attempt: number,
): Candidate {
  const datasetType = dataset_type ?? '';
  const known = candidates.find(
    ({ scope, datasetType: type }) => scope.unit === unit && scope.attempt === attempt && type === datasetType,
  );
  if (known !== undefined) {
    return known;
  }
  const candidate = { scope: { campaign, unit, attempt }, datasetType, own: [], reused: [] };
  candidates.push(candidate);
  return candidate;
}

function contributionOf({ scope, datasetType, own, reused }: Candidate): Contribution {
  const isReused = own.length === 0;
  return { scope, datasetType, counts: countsOf(latest(isReused ? reused : own), isReused) };
}

/** @param counting the version that counts for its path; undefined where there are only such as cannot be used */
function countsOf(counting: FileVersionRow | undefined, isReused: boolean): Counts {
  if (counting === undefined) {
    return onePartial;
  }
  const isPurged = counting.purged === 1;
  const isEmpty = counting.size_bytes === 0 || counting.check_result === 'empty';
  return {
    actual: 1,
    reused: isReused ? 1 : 0,
    absent: 0,
    missing: !isPurged && counting.check_result === 'missing' ? 1 : 0,
    empty: isEmpty ? 1 : 0,
    partial: 0,
    purged: isPurged ? 1 : 0,
    bytes: counting.size_bytes ?? 0,
  };
}

const onePartial: Counts = { ...noFiles, partial: 1 };

/** Of several versions of one path the one written last counts; the execution decides between equal times. */
function latest(versions: readonly FileVersionRow[]): FileVersionRow | undefined {
  return versions.reduce<FileVersionRow | undefined>(
    (last, version) => (last === undefined || isLater(version, last) ? version : last),
    undefined,
  );
}

function isLater(a: FileVersionRow, b: FileVersionRow): boolean {
  const later = (a.produced_at_us ?? 0) - (b.produced_at_us ?? 0);
  return later > 0 || (later === 0 && a.execution > b.execution);
}
