/** One table of a view on SQLite. Writes are gathered and go to the database together, sorted by key. */
import type Database from 'better-sqlite3';
import type { AnyTableSchema, Row, Table, Value } from '../../projections';
import type { KeySet } from './keySet';

/** What the table is kept under and how what was never put into it is told. */
export interface SqliteTableOptions {
  /** The table's name in the database: the schema's, or that of a view being made beside it. */
  readonly physicalName: string;
  /** Holds every key ever put, where the table was empty at first; else null. */
  readonly everPut: KeySet | null;
  /** Tells this table's keys in `everPut` from others'. */
  readonly salt: number;
}

const separator = '\u0000';

/** See the file's head. Nothing is in the database before {@link SqliteTable.flush}. */
export class SqliteTable implements Table<Row> {
  private readonly columns: readonly string[];
  private readonly indexes: readonly IndexForm[];
  private pending = new Map<string, Row | null>();
  private readonly deleted = new Map<string, readonly Value[]>();
  /** What the flush before wrote: rows are often touched again soon. */
  private recent = new Map<string, Row | null>();
  private readonly select: Database.Statement<Value[], Row>;
  private readonly upsert: Database.Statement<Value[]>;
  private readonly remove: Database.Statement<Value[]>;

  constructor(
    database: Database.Database,
    private readonly schema: AnyTableSchema,
    private readonly options: SqliteTableOptions,
  ) {
    this.columns = Object.keys(schema.columns);
    const name = quoted(options.physicalName);
    const byKey = schema.key.map((column) => `${quoted(column)} = ?`).join(' AND ');
    this.select = database.prepare(`SELECT * FROM ${name} WHERE ${byKey}`);
    this.remove = database.prepare(`DELETE FROM ${name} WHERE ${byKey}`);
    const columnList = this.columns.map(quoted).join(', ');
    this.upsert = database.prepare(
      `INSERT OR REPLACE INTO ${name} (${columnList}) VALUES (${this.columns.map(() => '?').join(', ')})`,
    );
    this.indexes = Object.entries(schema.indexes).map(([index, columns], number) => ({
      name: index,
      columns,
      salt: options.salt + number + 1,
      pending: new Map(),
      select: database.prepare(
        `SELECT * FROM ${name} WHERE ${columns.map((column) => `${quoted(column)} = ?`).join(' AND ')}`,
      ),
    }));
  }

  get(...key: readonly Value[]): Row | undefined {
    const name = joined(key);
    const pending = this.pending.get(name);
    const held = pending === undefined ? this.recent.get(name) : pending;
    if (held !== undefined) {
      return held ?? undefined; // null: deleted
    }
    if (this.options.everPut?.mayHave(this.options.salt, name) === false) {
      return undefined;
    }
    return this.select.get(...key);
  }

  put(row: Row): void {
    const name = joinedColumns(this.schema.key, row);
    const pending = this.pending.get(name);
    this.pending.set(name, row);
    if (pending === undefined || pending === null) {
      for (const index of this.indexes) {
        const group = joinedColumns(index.columns, row);
        const members = index.pending.get(group);
        if (members === undefined) {
          index.pending.set(group, [name]);
        } else {
          members.push(name);
        }
      }
    }
  }

  delete(...key: readonly Value[]): void {
    const name = joined(key);
    this.pending.set(name, null);
    this.deleted.set(name, key);
  }

  scan(indexName: string, ...values: readonly Value[]): Row[] {
    const index = this.indexes.find(({ name }) => name === indexName);
    if (index?.columns.length !== values.length) {
      throw new Error(`${this.schema.name} has no index ${indexName} of ${String(values.length)} columns`);
    }
    const group = joined(values);
    const rows: Row[] = [];
    if (this.options.everPut?.mayHave(index.salt, group) !== false) {
      for (const row of index.select.all(...values)) {
        if (!this.pending.has(joinedColumns(this.schema.key, row))) {
          rows.push(row);
        }
      }
    }
    for (const name of new Set(index.pending.get(group))) {
      const row = this.pending.get(name);
      if (row) {
        rows.push(row);
      }
    }
    return rows;
  }

  /** Sends what was gathered to the database, within the caller's transaction. */
  flush(): void {
    const names = [...this.pending.keys()].sort(); // neighbours in the tree are written together
    for (const name of names) {
      const row = this.pending.get(name);
      if (!row) {
        this.remove.run(...(this.deleted.get(name) ?? []));
      } else {
        this.upsert.run(...this.columns.map((column) => row[column] ?? null));
        this.remember(name, row);
      }
    }
    this.recent = this.pending;
    this.startGathering();
  }

  /** Forgets what was gathered, after the transaction was rolled back. */
  discard(): void {
    this.recent = new Map();
    this.startGathering();
  }

  private startGathering(): void {
    this.pending = new Map();
    this.deleted.clear();
    for (const index of this.indexes) {
      index.pending.clear();
    }
  }

  private remember(name: string, row: Row): void {
    const { everPut, salt } = this.options;
    if (everPut !== null) {
      everPut.add(salt, name);
      for (const index of this.indexes) {
        everPut.add(index.salt, joinedColumns(index.columns, row));
      }
    }
  }
}

interface IndexForm {
  readonly name: string;
  readonly columns: readonly string[];
  readonly salt: number;
  /** Names of rows put since the last flush, by the values of the index's columns. */
  readonly pending: Map<string, string[]>;
  readonly select: Database.Statement<Value[], Row>;
}

function joinedColumns(columns: readonly string[], row: Row): string {
  let text = '';
  for (const column of columns) {
    text += textOf(row[column] ?? null) + separator;
  }
  return text;
}

function joined(values: readonly Value[]): string {
  let text = '';
  for (const value of values) {
    text += textOf(value) + separator;
  }
  return text;
}

/** A value within a joined key; a separator within a text is written otherwise, so that no two keys are the same text. */
function textOf(value: Value): string {
  if (typeof value !== 'string') {
    return String(value);
  }
  return value.includes(separator) || value.includes('\\') ? JSON.stringify(value) : value;
}

/** An SQL identifier. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
