/** Tables for people: ruled on a terminal, plain columns everywhere else. */
import Table from 'cli-table3';
import { escapeControls, shorten } from './terminal';

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly align?: 'left' | 'right';
  /** Whether its values may be shortened where a terminal is too narrow; columns of numbers never are. */
  readonly shrinks?: boolean;
  /** How far it shrinks at the most, characters; 8 by default. */
  readonly narrowestChars?: number;
}

/** Where a table is printed. */
export interface TableTarget {
  /** Characters in a line of the terminal; null where there is no terminal and so no limit. */
  readonly widthChars: number | null;
}

const gap = '  ';
const narrowestChars = 8;

/** What standard output is. */
export function outputTarget(): TableTarget {
  return { widthChars: process.stdout.isTTY ? process.stdout.columns : null };
}

/**
 * A table as text, without a line end behind it. Values are escaped; on a terminal they are shortened to fit and never
 * wrapped, elsewhere they stay whole.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  target: TableTarget,
): string {
  const cells = rows.map((row) => row.map((value) => escapeControls(value)));
  const widths = fit(columns, cells, target.widthChars);
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: rules(target.widthChars === null),
  });
  table.push(...cells.map((row) => row.map((value, index) => shorten(value, widths[index] ?? value.length))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}

/** The widest that each column may be: all it needs, less for those that shrink, always taken from the widest of them. */
function fit(columns: readonly Column[], cells: readonly string[][], widthChars: number | null): number[] {
  const widths = columns.map(({ title }, index) =>
    cells.reduce((widest, row) => Math.max(widest, Array.from(row[index] ?? '').length), title.length),
  );
  const gaps = gap.length * (columns.length - 1);
  let excess = widthChars === null ? 0 : widths.reduce((sum, width) => sum + width, gaps) - widthChars;
  for (; excess > 0; excess -= 1) {
    const widest = columns.reduce<number | null>((best, column, index) => {
      const width = widths[index] ?? 0;
      const canShrink = column.shrinks === true && width > (column.narrowestChars ?? narrowestChars);
      return canShrink && (best === null || width > (widths[best] ?? 0)) ? index : best;
    }, null);
    if (widest === null) {
      break;
    }
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

const ruleNames =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid';

function rules(plain: boolean): Record<string, string> {
  const none = Object.fromEntries(ruleNames.split(' ').map((name) => [name, '']));
  return { ...none, middle: gap, ...(plain ? {} : { mid: '─', 'mid-mid': '──' }) };
}
