/** Totals that were declared, against the rows they ought to be the sums of. */
import { named, numbered } from '../queries/viewReader';
import { expectationsOf, verifiedFiles } from './files';
import { bases, type Basis, type VerifiedFiles, type VerifiedTotal } from './report';
import type { Verification } from './verification';

/** A total with the statement of it. */
export interface StatedTotal {
  readonly total: VerifiedTotal;
  readonly stamp: string;
}

/** Every total declared of the units verified, and of the whole campaign where all of it is verified. */
export function verifiedTotals(asked: Verification): StatedTotal[] {
  const files = verifiedFiles(asked).map(({ row }) => row);
  return expectationsOf(asked).flatMap(({ unit, dataset_type, basis, count, stamp }) => {
    const about = asked.attempts.find((one) => one.unit === unit);
    if (dataset_type !== '' || count === null || (about === undefined && !(unit === '' && asked.isWhole))) {
      return [];
    }
    const ofUnit = files.filter((row) => unit === '' || row.unit === unit);
    const known = bases.find((one) => one === basis);
    const own = known === undefined ? null : sumOfExpectations(ofUnit, known);
    const rows = own ?? ofUnit.reduce((sum, { actual }) => sum + actual, 0);
    const total: VerifiedTotal = {
      unit: named(unit),
      attempt: about === undefined ? null : numbered(about.attempt),
      basis,
      declared: count,
      rows,
      rowsAre: own === null ? 'files' : 'expectations',
      difference: count - rows,
    };
    return [{ total, stamp }];
  });
}

/** The sum of what a basis expects; null where it leaves a row open, for then its total means more than it says. */
function sumOfExpectations(files: readonly VerifiedFiles[], basis: Basis): number | null {
  const stated = files.map(({ expected }) => expected[basis]).filter((count) => count !== null);
  const isWhole = basis === 'plan' || files.every(({ expected, actual }) => actual === 0 || expected[basis] !== null);
  return stated.length === 0 || !isWhole ? null : stated.reduce((sum, count) => sum + count, 0);
}
