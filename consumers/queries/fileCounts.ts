/** Table 1: the files of each attempt by dataset type, expected and actual. */
import type { AttemptOfUnit } from './attempts';
import { named, numbered, type ViewReader } from './viewReader';

/** The numbers of a row of Table 1. */
export interface FileNumbers {
  /** Distinct paths that usable executions wrote, and those taken over. */
  readonly actual: number;
  readonly reused: number;
  readonly absent: number;
  readonly missing: number;
  readonly empty: number;
  readonly partial: number;
  readonly purged: number;
  readonly bytes: number;
}

/** Files of one dataset type in one attempt, as programs are told it. */
export type FileCount = Readonly<{
  unit: string | null;
  attempt: number | null;
  datasetType: string;
  expected: number | null;
  /** Who says how many are expected: operator, plan or reference, in this order of weight; null where nobody does. */
  expectedBasis: string | null;
  /** What each basis says, apart; null where it says nothing. */
  expectedByBasis: ExpectedByBasis;
}> &
  FileNumbers;

/** The bases of expectations by their weight: an operator knows better than a plan, and a plan better than an earlier campaign. */
export const expectationBases = ['operator', 'plan', 'reference'] as const;

/** A statement in force. */
export interface ExpectedCount {
  /** Null says that it is unknown. */
  readonly count: number | null;
  readonly revision: number;
  readonly declaredBy: string | null;
  readonly ticket: string | null;
}

/** What each basis says of one dataset type in one unit. */
export type ExpectedByBasis = Readonly<Record<(typeof expectationBases)[number], ExpectedCount | null>>;

/** All files of one attempt together; `expected` is what was declared as the total, never a sum. */
export type FileTotal = Omit<FileCount, 'datasetType'>;

/** Table 1. */
export interface FileCounts {
  readonly fileCounts: readonly FileCount[];
  readonly fileTotals: readonly FileTotal[];
}

type CountRow = Readonly<{ unit: string; attempt: number; dataset_type: string }> & FileNumbers;
type ExpectationRow = Readonly<{ unit: string; dataset_type: string; basis: string }> & ExpectedCount;

const nothing: FileNumbers = { actual: 0, reused: 0, absent: 0, missing: 0, empty: 0, partial: 0, purged: 0, bytes: 0 };
const countNames = Object.keys(nothing) as (keyof FileNumbers)[];

/** Table 1 of some attempts, by unit, attempt and dataset type; a type that is expected is listed even without a file. */
export function queryFileCounts(views: ViewReader, campaign: string, attempts: readonly AttemptOfUnit[]): FileCounts {
  const counts = views.query<CountRow>(
    `SELECT unit, attempt, dataset_type, ${countNames.join(', ')} FROM file_counts
     WHERE campaign = $campaign ORDER BY unit, attempt, dataset_type`,
    { campaign },
  );
  const expectations = views.query<ExpectationRow>(
    `SELECT unit, dataset_type, basis, count, revision, declared_by AS declaredBy, ticket
     FROM expectations WHERE campaign = $campaign`,
    { campaign },
  );
  const perAttempt = attempts.map(({ unit, attempt }) => ({
    unit,
    attempt,
    counts: counts.filter((row) => row.unit === unit && row.attempt === attempt),
    expectations: expectations.filter((row) => row.unit === unit),
  }));
  return { fileCounts: perAttempt.flatMap(rowsOf), fileTotals: perAttempt.map(totalOf) };
}

interface AttemptFiles extends AttemptOfUnit {
  readonly counts: readonly CountRow[];
  readonly expectations: readonly ExpectationRow[];
}

function rowsOf({ unit, attempt, counts, expectations }: AttemptFiles): FileCount[] {
  const expected = expectations.map(({ dataset_type }) => dataset_type).filter((type) => type !== '');
  const types = [...new Set([...counts.map(({ dataset_type }) => dataset_type), ...expected])].sort();
  return types.map((datasetType) => ({
    unit: named(unit),
    attempt: numbered(attempt),
    datasetType,
    ...expectationOf(datasetType, expectations),
    ...numbersOf(counts.find(({ dataset_type }) => dataset_type === datasetType) ?? nothing),
  }));
}

function totalOf({ unit, attempt, counts, expectations }: AttemptFiles): FileTotal {
  const sums = Object.fromEntries(countNames.map((name) => [name, counts.reduce((sum, row) => sum + row[name], 0)]));
  return {
    unit: named(unit),
    attempt: numbered(attempt),
    ...expectationOf('', expectations),
    ...(sums as unknown as FileNumbers),
  };
}

function numbersOf(row: FileNumbers): FileNumbers {
  const { actual, reused, absent, missing, empty, partial, purged, bytes } = row;
  return { actual, reused, absent, missing, empty, partial, purged, bytes };
}

function expectationOf(
  datasetType: string,
  expectations: readonly ExpectationRow[],
): Pick<FileCount, 'expected' | 'expectedBasis' | 'expectedByBasis'> {
  const said = expectations.filter(({ dataset_type }) => dataset_type === datasetType);
  const saidBy = (basis: string): ExpectationRow | undefined => said.find((row) => row.basis === basis);
  const counts = expectationBases.map(saidBy).find((row) => row !== undefined) ?? said[0];
  return {
    expected: counts?.count ?? null,
    expectedBasis: counts?.basis ?? null,
    expectedByBasis: {
      operator: statement(saidBy('operator')),
      plan: statement(saidBy('plan')),
      reference: statement(saidBy('reference')),
    },
  };
}

function statement(row: ExpectationRow | undefined): ExpectedCount | null {
  if (row === undefined) {
    return null;
  }
  const { count, revision, declaredBy, ticket } = row;
  return { count, revision, declaredBy, ticket };
}
