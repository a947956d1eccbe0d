/** One table of a view on SQLite. Writes are gathered; a commit takes them all, sorted by key. */
import type Database from 'better-sqlite3';
import type { AnyTableSchema, Row, Table, Value } from '../../projections';
import type { Change } from './changes';
import type { KeySet } from './keySet';
import { RowTree } from './rowTree';

/** What the table is kept under and how what was never put into it is told. */
export interface SqliteTableOptions {
  /** The table's name in the database: the schema's, or that of a view being made beside it. */
  readonly physicalName: string;
  /**
   * Holds every key ever put, where the table was empty at first; else null. Such a table gets its indexes last, or when
   * first needed: sorting all rows once costs a fraction of keeping an index in order row by row.
   */
  readonly everPut: KeySet | null;
  /** Tells this table's keys in `everPut` from others'. */
  readonly salt: number;
  /** Waits until the database holds what was last taken. */
  readonly settle: () => void;
}

/** One way to scan the table. */
interface Index {
  readonly columns: readonly string[];
  readonly salt: number;
  readonly select: Database.Statement<Value[], Row>;
  /** Makes it in the database; null once it is there, or where it begins the table's key and so is there anyway. */
  create: string | null;
  /** For each set of values the rows put since changes were last taken, as they were when first put. */
  pending: RowTree<Row[]>;
}

/** See the file's head. */
export class SqliteTable implements Table<Row> {
  private readonly columns: readonly string[];
  private readonly indexes = new Map<string, Index>();
  /** What was put since changes were last taken; null for what was deleted. */
  private pending: RowTree<Row | null>;
  /** What was taken then: it may not be in the database yet, and rows are often touched again soon. */
  private recent: RowTree<Row | null>;
  private readonly select: Database.Statement<Value[], Row>;
  private readonly upsert: string;
  private readonly remove: string;

  constructor(
    private readonly database: Database.Database,
    private readonly schema: AnyTableSchema,
    private readonly options: SqliteTableOptions,
  ) {
    this.columns = Object.keys(schema.columns);
    this.pending = new RowTree(schema.key);
    this.recent = new RowTree(schema.key);
    const name = quoted(options.physicalName);
    const columnList = this.columns.map(quoted).join(', ');
    this.select = database.prepare(`SELECT * FROM ${name} WHERE ${equal(schema.key)}`);
    this.remove = `DELETE FROM ${name} WHERE ${equal(schema.key)}`;
    this.upsert = `INSERT OR REPLACE INTO ${name} (${columnList}) VALUES`;
    for (const [index, columns] of Object.entries(schema.indexes)) {
      this.indexes.set(index, {
        columns,
        salt: options.salt + this.indexes.size + 1,
        select: database.prepare(`SELECT * FROM ${name} WHERE ${equal(columns)}`),
        create: this.isMade(columns) ? null : createIndex(schema.name, index, options.physicalName, columns),
        pending: new RowTree(columns),
      });
    }
    if (options.everPut === null) {
      this.makeIndexes();
    }
  }

  /** Makes every index that is not in the database yet. */
  makeIndexes(): void {
    this.options.settle();
    for (const index of this.indexes.values()) {
      this.makeIndex(index);
    }
  }

  get(...key: readonly Value[]): Row | undefined {
    const pending = this.pending.get(key);
    const held = pending === undefined ? this.recent.get(key) : pending;
    if (held !== undefined) {
      return held ?? undefined; // null: deleted
    }
    return this.options.everPut?.mayHave(this.options.salt, key) === false ? undefined : this.select.get(...key);
  }

  put(row: Row): void {
    const pending = this.pending.setFor(row, row);
    if (pending === undefined || pending === null) {
      for (const index of this.indexes.values()) {
        const members = index.pending.getFor(row);
        if (members === undefined) {
          index.pending.setFor(row, [row]);
        } else {
          members.push(row);
        }
      }
    }
  }

  delete(...key: readonly Value[]): void {
    this.pending.set(key, null);
  }

  scan(indexName: string, ...values: readonly Value[]): Row[] {
    const index = this.indexes.get(indexName);
    if (index?.columns.length !== values.length) {
      throw new Error(`${this.schema.name} has no index ${indexName} of ${String(values.length)} columns`);
    }
    const stored = this.options.everPut?.mayHave(index.salt, values) === false ? [] : this.stored(index, values);
    const gathered = new Set<Row>();
    for (const member of index.pending.get(values) ?? []) {
      const row = this.pending.getFor(member);
      // Deleted since, or deleted and put again with other values: then it is found under those.
      if (row !== undefined && row !== null && (row === member || hasValues(row, index.columns, values))) {
        gathered.add(row);
      }
    }
    return stored.length === 0 ? [...gathered] : [...stored, ...gathered];
  }

  private stored(index: Index, values: readonly Value[]): Row[] {
    this.options.settle();
    this.makeIndex(index);
    return index.select.all(...values).filter((row) => this.pending.getFor(row) === undefined);
  }

  private makeIndex(index: Index): void {
    if (index.create !== null) {
      this.database.exec(index.create);
      index.create = null;
    }
  }

  /** Whether the database has an index of these columns, whatever its name. */
  private isMade(columns: readonly string[]): boolean {
    if (columns.every((column, at) => this.schema.key[at] === column)) {
      return true;
    }
    const indexedColumns = this.database
      .prepare<string[], string>(
        `SELECT json_group_array(part.name ORDER BY part.seqno)
         FROM pragma_index_list(?) AS made, pragma_index_info(made.name) AS part WHERE made.origin = 'c' GROUP BY made.name`,
      )
      .pluck()
      .all(this.options.physicalName);
    return indexedColumns.includes(JSON.stringify(columns));
  }

  /** What a commit is to write; from here on it counts as written. */
  takeChanges(): Change[] {
    if (this.pending.isEmpty) {
      return [];
    }
    const { everPut } = this.options;
    const { columns } = this;
    const put: Value[] = [];
    const removed: Value[] = [];
    this.pending.visitSorted((key, row) => {
      if (row === null) {
        removed.push(...key);
        return;
      }
      for (const column of columns) {
        put.push(row[column] ?? null);
      }
      if (everPut !== null) {
        this.remember(everPut, key, row);
      }
    });
    this.recent = this.pending;
    this.pending = new RowTree(this.schema.key);
    for (const index of this.indexes.values()) {
      index.pending = new RowTree(index.columns);
    }
    return [
      { sql: this.upsert, putsRows: true, width: columns.length, values: put },
      { sql: this.remove, putsRows: false, width: this.schema.key.length, values: removed },
    ];
  }

  private remember(everPut: KeySet, key: readonly Value[], row: Row): void {
    everPut.add(this.options.salt, key);
    for (const index of this.indexes.values()) {
      everPut.add(
        index.salt,
        index.columns.map((column) => row[column] ?? null),
      );
    }
  }
}

function hasValues(row: Row, columns: readonly string[], values: readonly Value[]): boolean {
  return columns.every((column, number) => row[column] === values[number]);
}

/** The number keeps the names apart when a view made beside another takes its place: an index cannot be renamed. */
function createIndex(table: string, index: string, physicalName: string, columns: readonly string[]): string {
  const name = `${table}_${index}_${String(process.hrtime.bigint())}`;
  return `CREATE INDEX ${quoted(name)} ON ${quoted(physicalName)} (${columns.map(quoted).join(', ')})`;
}

function equal(columns: readonly string[]): string {
  return columns.map((column) => `${quoted(column)} = ?`).join(' AND ');
}

/** An SQL identifier. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
