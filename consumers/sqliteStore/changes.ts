/** What a commit does to the views' database, as plain data: it can be done here, or by another thread. */
import type Database from 'better-sqlite3';
import type { Value } from '../../projections';
import { KeySet, type KeyBits } from './keySet';

/** The values of one parameter of a statement: one for each row, or the one that all rows have. */
export type Column = readonly Value[] | Value;

/** One statement, run for one row of values after the other. */
export interface Change {
  /** With a question mark a column; of rows to be put, everything up to VALUES. */
  readonly sql: string;
  /** Of a statement that puts rows, what follows them; null of one that is run for one row at a time. */
  readonly afterRows: string | null;
  readonly rows: number;
  readonly columns: readonly Column[];
  /**
   * Which columns are the key's: rows are put in its order, so that neighbours in the database's tree are written
   * together. Left out where their order is of no account.
   */
  readonly key?: readonly number[];
  /** Which keys of the rows to remember, see {@link KeySet}. */
  readonly remembered?: RememberedKeys;
}

/** One column of rows. Another thread is given less where all values are one, as in most columns of most commits. */
export function columnOf<R>(rows: readonly R[], name: keyof R): Column {
  const values: Value[] = [];
  let isOne = true;
  for (const row of rows) {
    const value = (row[name] ?? null) as Value;
    values.push(value);
    isOne &&= value === values[0];
  }
  return isOne ? (values[0] ?? null) : values;
}

/** Keys that are remembered of each row put. */
export interface RememberedKeys {
  readonly bits: KeyBits;
  /** By their salt, which columns make up each kind of key. */
  readonly kinds: readonly (readonly [salt: number, columns: readonly number[]])[];
}

/** Rows that one statement puts: each statement costs something whatever it does. */
const rowsAtOnce = 16;

/** Makes changes in a database, all of a commit or nothing. */
export class ChangeWriter {
  private readonly statements = new Map<string, Database.Statement<Value[]>>();
  private readonly transaction: Database.Transaction<(changes: readonly Change[]) => void>;

  constructor(private readonly database: Database.Database) {
    this.transaction = database.transaction((changes: readonly Change[]) => {
      for (const change of changes) {
        this.make(change);
      }
    });
  }

  /** Makes the changes of a commit. */
  write(changes: readonly Change[]): void {
    this.transaction.immediate(changes);
    // Only now: whoever meets a key before has the rows in memory still, and would ask the database in vain.
    changes.forEach(remember);
  }

  private make(change: Change): void {
    const order = Array.from({ length: change.rows }, (_, row) => row);
    if (change.key !== undefined) {
      sortByKey(order, change.columns, change.key);
    }
    const alone = change.afterRows === null ? order.length : order.length % rowsAtOnce;
    this.run(change, order.slice(0, order.length - alone), rowsAtOnce);
    this.run(change, order.slice(order.length - alone), 1);
  }

  /** Runs a statement for rows in an order, so many at once. */
  private run({ sql, afterRows, columns }: Change, order: readonly number[], atOnce: number): void {
    if (order.length === 0) {
      return;
    }
    const width = columns.length;
    const statement = this.prepared(afterRows === null ? sql : `${sql} ${rowMarks(width, atOnce)} ${afterRows}`);
    const varying = columns.flatMap((values, place) => (isList(values) ? [{ values, place }] : []));
    const bound: Value[] = [];
    for (let at = 0; at < atOnce; at += 1) {
      for (const value of columns) {
        bound.push(isList(value) ? null : value);
      }
    }
    for (let done = 0; done < order.length; done += atOnce) {
      for (let at = 0; at < atOnce; at += 1) {
        const row = order[done + at] ?? 0;
        for (const { values, place } of varying) {
          bound[at * width + place] = values[row] ?? null;
        }
      }
      statement.run(...bound);
    }
  }

  private prepared(sql: string): Database.Statement<Value[]> {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare<Value[]>(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}

function isList(column: Column): column is readonly Value[] {
  return Array.isArray(column);
}

function sortByKey(order: number[], columns: readonly Column[], key: readonly number[]): void {
  const varying = key.map((place) => columns[place] ?? null).filter(isList);
  order.sort((a, b) => {
    for (const values of varying) {
      const left = values[a] ?? '';
      const right = values[b] ?? '';
      if (left !== right) {
        return left < right ? -1 : 1;
      }
    }
    return 0;
  });
}

function remember({ remembered, rows, columns }: Change): void {
  if (remembered === undefined) {
    return;
  }
  for (const [salt, places] of remembered.kinds) {
    const set = new KeySet(remembered.bits, salt);
    const parts = places.map((place) => columns[place] ?? null);
    const key: Value[] = parts.map((part) => (isList(part) ? null : part));
    for (let row = 0; row < rows; row += 1) {
      for (let at = 0; at < parts.length; at += 1) {
        const part = parts[at] ?? null;
        if (isList(part)) {
          key[at] = part[row] ?? null;
        }
      }
      set.add(key);
    }
  }
}

function rowMarks(width: number, rows: number): string {
  const row = `(${new Array<string>(width).fill('?').join(', ')})`;
  return new Array<string>(rows).fill(row).join(', ');
}
