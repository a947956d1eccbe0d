/** Reads the rows of a statement as objects that are all of one shape. */
import type Database from 'better-sqlite3';

/** What can stand for a statement's parameters: values in their order, or one object that names them. */
type Parameter = string | number | null | object;

/**
 * The driver makes an object column by column, and the engine changes its shape at each: a row of a view takes four
 * times as long to read that way as its bare cells do, copied over a row that is complete already.
 * @template Row the columns by their names in the statement
 */
export class RowReader<Row> {
  private readonly columns: readonly string[];
  private readonly blank: Row;

  constructor(private readonly statement: Database.Statement<Parameter[], readonly unknown[]>) {
    statement.raw();
    this.columns = statement.columns().map(({ name }) => name);
    // Parsed, not put together: so its shape is a literal's.
    const cells = this.columns.map((name) => `${JSON.stringify(name)}:null`);
    this.blank = JSON.parse(`{${cells.join(',')}}`) as Row;
  }

  /** The first row, or undefined where there is none. */
  get(...parameters: readonly Parameter[]): Row | undefined {
    const cells = this.statement.get(...parameters);
    return cells && this.row(cells);
  }

  /** All rows. */
  all(...parameters: readonly Parameter[]): Row[] {
    return this.statement.all(...parameters).map((cells) => this.row(cells));
  }

  private row(cells: readonly unknown[]): Row {
    const row = { ...this.blank } as Record<string, unknown>;
    for (let at = 0; at < this.columns.length; at += 1) {
      row[this.columns[at] ?? ''] = cells[at];
    }
    return row as Row;
  }
}
