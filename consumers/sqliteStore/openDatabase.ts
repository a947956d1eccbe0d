/** The views' database file, opened for writing. */
import type Database from 'better-sqlite3';
import { BetterSqlite3 } from '../../ledger/sqlite/betterSqlite3';
import { StateStoreError } from './errors';
import { applicationId, createStoreTables, formatVersion } from './storeSchema';

/** How much of the database is kept in memory, KiB. */
const cacheKibibytes = 32 * 1024;

/**
 * Pages of 4 KiB in the write-ahead log before they are copied into the database: a page that several commits changed is
 * copied once.
 */
const pagesBetweenCheckpoints = 8192;

/** Opens the file for writing; makes it where there is none. @throws {StateStoreError} where it is something else */
export function openDatabase(file: string): Database.Database {
  const database = new BetterSqlite3(file, { timeout: 10_000 });
  try {
    if (isEmpty(database)) {
      database.pragma('journal_mode = WAL');
      // At once, so that a process killed meanwhile leaves either nothing or a state store.
      database
        .transaction(() => {
          database.exec(createStoreTables);
          database.pragma(`application_id = ${String(applicationId)}`);
          database.pragma(`user_version = ${String(formatVersion)}`);
        })
        .immediate();
    }
    checkFormat(file, database);
    // The views can be made again from the ledger, so a commit need not wait for the disk; it is never half there.
    database.pragma('synchronous = NORMAL');
    keepPagesInMemory(database);
    database.pragma(`wal_autocheckpoint = ${String(pagesBetweenCheckpoints)}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Sets how much of the database a connection keeps in memory: SQLite's own 2 MiB are little for views of gigabytes. */
export function keepPagesInMemory(database: Database.Database): void {
  database.pragma(`cache_size = -${String(cacheKibibytes)}`);
}

/** Whether nothing was ever written into a database. */
export function isEmpty(database: Database.Database): boolean {
  return database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

/** @throws {StateStoreError} where the file holds no views, or such of another format */
export function checkFormat(file: string, database: Database.Database): void {
  if (database.pragma('application_id', { simple: true }) !== applicationId) {
    throw new StateStoreError(`${file} is no file of views; name another with --views`);
  }
  const version = database.pragma('user_version', { simple: true });
  if (version !== formatVersion) {
    throw new StateStoreError(
      `${file} has format ${String(version)}, this version of tractledger reads format ${String(formatVersion)}; ` +
        `delete it and make the views again with \`tractledger project\``,
    );
  }
}
