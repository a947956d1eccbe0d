/** What a commit does to the views' database, as plain data: it can be done here, or by another thread. */
import type Database from 'better-sqlite3';
import type { Value } from '../../projections';
import { KeySet, type KeyBits } from './keySet';

/** One statement, run for one set of values after the other. */
export interface Change {
  /** With a question mark a value; of rows to be put, everything up to VALUES. */
  readonly sql: string;
  readonly putsRows: boolean;
  /** How many values one run or one row takes. */
  readonly width: number;
  /** The values of all runs or rows, one after the other. */
  readonly values: readonly Value[];
  /**
   * Where the key's columns stand in a row: rows are put in its order, so that neighbours in the database's tree are
   * written together. Left out where their order is of no account.
   */
  readonly key?: readonly number[];
  /** Which keys of the rows to remember, see {@link KeySet}. */
  readonly remembered?: RememberedKeys;
}

/** Keys that are remembered of each row put. */
export interface RememberedKeys {
  readonly bits: KeyBits;
  /** By their salt, where the columns of each kind of key stand in a row. */
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
    const { sql, putsRows, width, values, key } = change;
    const starts = rowStarts(values.length, width);
    if (key !== undefined) {
      starts.sort((a, b) => compareKeys(values, key, a, b));
    }
    let done = 0;
    if (putsRows && starts.length >= rowsAtOnce) {
      const statement = this.prepared(`${sql} ${rowMarks(width, rowsAtOnce)}`);
      const bound = new Array<Value>(width * rowsAtOnce).fill(null);
      for (; done + rowsAtOnce <= starts.length; done += rowsAtOnce) {
        for (let row = 0; row < rowsAtOnce; row += 1) {
          const start = starts[done + row] ?? 0;
          for (let column = 0; column < width; column += 1) {
            bound[row * width + column] = values[start + column] ?? null;
          }
        }
        statement.run(...bound);
      }
    }
    if (done < starts.length) {
      const statement = this.prepared(putsRows ? `${sql} ${rowMarks(width, 1)}` : sql);
      for (const start of starts.slice(done)) {
        statement.run(...values.slice(start, start + width));
      }
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

function rowStarts(length: number, width: number): number[] {
  return Array.from({ length: length / width }, (_, row) => row * width);
}

function compareKeys(values: readonly Value[], key: readonly number[], a: number, b: number): number {
  for (const column of key) {
    const left = values[a + column] ?? '';
    const right = values[b + column] ?? '';
    if (left !== right) {
      return left < right ? -1 : 1;
    }
  }
  return 0;
}

function remember({ remembered, values, width }: Change): void {
  if (remembered === undefined) {
    return;
  }
  for (const [salt, columns] of remembered.kinds) {
    const set = new KeySet(remembered.bits, salt);
    const key: Value[] = columns.map(() => null);
    for (let start = 0; start < values.length; start += width) {
      for (let at = 0; at < columns.length; at += 1) {
        key[at] = values[start + (columns[at] ?? 0)] ?? null;
      }
      set.add(key);
    }
  }
}

function rowMarks(width: number, rows: number): string {
  const row = `(${new Array<string>(width).fill('?').join(', ')})`;
  return new Array<string>(rows).fill(row).join(', ');
}
