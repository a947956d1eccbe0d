/** One view in the store: its tables, its checkpoint and its marks, which change in one transaction. */
import type Database from 'better-sqlite3';
import type { Position, ProducerId } from '../../ledger/port';
import type { Projection, Row, Table, TableSchema, Tables } from '../../projections';
import type { KeySet } from './keySet';
import { quoted, SqliteTable } from './sqliteTable';

/** The view that is read, or one that is being made beside it. */
export type Place = 'live' | 'next';

/** How far a view is. */
export interface ViewProgress {
  readonly version: number;
  /** The position up to which it is complete; null before the first commit. */
  readonly checkpoint: Position | null;
  /** How many events it has taken in. */
  readonly events: number;
}

/** An event that no schema here can read, set aside. */
export interface QuarantinedEvent {
  readonly producer: ProducerId;
  readonly sequence: number;
  readonly fingerprint: string;
  readonly position: Position;
}

/** See the file's head. */
export class ViewState implements Tables {
  private readonly tables = new Map<string, SqliteTable>();
  private readonly marks = new Map<ProducerId, number>();
  private readonly changedMarks = new Set<ProducerId>();
  private readonly setAside: QuarantinedEvent[] = [];
  private checkpoint: Position | null;
  private events: number;
  private readonly selectMark: Database.Statement<string[], { sequence: number }>;

  /** @param everPut where the view is empty: remembers every key, so that the database is not asked in vain */
  constructor(
    private readonly database: Database.Database,
    readonly projection: Projection,
    readonly place: Place,
    progress: ViewProgress,
    everPut: KeySet | null,
  ) {
    this.checkpoint = progress.checkpoint;
    this.events = progress.events;
    this.selectMark = database.prepare(
      'SELECT sequence FROM marks WHERE projection = ? AND place = ? AND producer = ?',
    );
    projection.tables.forEach((schema, number) => {
      const salt = saltOf(projection.name) + 16 * number;
      const options = { physicalName: physicalName(schema.name, place), everPut, salt };
      this.tables.set(schema.name, new SqliteTable(database, schema, options));
    });
  }

  /** Where reading goes on; null from the start. */
  get position(): Position | null {
    return this.checkpoint;
  }

  /** How many events the view has taken in, committed or not. */
  get eventCount(): number {
    return this.events;
  }

  of<R extends Row>(schema: TableSchema<R>): Table<R> {
    const table = this.tables.get(schema.name);
    if (table === undefined) {
      throw new Error(`the projection ${this.projection.name} does not list its table ${schema.name}`);
    }
    return table as unknown as Table<R>;
  }

  /** The last sequence of a producer that the view has taken in, 0 where it has none. */
  mark(producer: ProducerId): number {
    const known = this.marks.get(producer);
    if (known !== undefined) {
      return known;
    }
    const sequence = this.selectMark.get(this.projection.name, this.place, producer)?.sequence ?? 0;
    this.marks.set(producer, sequence);
    return sequence;
  }

  /** Says that events of a producer up to a sequence, and the ledger up to a position, have been taken in. */
  advance(producer: ProducerId, sequence: number, events: number, position: Position): void {
    if (events > 0) {
      this.marks.set(producer, sequence);
      this.changedMarks.add(producer);
      this.events += events;
    }
    this.checkpoint = position;
  }

  /** Remembers that the view lacks an event. */
  quarantine(event: QuarantinedEvent): void {
    this.setAside.push(event);
  }

  /** Makes the indexes that were put off while the view was made from nothing. */
  makeIndexes(): void {
    this.tables.forEach((table) => {
      table.makeIndexes();
    });
  }

  /** Writes everything, within the caller's transaction. */
  flush(): void {
    this.tables.forEach((table) => {
      table.flush();
    });
    const putMark = this.database.prepare('INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)');
    for (const producer of this.changedMarks) {
      putMark.run(this.projection.name, this.place, producer, this.marks.get(producer));
    }
    this.changedMarks.clear();
    if (this.marks.size > maxMarksHeld) {
      this.marks.clear(); // memory does not grow with the number of producers: the marks are in the table
    }
    const putAside = this.database.prepare('INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?)');
    for (const { producer, sequence, fingerprint, position } of this.setAside.splice(0)) {
      putAside.run(this.projection.name, this.place, producer, sequence, fingerprint, position);
    }
    this.database
      .prepare('UPDATE projections SET checkpoint = ?, events = ? WHERE name = ? AND place = ?')
      .run(this.checkpoint, this.events, this.projection.name, this.place);
  }
}

const maxMarksHeld = 10_000;

/** The name of a view's table in the database. */
export function physicalName(table: string, place: Place): string {
  return place === 'live' ? table : `${table}__next`;
}

/** The statements that make a view's tables; their indexes come later, see {@link SqliteTable}. */
export function createViewTables(projection: Projection, place: Place): string {
  return projection.tables
    .map((schema) => {
      const columns = Object.entries(schema.columns).map(
        ([column, type]) => `${quoted(column)} ${type.toUpperCase()}${schema.key.includes(column) ? ' NOT NULL' : ''}`,
      );
      const key = schema.key.map(quoted).join(', ');
      const name = quoted(physicalName(schema.name, place));
      return `CREATE TABLE ${name} (${columns.join(', ')}, PRIMARY KEY (${key})) WITHOUT ROWID;`;
    })
    .join('\n');
}

function saltOf(name: string): number {
  return Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7) * 1024;
}
