/** What a commit does to the views' database, as plain data: it can be done here, or by another thread. */
import type Database from 'better-sqlite3';
import type { Value } from '../../projections';

/** One statement, run for one set of values after the other. */
export interface Change {
  /** With a question mark a value; of rows to be put, everything up to VALUES. */
  readonly sql: string;
  readonly putsRows: boolean;
  /** How many values one run or one row takes. */
  readonly width: number;
  /** The values of all runs or rows, one after the other. */
  readonly values: readonly Value[];
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
  }

  private make({ sql, putsRows, width, values }: Change): void {
    const many = width * rowsAtOnce;
    let at = 0;
    if (putsRows && values.length >= many) {
      const statement = this.prepared(`${sql} ${rowMarks(width, rowsAtOnce)}`);
      for (; at + many <= values.length; at += many) {
        statement.run(...values.slice(at, at + many));
      }
    }
    if (at < values.length) {
      const statement = this.prepared(putsRows ? `${sql} ${rowMarks(width, 1)}` : sql);
      for (; at < values.length; at += width) {
        statement.run(...values.slice(at, at + width));
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

function rowMarks(width: number, rows: number): string {
  const row = `(${new Array<string>(width).fill('?').join(', ')})`;
  return new Array<string>(rows).fill(row).join(', ');
}
