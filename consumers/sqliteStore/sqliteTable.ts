/** One table of a view on SQLite. Writes are gathered; a commit takes them all. */
import type Database from 'better-sqlite3';
import type { AnyTableSchema, Row, Table, Value } from '../../projections';
import { columnOf, type Change, type RememberedKeys } from './changes';
import { mostCommitsUnderWay } from './backgroundWriter';
import { KeySet, type KeyBits } from './keySet';
import { RowReader } from './rowReader';
import { RowLayer } from './rowLayer';
import { RowTree } from './rowTree';
import { hasValues, type TableIndex } from './tableIndex';
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
  /**
   * Newest first: what was put since changes were last taken, and what was taken then and before, which may not be in the
   * database yet.
   */
  private layers: readonly RowLayer[];
  /** Rows taken at any time that will be touched again, as the schema says, as they are in the database. */
  private kept: RowTree<Row>;
  /** The key that was asked for last, where there was no row; what is put next mostly has it. */
  private missed: readonly Value[] | null = null;
  /** The keys of all rows ever put but those of the layers: whoever writes them remembers them. */
  private readonly everPut: KeySet | null;
  /** The same of the keys' first columns alone: of an execution that is new, no file is asked for one by one. */
  private readonly firstEverPut: KeySet | null;
  /** The first column of the key asked for last, since changes were last taken, and whether there may be rows with it. */
  private first: { readonly value: Value; readonly mayBe: boolean } | null = null;
  private readonly select: RowReader<Row>;
  private readonly change: { readonly put: Statement; readonly remove: Statement };

  constructor(
    private readonly database: Database.Database,
    private readonly schema: AnyTableSchema,
    private readonly options: SqliteTableOptions,
  ) {
    this.columns = Object.keys(schema.columns);
    this.layers = Array.from({ length: 1 + mostCommitsUnderWay }, () => new RowLayer(schema.key));
    this.kept = new RowTree(schema.key);
    this.everPut = options.history && new KeySet(options.history.keys, options.salt);
    this.firstEverPut = options.history && new KeySet(options.history.keys, options.salt + firstColumnSalt);
    this.select = this.reader(schema.key);
    const names = Object.keys(schema.indexes);
    names.forEach((name, number) => {
      this.indexes.set(name, this.index(name, options.salt + number + 1));
    });
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
    for (const { rows } of this.layers) {
      const held = rows.size === 0 ? undefined : rows.get(key);
      if (held !== undefined) {
        return held ?? undefined; // null: deleted
      }
    }
    const kept = this.kept.size === 0 ? undefined : this.kept.get(key);
    const row = kept ?? this.storedRow(key);
    this.missed = row === undefined ? key : null;
    return row;
  }

  private storedRow(key: readonly Value[]): Row | undefined {
    return this.mayBeStored(key) ? this.select.get(...key) : undefined;
  }

  /** Whether a row that is not in memory may be in the database. */
  private mayBeStored(key: readonly Value[]): boolean {
    if (this.everPut === null || this.firstEverPut === null) {
      return true;
    }
    const value = key[0] ?? null;
    if (this.first?.value !== value) {
      this.first = { value, mayBe: this.firstEverPut.mayHave([value]) };
    }
    return this.first.mayBe && this.everPut.mayHave(key);
  }

  put(row: Row): void {
    const before = this.pending.put(row);
    if (before !== undefined && before !== null) {
      return; // its columns in the indexes are the same
    }
    for (const index of this.indexes.values()) {
      if (index.seen !== null && (before === null || !this.isKnown(row))) {
        index.seen.add(index.salt, valuesOf(row, index.columns));
      }
    }
    this.missed = null;
  }

  /** What was put since changes were last taken. */
  private get pending(): RowLayer {
    return this.layers[0] ?? new RowLayer(this.schema.key);
  }

  /** Whether a row with this key is in the table, apart from what is pending: then its values have been seen. */
  private isKnown(row: Row): boolean {
    if (this.missed !== null && hasValues(row, this.schema.key, this.missed)) {
      return false;
    }
    for (let depth = 1; depth < this.layers.length; depth += 1) {
      const held = this.layers[depth]?.rows.getFor(row);
      if (held !== undefined) {
        return held !== null; // null: deleted, and what is put now may have other values
      }
    }
    return this.storedRow(valuesOf(row, this.schema.key)) !== undefined;
  }

  delete(...key: readonly Value[]): void {
    this.pending.rows.set(key, null);
  }

  scan(indexName: string, ...values: readonly Value[]): Row[] {
    const index = this.indexes.get(indexName);
    if (index?.columns.length !== values.length) {
      throw new Error(`${this.schema.name} has no index ${indexName} of ${String(values.length)} columns`);
    }
    const isNew = index.seen?.times(index.salt, values) === 0 || index.everPut?.mayHave(values) === false;
    const rows = isNew ? [] : this.stored(index, values);
    this.layers.forEach((layer, depth) => {
      layer.visit(index, values, (row) => {
        if (!this.isAbove(depth, row)) {
          rows.push(row);
        }
      });
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

  /** Whether one of the newest layers, so many of them, tells something else of a row. */
  private isAbove(depth: number, row: Row): boolean {
    for (let above = 0; above < depth; above += 1) {
      if (this.layers[above]?.rows.getFor(row) !== undefined) {
        return true;
      }
    }
    return false;
  }

  /** What the database says, without waiting: the rows of the commits under way are still in memory. */
  private stored(index: TableIndex, values: readonly Value[]): Row[] {
    this.makeIndex(index);
    return index.select.all(...values).filter((row) => !this.isAbove(this.layers.length, row));
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
      [salt + firstColumnSalt, key.slice(0, 1)],
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
    if (this.pending.rows.size === 0) {
      return [];
    }
    const rows: Row[] = [];
    const removed: (readonly Value[])[] = [];
    this.pending.rows.visit([], (row, key) => {
      if (row === null) {
        removed.push([...key]);
      } else {
        rows.push(row);
      }
    });
    this.keep(rows, removed);
    this.first = null; // said of what is in the database, while the rest is in memory: both change now
    this.layers = [new RowLayer(this.schema.key), ...this.layers.slice(0, mostCommitsUnderWay)];
    const putColumns = this.columns.map((column) => columnOf(rows, column));
    const keyColumns = this.schema.key.map((_, place) => columnOf(removed, place));
    return [
      { ...this.change.put, rows: rows.length, columns: putColumns },
      { ...this.change.remove, rows: removed.length, columns: keyColumns },
    ];
  }
}

/** No table has so many indexes. */
const firstColumnSalt = 15;

/** Rows of the widest table take some 500 bytes each. */
const mostRowsKept = 100_000;

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
