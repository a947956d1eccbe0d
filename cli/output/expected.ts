/** How many files are expected, for people: the bases are shown beside each other and never added up. */
import { expectationBases, type FileCount, type FileTotal } from '../../consumers/queries/fileCounts';
import { formatCount } from './units';

type Counted = Pick<FileCount | FileTotal, 'expected' | 'expectedBasis' | 'expectedByBasis'>;

/** A basis with a column of its own; null for the one column where a single basis speaks. */
export type ShownBasis = (typeof expectationBases)[number] | null;

/** The bases to show for some rows. */
export function shownBases(rows: readonly Counted[]): readonly ShownBasis[] {
  const said = expectationBases.filter((basis) => rows.some((row) => row.expectedByBasis[basis] !== null));
  return said.length > 1 ? said : [null];
}

/** The titles of the columns, `expected` where a single basis speaks. */
export function expectedColumns(bases: readonly ShownBasis[]): string[] {
  return bases.map((basis) => (basis === null ? 'expected' : `expected (${basis})`));
}

/** What a basis says of a row: a number, `unknown`, or a dash where it says nothing. */
export function expectedCell(row: Counted, basis: ShownBasis): string {
  const told = basis === null ? null : row.expectedByBasis[basis];
  return told !== null && told.count === null
    ? 'unknown'
    : formatCount(told?.count ?? (basis === null ? row.expected : null));
}

/** `files: 85, expected 90 (plan), 92 (reference)`; a basis that says nothing is left out. */
export function expectedLine(total: Pick<FileTotal, 'actual' | 'expectedByBasis'>): string {
  const told = expectationBases.flatMap((basis) => {
    const count = total.expectedByBasis[basis]?.count;
    return count === undefined ? [] : [`${count === null ? 'unknown' : formatCount(count)} (${basis})`];
  });
  return `files: ${formatCount(total.actual)}${told.length === 0 ? '' : `, expected ${told.join(', ')}`}`;
}
