/** The rows put into a table in one stretch of time, found by their key or by an index. */
import type { Row, Value } from '../../projections';
import { RowTree } from './rowTree';
import { hasValues, RowGroups, type TableIndex } from './tableIndex';

/** See the file's head. */
export class RowLayer {
  /** Null for what was deleted. */
  readonly rows: RowTree<Row | null>;
  /** Each row as it was when first put; made where a question needs them, which in most commits none does. */
  private readonly groups = new Map<TableIndex, RowGroups>();

  /** @param key the columns of the table's key */
  constructor(key: readonly string[]) {
    this.rows = new RowTree(key);
  }

  /** Puts a row; answers what stood there: null for what was deleted, undefined where nothing did. */
  put(row: Row): Row | null | undefined {
    const before = this.rows.setFor(row, row);
    if (before === undefined || before === null) {
      for (const groups of this.groups.values()) {
        if (before === null) {
          groups.dropWhere(row, (member) => this.rows.getFor(member) === row); // put, deleted, put again
        }
        groups.add(row);
      }
    } // else its columns in the indexes are the same
    return before;
  }

  /** Visits the rows whose columns of an index have these values. */
  visit(index: TableIndex, values: readonly Value[], visit: (row: Row) => void): void {
    if (index.beginsKey) {
      this.rows.visit(values, (row) => {
        if (row !== null) {
          visit(row);
        }
      });
      return;
    }
    this.groupsBy(index).visit(values, (member) => {
      const row = this.rows.getFor(member);
      // It may be deleted since, or deleted and put again with other values: then it is found under those.
      if (row !== undefined && row !== null && (row === member || hasValues(row, index.columns, values))) {
        visit(row);
      }
    });
  }

  private groupsBy(index: TableIndex): RowGroups {
    let groups = this.groups.get(index);
    if (groups === undefined) {
      const made = new RowGroups(index.columns);
      this.rows.visit([], (row) => {
        if (row !== null) {
          made.add(row);
        }
      });
      groups = made;
      this.groups.set(index, groups);
    }
    return groups;
  }
}
