/** One table of a view on SQLite. Writes are gathered; a commit takes them all. */
import type Database from 'better-sqlite3';
import type { AnyTableSchema, Row, Table, Value } from '../../projections';
import { columnOf, type Change, type RememberedKeys } from './changes';
import { KeySet, type KeyBits } from './keySet';
import { RowReader } from './rowReader';
import { RowTree } from './rowTree';
import { hasValues, RowGroups, type TableIndex } from './tableIndex';
import type { ValuesSeen } from './valuesSeen';

/** What the table is kept under and how what was never put into it is told. */
export interface SqliteTableOptions {
  /** The table's name in the database: the schema's, or that of a view being made beside it. */
  readonly physicalName: string;
  /**
   * What was ever put, where the table was empty at first; else null. Such a table gets its indexes last, or when first
   * needed: sorting all rows once costs a fraction of keeping an index in order row by row.
   */
  readonly history: PutHistory | null;
  /** Tells this table's keys in the history from others'. */
  readonly salt: number;
  /** Waits until the database holds what was last taken. */
  readonly settle: () => void;
}

/** What the tables of views made from nothing remember together, so that the database is not asked in vain. */
export interface PutHistory {
  /** The keys of all rows, and the values under most indexes. */
  readonly keys: KeyBits;
  /** The values under the indexes by which most rows stand alone. */
  readonly values: ValuesSeen;
}

/** A change without its rows. */
type Statement = Omit<Change, 'rows' | 'columns'>;

/** See the file's head. */
export class SqliteTable implements Table<Row> {
  private readonly columns: readonly string[];
  private readonly indexes = new Map<string, TableIndex>();
  /** Those that need rows of their own in memory. */
  private readonly grouped: readonly TableIndex[];
  /** What was put since changes were last taken; null for what was deleted. */
  private pending: RowTree<Row | null>;
  /** What was taken then: it may not be in the database yet, and rows are often touched again soon. */
  private recent: RowTree<Row | null>;
  /** Rows taken at any time that will be touched again, as the schema says, as they are in the database. */
  private kept: RowTree<Row>;
  /** The keys of all rows ever put but the recent and the pending ones: whoever writes them remembers them. */
  private readonly everPut: KeySet | null;
  private readonly select: RowReader<Row>;
  private readonly change: { readonly put: Statement; readonly remove: Statement };

  constructor(
    private readonly database: Database.Database,
    private readonly schema: AnyTableSchema,
    private readonly options: SqliteTableOptions,
  ) {
    this.columns = Object.keys(schema.columns);
    this.pending = new RowTree(schema.key);
    this.recent = new RowTree(schema.key);
    this.kept = new RowTree(schema.key);
    this.everPut = options.history && new KeySet(options.history.keys, options.salt);
    this.select = this.reader(schema.key);
    const names = Object.keys(schema.indexes);
    names.forEach((name, number) => {
      this.indexes.set(name, this.index(name, options.salt + number + 1));
    });
    this.grouped = [...this.indexes.values()].filter(({ beginsKey }) => !beginsKey);
    this.change = this.statements();
    if (options.history === null) {
      this.makeIndexes();
    }
  }

  /** Makes every index that is not in the database yet. */
  makeIndexes(): void {
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
    return this.kept.get(key) ?? (this.everPut?.mayHave(key) === false ? undefined : this.select.get(...key));
  }

  put(row: Row): void {
    const before = this.pending.setFor(row, row);
    if (before !== undefined && before !== null) {
      return; // its columns in the indexes are the same
    }
    for (const index of this.grouped) {
      if (index.pending !== null) {
        if (before === null) {
          index.pending.dropWhere(row, (member) => this.pending.getFor(member) === row); // put, deleted, put again
        }
        index.pending.add(row);
      }
      if (index.seen !== null && (before === null || !this.isKnown(row))) {
        index.seen.add(index.salt, valuesOf(row, index.columns));
      }
    }
  }

  /** Whether a row with this key is in the table, apart from what is pending: then its values have been seen. */
  private isKnown(row: Row): boolean {
    const recent = this.recent.getFor(row);
    if (recent !== undefined) {
      return recent !== null; // null: deleted, and what is put now may have other values
    }
    const key = valuesOf(row, this.schema.key);
    return this.everPut?.mayHave(key) !== false && this.select.get(...key) !== undefined;
  }

  delete(...key: readonly Value[]): void {
    this.pending.set(key, null);
  }

  scan(indexName: string, ...values: readonly Value[]): Row[] {
    const index = this.indexes.get(indexName);
    if (index?.columns.length !== values.length) {
      throw new Error(`${this.schema.name} has no index ${indexName} of ${String(values.length)} columns`);
    }
    const isNew = index.seen?.times(index.salt, values) === 0 || index.everPut?.mayHave(values) === false;
    const rows = isNew ? [] : this.stored(index, values);
    if (index.beginsKey) {
      this.recent.visit(values, (row) => {
        if (row !== null && this.pending.getFor(row) === undefined) {
          rows.push(row);
        }
      });
      this.pending.visit(values, (row) => {
        if (row !== null) {
          rows.push(row);
        }
      });
      return rows;
    }
    // A member may be deleted since, or deleted and put again with other values: then it is found under those.
    index.recent ??= groupsOf(this.recent, index.columns);
    index.recent.visit(values, (member) => {
      const row = this.recent.getFor(member);
      if (row !== undefined && row !== null && this.pending.getFor(row) === undefined) {
        this.addWhereMeant(rows, row, member, index, values);
      }
    });
    index.pending ??= groupsOf(this.pending, index.columns);
    index.pending.visit(values, (member) => {
      this.addWhereMeant(rows, this.pending.getFor(member), member, index, values);
    });
    return rows;
  }

  others(indexName: string, row: Row): Row[] {
    const index = this.indexes.get(indexName);
    const values = valuesOf(row, index?.columns ?? []);
    if (index?.seen?.times(index.salt, values) === 1) {
      return []; // the row itself
    }
    const key = valuesOf(row, this.schema.key);
    return this.scan(indexName, ...values).filter((other) => !hasValues(other, this.schema.key, key));
  }

  private addWhereMeant(
    rows: Row[],
    row: Row | null | undefined,
    member: Row,
    { columns }: TableIndex,
    values: readonly Value[],
  ): void {
    if (row !== undefined && row !== null && (row === member || hasValues(row, columns, values))) {
      rows.push(row);
    }
  }

  /** What the database says, without waiting: the rows of a commit that is under way are recent ones, still in memory. */
  private stored(index: TableIndex, values: readonly Value[]): Row[] {
    this.makeIndex(index);
    return index.select
      .all(...values)
      .filter((row) => this.pending.getFor(row) === undefined && this.recent.getFor(row) === undefined);
  }

  private makeIndex(index: TableIndex): void {
    if (index.create !== null) {
      this.options.settle();
      this.database.exec(index.create);
      index.create = null;
    }
  }

  private index(name: string, salt: number): TableIndex {
    const { physicalName, history } = this.options;
    const isMostlyAlone = this.schema.mostlyAlone?.includes(name) === true;
    const columns = this.schema.indexes[name] ?? [];
    const beginsKey = columns.every((column, at) => this.schema.key[at] === column);
    return {
      columns,
      beginsKey,
      salt,
      everPut: isMostlyAlone || history === null ? null : new KeySet(history.keys, salt),
      seen: isMostlyAlone && history !== null ? history.values : null,
      select: this.reader(columns),
      create: beginsKey || this.isMade(columns) ? null : createIndex(this.schema.name, name, physicalName, columns),
      pending: null,
      recent: null,
    };
  }

  /** Asks the database for the rows whose columns have given values. */
  private reader(columns: readonly string[]): RowReader<Row> {
    return new RowReader(
      this.database.prepare(`SELECT * FROM ${quoted(this.options.physicalName)} WHERE ${equal(columns)}`),
    );
  }

  /** Whether the database has an index of these columns, whatever its name. */
  private isMade(columns: readonly string[]): boolean {
    const indexedColumns = this.database
      .prepare<string[], string>(
        `SELECT json_group_array(part.name ORDER BY part.seqno)
         FROM pragma_index_list(?) AS made, pragma_index_info(made.name) AS part WHERE made.origin = 'c' GROUP BY made.name`,
      )
      .pluck()
      .all(this.options.physicalName);
    return indexedColumns.includes(JSON.stringify(columns));
  }

  private statements(): SqliteTable['change'] {
    const { physicalName, history, salt } = this.options;
    const name = quoted(physicalName);
    const places = (columns: readonly string[]): number[] => columns.map((column) => this.columns.indexOf(column));
    const key = places(this.schema.key);
    const kinds: RememberedKeys['kinds'] = [
      [salt, key],
      ...[...this.indexes.values()]
        .filter(({ everPut }) => everPut !== null)
        .map(({ columns, salt: indexSalt }) => [indexSalt, places(columns)] as const),
    ];
    return {
      put: {
        // OR FAIL: what fails ends the whole commit. Else SQLite would keep, for each statement, what its pages were before.
        sql: `INSERT OR FAIL INTO ${name} (${this.columns.map(quoted).join(', ')}) VALUES`,
        afterRows: this.onKnownKey(),
        key,
        ...(history === null ? {} : { remembered: { bits: history.keys, kinds } }),
      },
      remove: {
        sql: `DELETE FROM ${name} WHERE ${equal(this.schema.key)}`,
        afterRows: null,
      },
    };
  }

  /** Keeps of the rows taken those that will be touched again. */
  private keep(rows: readonly Row[], removed: readonly (readonly Value[])[]): void {
    if (this.schema.touchedAgain === undefined) {
      return;
    }
    if (this.kept.size > mostRowsKept) {
      this.kept = new RowTree(this.schema.key);
    }
    for (const row of rows) {
      if (this.schema.touchedAgain(row)) {
        this.kept.setFor(row, row);
      } else {
        this.kept.delete(valuesOf(row, this.schema.key));
      }
    }
    for (const key of removed) {
      this.kept.delete(key);
    }
  }

  /** What becomes of a row put under a key that is there. */
  private onKnownKey(): string {
    const others = this.columns.filter((column) => !this.schema.key.includes(column));
    const changes = others.map((column) => `${quoted(column)} = excluded.${quoted(column)}`);
    return `ON CONFLICT DO ${changes.length === 0 ? 'NOTHING' : `UPDATE SET ${changes.join(', ')}`}`;
  }

  /** What a commit is to write; from here on it counts as written. */
  takeChanges(): Change[] {
    if (this.pending.size === 0) {
      return [];
    }
    const rows: Row[] = [];
    const removed: (readonly Value[])[] = [];
    this.pending.visit([], (row, key) => {
      if (row === null) {
        removed.push([...key]);
      } else {
        rows.push(row);
      }
    });
    this.keep(rows, removed);
    this.recent = this.pending;
    this.pending = new RowTree(this.schema.key);
    for (const index of this.grouped) {
      index.recent = index.pending;
      index.pending = null;
    }
    const putColumns = this.columns.map((column) => columnOf(rows, column));
    const keyColumns = this.schema.key.map((_, place) => columnOf(removed, place));
    return [
      { ...this.change.put, rows: rows.length, columns: putColumns },
      { ...this.change.remove, rows: removed.length, columns: keyColumns },
    ];
  }
}

/** Rows of the widest table take some 500 bytes each. */
const mostRowsKept = 100_000;

function groupsOf(rows: RowTree<Row | null>, columns: readonly string[]): RowGroups {
  const groups = new RowGroups(columns);
  rows.visit([], (row) => {
    if (row !== null) {
      groups.add(row);
    }
  });
  return groups;
}

function valuesOf(row: Row, columns: readonly string[]): Value[] {
  return columns.map((column) => row[column] ?? null);
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
