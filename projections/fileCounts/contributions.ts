/** What one path, or one absent output, adds to the counts of each attempt: worked out from its file versions as a set. */
import type { Tables } from '../projection';
import type { Scope } from '../scope';
import {
  absencesTable,
  fileCountsTable,
  fileExecutionsTable,
  fileVersionsTable,
  type AbsenceRow,
  type FileCountRow,
  type FileExecutionRow,
  type FileVersionRow,
} from './tables';

/** The numbers of a {@link FileCountRow}. */
type Counts = Omit<FileCountRow, 'campaign' | 'unit' | 'attempt' | 'dataset_type'>;

/** Counts for one attempt and dataset type. */
interface Contribution {
  readonly scope: Scope;
  readonly datasetType: string;
  readonly counts: Counts;
}

const nothing: Counts = { actual: 0, reused: 0, absent: 0, missing: 0, empty: 0, partial: 0, purged: 0, bytes: 0 };
const countNames = Object.keys(nothing) as (keyof Counts)[];

/** Whether an execution's outputs may be used. Those of a failed or lost one never are, unless the job declared them so. */
function isUsable(execution: FileExecutionRow | undefined): boolean {
  if (execution === undefined) {
    return false;
  }
  return execution.state === 'succeeded' || (hasEnded(execution) && execution.partial_usable === 1);
}

function hasEnded(execution: FileExecutionRow): boolean {
  return execution.state === 'failed' || execution.state === 'lost' || execution.state === 'succeeded';
}

/** Outputs whose counts a change may touch: paths, and expected outputs that were not written. */
export interface Touched {
  readonly paths: readonly PathName[];
  readonly absences: readonly AbsenceRow[];
}

/** A path within its campaign. */
type PathName = Readonly<{ campaign: string; path: string }>;

/** Makes a change to file versions, absences or their executions, and to the counts what follows from it. */
export function recount({ paths, absences }: Touched, tables: Tables, change: () => void): void {
  const contributions = (): Contribution[] => [
    ...paths.flatMap((path) => contributionsOf(path, tables)),
    ...absences.map((absence) => absenceContribution(absence, tables)),
  ];
  const before = contributions();
  change();
  addAll(before, -1, tables);
  addAll(contributions(), 1, tables);
}

function contributionsOf({ campaign, path }: PathName, tables: Tables): Contribution[] {
  const executions = tables.of(fileExecutionsTable);
  const candidates = new Map<string, Candidate>();
  for (const version of tables.of(fileVersionsTable).scan('by_path', campaign, path)) {
    const execution = version.dataset_type === null ? undefined : executions.get(version.execution);
    if (execution !== undefined) {
      addVersion(candidates, version, execution);
    }
  }
  return [...candidates.values()].map(contributionOf);
}

/** What one attempt has of one path. */
interface Candidate {
  readonly scope: Scope;
  readonly datasetType: string;
  readonly own: FileVersionRow[];
  readonly reused: FileVersionRow[];
}

function addVersion(candidates: Map<string, Candidate>, version: FileVersionRow, execution: FileExecutionRow): void {
  const usable = isUsable(execution);
  if (usable || hasEnded(execution)) {
    const own = candidateFor(candidates, version, version.unit, version.attempt);
    if (usable) {
      own.own.push(version);
    }
  }
  if (usable && execution.reused_in !== '[]') {
    for (const [unit, attempt] of JSON.parse(execution.reused_in) as [string, number][]) {
      candidateFor(candidates, version, unit, attempt).reused.push(version);
    }
  }
}

function candidateFor(
  candidates: Map<string, Candidate>,
  { campaign, dataset_type }: FileVersionRow,
  unit: string,
  attempt: number,
): Candidate {
  const datasetType = dataset_type ?? '';
  const key = `${datasetType}\n${unit}\n${String(attempt)}`;
  const known = candidates.get(key);
  if (known !== undefined) {
    return known;
  }
  const candidate = { scope: { campaign, unit, attempt }, datasetType, own: [], reused: [] };
  candidates.set(key, candidate);
  return candidate;
}

function contributionOf({ scope, datasetType, own, reused }: Candidate): Contribution {
  const counting = latest(own.length > 0 ? own : reused);
  if (counting === undefined) {
    return { scope, datasetType, counts: { ...nothing, partial: 1 } };
  }
  const isPurged = counting.purged === 1;
  const isEmpty = counting.size_bytes === 0 || counting.check_result === 'empty';
  const counts = {
    ...nothing,
    actual: 1,
    reused: own.length > 0 ? 0 : 1,
    purged: isPurged ? 1 : 0,
    missing: !isPurged && counting.check_result === 'missing' ? 1 : 0,
    empty: isEmpty ? 1 : 0,
    bytes: counting.size_bytes ?? 0,
  };
  return { scope, datasetType, counts };
}

/** Of several versions of one path the one written last counts; the execution decides between equal times. */
function latest(versions: readonly FileVersionRow[]): FileVersionRow | undefined {
  const writtenAt = (version: FileVersionRow): number => version.produced_at_us ?? 0;
  return versions.reduce<FileVersionRow | undefined>((last, version) => {
    const later = last === undefined ? 1 : writtenAt(version) - writtenAt(last);
    return later > 0 || (later === 0 && version.execution > (last?.execution ?? '')) ? version : last;
  }, undefined);
}

/** An output is absent once, however many executions of the job said so. */
function absenceContribution(absence: AbsenceRow, tables: Tables): Contribution {
  const { campaign, unit, attempt, job, dataset_type, path } = absence;
  const executions = tables.of(fileExecutionsTable);
  const absent = tables
    .of(absencesTable)
    .scan('by_output', campaign, unit, attempt, job, dataset_type, path)
    .some(({ execution }) => isUsable(executions.get(execution)));
  return { scope: absence, datasetType: dataset_type, counts: { ...nothing, absent: absent ? 1 : 0 } };
}

function addAll(contributions: readonly Contribution[], sign: 1 | -1, tables: Tables): void {
  for (const contribution of contributions) {
    add(contribution, sign, tables);
  }
}

function add({ scope, datasetType, counts }: Contribution, sign: 1 | -1, tables: Tables): void {
  if (countNames.every((name) => counts[name] === 0)) {
    return;
  }
  const table = tables.of(fileCountsTable);
  const { campaign, unit, attempt } = scope;
  const known = table.get(campaign, unit, attempt, datasetType);
  const after = {
    campaign,
    unit,
    attempt,
    dataset_type: datasetType,
    actual: (known?.actual ?? 0) + sign * counts.actual,
    reused: (known?.reused ?? 0) + sign * counts.reused,
    absent: (known?.absent ?? 0) + sign * counts.absent,
    missing: (known?.missing ?? 0) + sign * counts.missing,
    empty: (known?.empty ?? 0) + sign * counts.empty,
    partial: (known?.partial ?? 0) + sign * counts.partial,
    purged: (known?.purged ?? 0) + sign * counts.purged,
    bytes: (known?.bytes ?? 0) + sign * counts.bytes,
  };
  if (countNames.every((name) => after[name] === 0)) {
    table.delete(campaign, unit, attempt, datasetType);
  } else {
    table.put(after);
  }
}
