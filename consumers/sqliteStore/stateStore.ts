/** The views' database: ordinary SQL tables that any SQLite tool can read while the projector runs. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { errorCode, errorMessage } from '../../schemas/systemError';
import { BetterSqlite3 } from '../../ledger/sqlite/betterSqlite3';
import { networkFileSystemRefusal } from '../../ledger/sqlite/networkFileSystem';
import { digestView, type AnyTableSchema, type Projection, type Row } from '../../projections';
import { BackgroundWriter } from './backgroundWriter';
import { ChangeWriter } from './changes';
import { StateStoreBusyError, StateStoreError } from './errors';
import { keyBits } from './keySet';
import { checkFormat, isEmpty, keepPagesInMemory, openDatabase } from './openDatabase';
import { RowReader } from './rowReader';
import { quoted, type PutHistory } from './sqliteTable';
import { ValuesSeen } from './valuesSeen';
import {
  createViewTables,
  physicalName,
  ViewState,
  type Place,
  type QuarantinedEvent,
  type ViewProgress,
} from './viewState';

export type { QuarantinedEvent };

const keyBitsBytes = 16 * 1024 * 1024;

/** See the file's head. */
export class StateStore {
  private history: PutHistory | null = null;
  private readonly writer: ChangeWriter;
  private background: BackgroundWriter | null = null;

  private constructor(
    readonly file: string,
    private readonly database: Database.Database,
    private readonly lock: Database.Database | null,
  ) {
    this.writer = new ChangeWriter(database);
  }

  /**
   * Opens the views for writing, as their only writer, and makes the file where there is none.
   * @throws {StateStoreBusyError} while another process writes them, {@link StateStoreError} where they cannot be used
   */
  static openForWriting(file: string): StateStore {
    const refusal = networkFileSystemRefusal('the views', file);
    if (refusal !== null) {
      throw new StateStoreError(refusal);
    }
    return opening(file, () => {
      mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
      const lock = lockWriters(file);
      try {
        return new StateStore(file, openDatabase(file), lock);
      } catch (error) {
        lock.close();
        throw error;
      }
    });
  }

  /** Opens the views for reading; they may be written by another process meanwhile. */
  static openForReading(file: string): StateStore {
    if (!existsSync(file)) {
      throw noViews(file);
    }
    return opening(file, () => {
      const database = new BetterSqlite3(file, { readonly: true });
      try {
        if (isEmpty(database)) {
          throw noViews(file); // another process is about to make them
        }
        checkFormat(file, database);
        keepPagesInMemory(database);
        return new StateStore(file, database, null);
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  /** How far a view is, or undefined where it has never been begun. */
  progress(name: string, place: Place = 'live'): ViewProgress | undefined {
    return this.database
      .prepare<string[], ViewProgress>(
        'SELECT version, checkpoint, events FROM projections WHERE name = ? AND place = ?',
      )
      .get(name, place);
  }

  /**
   * A view to fold into; its tables are made where there are none.
   * @throws {StateStoreError} where what is there was made by another version of the projection
   */
  view(projection: Projection, place: Place): ViewState {
    const known = this.progress(projection.name, place);
    if (known !== undefined && known.version !== projection.version) {
      throw new StateStoreError(
        `the view ${projection.name} in ${this.file} has version ${String(known.version)}, ` +
          `this is version ${String(projection.version)}; make it anew with \`tractledger rebuild\``,
      );
    }
    const settle = (): void => {
      this.settle();
    };
    if (known !== undefined) {
      return new ViewState(this.database, projection, place, known, null, settle);
    }
    const progress = { version: projection.version, checkpoint: null, events: 0 };
    this.transaction(() => {
      this.remove(projection, place);
      this.database.exec(createViewTables(projection, place));
      const tables = JSON.stringify(projection.tables.map((schema) => physicalName(schema.name, place)));
      this.database
        .prepare('INSERT INTO projections VALUES (?, ?, ?, NULL, 0, ?)')
        .run(projection.name, place, projection.version, tables);
    });
    this.history ??= { keys: keyBits(keyBitsBytes), values: new ValuesSeen() };
    return new ViewState(this.database, projection, place, progress, this.history, settle);
  }

  /** Throws away a view and how far it was. */
  drop(projection: Projection, place: Place): void {
    this.transaction(() => {
      this.remove(projection, place);
    });
  }

  /** Lets the views made beside the live ones take their place, all at once. */
  swap(projections: readonly Projection[]): void {
    this.transaction(() => {
      // All of the old first: a table may have moved from one view to another.
      for (const projection of projections) {
        this.remove(projection, 'live');
      }
      for (const { name, tables } of projections) {
        for (const { name: table } of tables) {
          this.database.exec(`ALTER TABLE ${quoted(physicalName(table, 'next'))} RENAME TO ${quoted(table)}`);
        }
        this.database
          .prepare(`UPDATE projections SET place = 'live', tables = ? WHERE name = ?`)
          .run(JSON.stringify(tables.map((schema) => schema.name)), name);
        this.database.prepare(`UPDATE marks SET place = 'live' WHERE projection = ?`).run(name);
        this.database.prepare(`UPDATE quarantine SET place = 'live' WHERE projection = ?`).run(name);
      }
    });
  }

  /**
   * Writes what views have gathered, all of it or nothing.
   * @param how in the background the rows are written while the caller goes on: for many commits one after the other
   * @throws what writing met; of a commit in the background the next commit tells
   */
  commit(views: readonly ViewState[], how: 'now' | 'inBackground'): void {
    const changes = views.flatMap((view) => view.takeChanges());
    if (how === 'inBackground') {
      this.background ??= BackgroundWriter.start(this.file);
    } else {
      this.settle();
    }
    if (how === 'now' || this.background === null) {
      this.writer.write(changes);
    } else {
      this.background.write(changes);
    }
  }

  private transaction(write: () => void): void {
    this.settle();
    this.database.transaction(write).immediate();
  }

  /** Waits for the commit in the background, if there is one. @throws what it met */
  private settle(): void {
    this.background?.settle();
  }

  /** Every event that a live view lacks because it was set aside. While there is one, digests do not hold. */
  quarantined(): QuarantinedEvent[] {
    return this.database
      .prepare<[], QuarantinedEvent>(
        `SELECT DISTINCT producer, sequence, fingerprint, position FROM quarantine WHERE place = 'live' ORDER BY producer, sequence`,
      )
      .all();
  }

  /** A view's digest as of one commit, see {@link digestView}. */
  digest(projection: Projection, place: Place = 'live'): string {
    return this.snapshot(() => digestView(projection, (schema) => this.rowsByKey(schema, place)));
  }

  /** A question in SQL to the live views. */
  query<Result>(sql: string, parameters: Readonly<Record<string, string | number | null>> = {}): Result[] {
    return this.reader<Result>(sql).all(parameters);
  }

  /** One question asked many times with other values, in the order of its question marks. */
  prepared<Result>(sql: string): (...values: readonly (string | number | null)[]) => Result[] {
    const reader = this.reader<Result>(sql);
    return (...values) => reader.all(...values);
  }

  /** As {@link prepared}, each row as the list of its columns: for many rows, which make smaller values that way. */
  preparedRows<Result extends readonly unknown[]>(
    sql: string,
  ): (...values: readonly (string | number | null)[]) => Result[] {
    const statement = this.database.prepare<(string | number | null)[], Result>(sql).raw();
    return (...values) => statement.all(...values);
  }

  private reader<Result>(sql: string): RowReader<Result> {
    return new RowReader(this.database.prepare(sql));
  }

  /** Runs several questions on one state of the views, whatever is committed meanwhile. */
  snapshot<Result>(read: () => Result): Result {
    return this.database.transaction(read).deferred();
  }

  close(): void {
    this.background?.close();
    this.database.close();
    this.lock?.close();
  }

  private rowsByKey(schema: AnyTableSchema, place: Place): Iterable<Row> {
    const table = quoted(physicalName(schema.name, place));
    return this.database
      .prepare<[], Row>(`SELECT * FROM ${table} ORDER BY ${schema.key.map(quoted).join(', ')}`)
      .iterate();
  }

  /** Takes away a view's tables, also those that only the version that made them had, and all that is known of it. */
  private remove(projection: Projection, place: Place): void {
    const made = this.database
      .prepare<string[], string>('SELECT tables FROM projections WHERE name = ? AND place = ?')
      .pluck()
      .get(projection.name, place);
    const names = projection.tables.map((schema) => physicalName(schema.name, place));
    for (const name of new Set([...names, ...(JSON.parse(made ?? '[]') as string[])])) {
      this.database.exec(`DROP TABLE IF EXISTS ${quoted(name)}`);
    }
    this.database.prepare('DELETE FROM projections WHERE name = ? AND place = ?').run(projection.name, place);
    this.database.prepare('DELETE FROM marks WHERE projection = ? AND place = ?').run(projection.name, place);
    this.database.prepare('DELETE FROM quarantine WHERE projection = ? AND place = ?').run(projection.name, place);
  }
}

function noViews(file: string): StateStoreError {
  return new StateStoreError(`there are no views at ${file}; make them with \`tractledger project\``);
}

/** Held as long as the process lives, kill -9 included: the system lets go of a dead process's file locks. */
function lockWriters(file: string): Database.Database {
  const lock = new BetterSqlite3(`${file}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (errorCode(error) === 'SQLITE_BUSY') {
      throw new StateStoreBusyError(`the views at ${file} are kept up to date by another process at the moment`);
    }
    throw error;
  }
}

function opening<Result>(file: string, open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    if (error instanceof StateStoreError) {
      throw error;
    }
    throw new StateStoreError(`the views at ${file} cannot be opened: ${errorMessage(error)}`, { cause: error });
  }
}
