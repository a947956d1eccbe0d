/** One view in the store: its tables, its checkpoint and its marks, which change in one transaction. */
import type Database from 'better-sqlite3';
import type { Position, ProducerId } from '../../ledger/port';
import type { Projection, Row, Table, TableSchema, Tables, Value } from '../../projections';
import { columnOf, type Change } from './changes';
import { quoted, SqliteTable, type PutHistory } from './sqliteTable';

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

  /**
   * @param history where the view is empty: remembers what is put into it
   * @param settle waits until the database holds what was last taken
   */
  constructor(
    database: Database.Database,
    readonly projection: Projection,
    readonly place: Place,
    progress: ViewProgress,
    history: PutHistory | null,
    settle: () => void,
  ) {
    this.checkpoint = progress.checkpoint;
    this.events = progress.events;
    this.selectMark = database.prepare(
      'SELECT sequence FROM marks WHERE projection = ? AND place = ? AND producer = ?',
    );
    projection.tables.forEach((schema, number) => {
      const salt = saltOf(projection.name) + 16 * number;
      const options = { physicalName: physicalName(schema.name, place), history, salt, settle };
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

  /** Everything that a commit is to write; from here on it counts as written. */
  takeChanges(): Change[] {
    const { name } = this.projection;
    const changes = [...this.tables.values()].flatMap((table) => table.takeChanges());
    const marks = [...this.changedMarks].map((producer) => [name, this.place, producer, this.marks.get(producer) ?? 0]);
    this.forgetMarks();
    const setAside = this.setAside
      .splice(0)
      .map(({ producer, sequence, fingerprint, position }) => [
        name,
        this.place,
        producer,
        sequence,
        fingerprint,
        position,
      ]);
    return [
      ...changes,
      putting('marks', 4, marks),
      putting('quarantine', 6, setAside),
      {
        sql: 'UPDATE projections SET checkpoint = ?, events = ? WHERE name = ? AND place = ?',
        afterRows: null,
        rows: 1,
        columns: [this.checkpoint, this.events, name, this.place],
      },
    ];
  }

  /** Memory does not grow with the number of producers: marks taken before are in the table by now. */
  private forgetMarks(): void {
    if (this.marks.size > maxMarksHeld) {
      for (const producer of this.marks.keys()) {
        if (!this.changedMarks.has(producer)) {
          this.marks.delete(producer);
        }
      }
    }
    this.changedMarks.clear();
  }
}

const maxMarksHeld = 10_000;

function putting(table: string, width: number, rows: readonly (readonly Value[])[]): Change {
  const columns = Array.from({ length: width }, (_, place) => columnOf(rows, place));
  return { sql: `INSERT OR REPLACE INTO ${table} VALUES`, afterRows: '', rows: rows.length, columns };
}

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
