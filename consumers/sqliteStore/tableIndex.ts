/** One way to scan a table: in memory the rows not in the database yet, in the database an index. */
import type { Row, Value } from '../../projections';
import type { KeySet } from './keySet';
import type { RowReader } from './rowReader';
import type { ValuesSeen } from './valuesSeen';

/** See the file's head. */
export interface TableIndex {
  readonly columns: readonly string[];
  /** Its columns begin the table's key, so that the key's own tree serves, here and in the database. */
  readonly beginsKey: boolean;
  /** Every set of values there ever was in the table, where the table was empty at first; else null. */
  readonly everPut: KeySet | null;
  /** Tells this index's values from others', also in `seen`. */
  readonly salt: number;
  /** For the indexes of a table empty at first under which most rows stand alone; else null. */
  readonly seen: ValuesSeen | null;
  readonly select: RowReader<Row>;
  /** Makes it in the database; null once it is there. */
  create: string | null;
}

/**
 * Rows by the first of an index's columns, the one that tells most apart: most values have one row, which then costs one
 * entry in one map.
 */
export class RowGroups {
  private readonly groups = new Map<Value, Row | Row[]>();
  private readonly first: string;

  constructor(private readonly columns: readonly string[]) {
    this.first = columns[0] ?? '';
  }

  /** Adds a row. */
  add(row: Row): void {
    const value = row[this.first] ?? null;
    const group = this.groups.get(value);
    if (group === undefined) {
      this.groups.set(value, row);
    } else if (isList(group)) {
      group.push(row);
    } else {
      this.groups.set(value, [group, row]);
    }
  }

  /** Leaves out the rows of one group that a condition holds for. */
  dropWhere(like: Row, condition: (row: Row) => boolean): void {
    const value = like[this.first] ?? null;
    const kept = this.members(value).filter((row) => !condition(row));
    this.groups.set(value, kept);
  }

  /** Visits the rows whose columns have these values. */
  visit(values: readonly Value[], visit: (row: Row) => void): void {
    for (const row of this.members(values[0] ?? null)) {
      if (hasValues(row, this.columns, values)) {
        visit(row);
      }
    }
  }

  private members(value: Value): readonly Row[] {
    const group = this.groups.get(value);
    return group === undefined ? noRows : isList(group) ? group : [group];
  }
}

const noRows: readonly Row[] = [];

function isList(group: Row | Row[]): group is Row[] {
  return Array.isArray(group);
}

/** Whether a row's columns have these values. */
export function hasValues(row: Row, columns: readonly string[], values: readonly Value[]): boolean {
  for (let at = 0; at < columns.length; at += 1) {
    if (row[columns[at] ?? ''] !== values[at]) {
      return false;
    }
  }
  return true;
}
