/** Table 1 as it is verified: what each basis expects, what is there, and what becomes of the difference. */
import { named, numbered } from '../queries/viewReader';
import { lackingFiles, type LackingFiles } from './lostJobs';
import { bases, type Basis, type Verdict, type VerifiedFiles } from './report';
import type { Verification } from './verification';

/** An expectation as the views keep it. */
export type ExpectationRow = Readonly<{
  unit: string;
  dataset_type: string;
  basis: string;
  count: number | null;
  stamp: string;
}>;

/** A row of Table 1 with the stamp of the statement that it is judged by. */
export interface JudgedFiles {
  readonly row: VerifiedFiles;
  readonly stamp: string | null;
}

const countNames = ['actual', 'reused', 'absent', 'missing', 'empty', 'partial', 'purged', 'bytes'] as const;
type Counts = Readonly<Record<(typeof countNames)[number], number>>;
type CountRow = Readonly<{ unit: string; dataset_type: string }> & Counts;

const noFiles: Counts = { actual: 0, reused: 0, absent: 0, missing: 0, empty: 0, partial: 0, purged: 0, bytes: 0 };

/** What was declared of some units, totals (dataset type '') included; '' is the unit of the whole campaign. */
export function expectationsOf(asked: Verification): ExpectationRow[] {
  return asked.rows<ExpectationRow>(
    `SELECT unit, dataset_type, basis, count, stamp FROM expectations
     WHERE campaign = $campaign AND (unit = '' OR unit IN (SELECT unit FROM chosen)) ORDER BY unit, dataset_type, basis`,
  );
}

const known = new WeakMap<Verification, JudgedFiles[]>();

/** Every row of Table 1 for the attempts verified; several checks ask for it. */
export function verifiedFiles(asked: Verification): readonly JudgedFiles[] {
  const files = known.get(asked) ?? countFiles(asked);
  known.set(asked, files);
  return files;
}

function countFiles(asked: Verification): JudgedFiles[] {
  const expectations = expectationsOf(asked);
  const counts = asked.rows<CountRow>(
    `SELECT counts.unit, dataset_type, ${countNames.join(', ')} FROM chosen CROSS JOIN file_counts AS counts
       ON counts.campaign = $campaign AND counts.unit = chosen.unit AND counts.attempt = chosen.attempt`,
  );
  const takenOver = absencesTakenOver(asked);
  const lacking = lackingFiles(asked);
  return asked.attempts.flatMap(({ unit, attempt }) => {
    const own = counts.filter((row) => row.unit === unit);
    const stated = expectations.filter((row) => row.unit === unit && row.dataset_type !== '');
    const types = new Set([...own.map((row) => row.dataset_type), ...stated.map((row) => row.dataset_type)]);
    const planned = stated.some(({ basis }) => basis === 'plan');
    return [...types].sort().map((datasetType): JudgedFiles => {
      const counted = own.find(({ dataset_type }) => dataset_type === datasetType) ?? noFiles;
      const numbers = Object.fromEntries(countNames.map((name) => [name, counted[name]])) as unknown as Counts;
      const found = { ...numbers, absent: numbers.absent + (takenOver.get(keyOf(unit, datasetType)) ?? 0) };
      const statements = stated.filter(({ dataset_type }) => dataset_type === datasetType);
      const expected = Object.fromEntries(
        bases.map((basis) => [basis, statements.find((one) => one.basis === basis)?.count ?? null]),
      ) as Record<Basis, number | null>;
      const judgedBy = judge(expected, planned);
      const row: VerifiedFiles = {
        unit: named(unit),
        attempt: numbered(attempt),
        datasetType,
        role: asked.definitionOf(unit)?.definition.datasetTypes.get(datasetType)?.role ?? null,
        expected,
        judgedBy,
        ...found,
        ...judged(judgedBy === null ? null : expected[judgedBy], found, lacking(unit, datasetType)),
        referenceVerdict: againstReference(expected.reference, found),
      };
      return { row, stamp: statements.find(({ basis }) => basis === judgedBy)?.stamp ?? null };
    });
  });
}

/** An operator corrects the plan row by row; the reference counts only where there is no plan, so never beside one. */
export function judge(expected: Readonly<Record<Basis, number | null>>, planned: boolean): Basis | null {
  if (expected.operator !== null) {
    return 'operator';
  }
  const basis = planned ? 'plan' : 'reference';
  return expected[basis] === null ? null : basis;
}

/** What becomes of the difference between the files expected and those there. */
export function judged(
  expected: number | null,
  { actual, absent }: Pick<Counts, 'actual' | 'absent'>,
  lacking: LackingFiles,
): Pick<VerifiedFiles, 'acceptedLosses' | 'refusedLosses' | 'unfinished' | 'verdict'> {
  const short = expected === null ? 0 : Math.max(0, expected - actual - absent);
  const acceptedLosses = Math.min(short, lacking.accepted);
  const refusedLosses = Math.min(short - acceptedLosses, lacking.refused);
  const unfinished = Math.min(short - acceptedLosses - refusedLosses, lacking.unfinished);
  const verdict = ((): Verdict => {
    if (expected === null) {
      return 'notJudged';
    }
    if (actual + absent > expected || short > acceptedLosses + unfinished) {
      return 'fail';
    }
    return unfinished > 0 ? 'partial' : acceptedLosses > 0 ? 'passWithAcceptedLosses' : 'pass';
  })();
  return { acceptedLosses, refusedLosses, unfinished, verdict };
}

/** An earlier campaign may have counted what it legitimately did not write, or not. */
export function againstReference(
  expected: number | null,
  { actual, absent }: Pick<Counts, 'actual' | 'absent'>,
): Verdict {
  return expected === null ? 'notJudged' : expected === actual || expected === actual + absent ? 'pass' : 'fail';
}

/** Outputs that executions taken over rightly did not write: absent in the new attempt as well. */
function absencesTakenOver(asked: Verification): ReadonlyMap<string, number> {
  const rows = asked.rows<{ unit: string; dataset_type: string; absent: number }>(
    `SELECT unit, dataset_type, count(*) AS absent FROM (
       SELECT DISTINCT chosen.unit, absence.dataset_type, absence.job, absence.path
       FROM chosen CROSS JOIN absences AS absence ON absence.campaign = $campaign AND absence.unit = chosen.unit
         AND absence.attempt <> chosen.attempt
       JOIN reused_executions AS reused ON reused.campaign = absence.campaign AND reused.unit = chosen.unit
         AND reused.attempt = chosen.attempt AND reused.execution = absence.execution)
     GROUP BY unit, dataset_type`,
  );
  return new Map(rows.map(({ unit, dataset_type, absent }) => [keyOf(unit, dataset_type), absent]));
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
