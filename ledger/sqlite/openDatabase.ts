/** Opens the file of an embedded ledger, and creates it where there is none. */
import { createHash, randomUUID } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { errorCode } from '../../schemas/systemError';
import { BetterSqlite3 } from './betterSqlite3';
import { LedgerRefusedError } from '../errors';
import { findLogDamage, type LogDamage } from './logDamage';
import { applicationId, createTables, formatVersion } from './schema';
import { damagedError, isBusy } from './sqliteErrors';

/** An open file and the UUID of the ledger in it. */
export interface OpenDatabase {
  readonly database: Database.Database;
  readonly ledgerId: string;
  /** That commits were lost with a damaged write-ahead log, and where the log is kept; null where none were. */
  readonly lostCommits: string | null;
}

/** How long opening waits, blocking, for processes that are creating or closing the same ledger, milliseconds. */
const openTimeoutMillis = 20_000;

/** How long a single call blocks for a lock afterwards; longer waits leave the event loop free, milliseconds. */
const callTimeoutMillis = 25;

/**
 * @param mustExist whether a missing file is refused rather than created
 * @throws {LedgerRefusedError} where there is none, or the file is something else
 * @throws {LedgerDamagedError} where it does not say any more which ledger it is
 * @throws SQLite's own errors
 */
export function openDatabase(address: string, file: string, mustExist: boolean): OpenDatabase {
  if (!existsSync(file)) {
    if (mustExist) {
      throw new LedgerRefusedError(
        `there is no ledger at ${address}; check --ledger or TRACTLEDGER_URL, or write the first event to create it`,
        address,
      );
    }
    makeFolder(path.dirname(file));
    createAside(address, file);
  }
  const logDamage = findLogDamage(`${file}-wal`);
  const database = new BetterSqlite3(file, { timeout: openTimeoutMillis, readonly: isReadOnly(file) });
  try {
    const ledgerId = readLedgerId(address, database) ?? createLedger(address, database);
    configure(database);
    makeLogDurable(file);
    return { database, ledgerId, lostCommits: noteLostCommits(database, file, logDamage) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Makes a new ledger under a name of its own and then gives it its place, unless another process was first. So a file
 * at the ledger's place is always a whole ledger, whoever is killed and however many processes begin at once.
 */
function createAside(address: string, file: string): void {
  const aside = `${file}-new-${randomUUID()}`;
  try {
    const database = new BetterSqlite3(aside);
    try {
      createLedger(address, database);
    } finally {
      database.close();
    }
    linkSync(aside, file);
    sync(path.dirname(file));
  } catch (error) {
    // EEXIST: another process was first. The others: a file system without hard links, where it is created in place.
    if (!/^(EEXIST|EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(errorCode(error))) {
      throw error;
    }
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) {
      rmSync(aside + suffix, { force: true });
    }
  }
}

/** The ledger's UUID; null where the file is still empty. */
function readLedgerId(address: string, database: Database.Database): string | null {
  if (database.pragma('application_id', { simple: true }) !== applicationId) {
    const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
    if (tables !== 0) {
      throw new LedgerRefusedError(`${address} is a SQLite database but no ledger; name another file`, address);
    }
    return null;
  }
  const version = database.pragma('user_version', { simple: true });
  if (version !== formatVersion) {
    throw new LedgerRefusedError(
      `${address} has format ${String(version)}, this version of tractledger reads format ${String(formatVersion)}; ` +
        `use the version that wrote it, and relay it into a new ledger`,
      address,
    );
  }
  const row = database.prepare<[], { id: unknown; sha: unknown }>('SELECT id, id_sha256 AS sha FROM ledger').get();
  if (typeof row?.id !== 'string' || !(row.sha instanceof Buffer) || !row.sha.equals(sha256(row.id))) {
    throw damagedError({ address, file: database.name, ledgerId: null }, 'it does not say any more which ledger it is');
  }
  return row.id;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function createLedger(address: string, database: Database.Database): string {
  useWriteAheadLog(database);
  database.pragma('synchronous = FULL');
  const create = database.transaction((): string => {
    // Another process may have created it while this one waited for the lock.
    const existing = readLedgerId(address, database);
    if (existing !== null) {
      return existing;
    }
    const ledgerId = randomUUID();
    database.exec(createTables);
    database.prepare('INSERT INTO ledger VALUES (?, ?, 0, 0)').run(ledgerId, sha256(ledgerId));
    database.pragma(`user_version = ${String(formatVersion)}`);
    database.pragma(`application_id = ${String(applicationId)}`);
    return ledgerId;
  });
  return create.immediate();
}

/** Changing the journal mode takes an exclusive lock for which SQLite does not wait by itself. */
function useWriteAheadLog(database: Database.Database): void {
  const deadline = Date.now() + openTimeoutMillis;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      database.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) {
        throw error;
      }
      Atomics.wait(pause, 0, 0, 1 + Math.random() * 10);
    }
  }
}

/**
 * FULL syncs the log before a commit is visible to anyone. The automatic checkpoint stays at SQLite's 1,000 pages
 * (4 MB): less makes appends wait for more checkpoints, more gains nothing measurable and lets the log outgrow caches.
 * Where many appends follow one another, the thread of checkpointer.ts leaves it little to do.
 */
function configure(database: Database.Database): void {
  if (!database.readonly) {
    useWriteAheadLog(database);
    database.pragma('synchronous = FULL');
    database.pragma('wal_autocheckpoint = 1000');
  }
  database.pragma('cell_size_check = ON');
  database.pragma('trusted_schema = OFF');
  database.pragma('temp_store = MEMORY');
  database.pragma(`busy_timeout = ${String(callTimeoutMillis)}`);
}

/**
 * A writer killed between writing a commit to the log and syncing it leaves a commit that nobody was promised. Running
 * connections never see it, but the first connection after all others are gone recovers it from the page cache, where a
 * power cut could still take it. Syncing the log once after recovery and before anything is read, delivered or
 * acknowledged as a duplicate closes that window. The log carries no POSIX locks, so opening and closing it is safe.
 */
function makeLogDurable(file: string): void {
  const log = `${file}-wal`;
  if (existsSync(log)) {
    sync(log);
  }
}

/**
 * Where SQLite has dropped the commits behind a damaged place in the log, keeps the log: as evidence, for whoever can
 * still read something from it, and so that every later opening knows that events are missing at the end. While another
 * process has the ledger open, nothing is dropped: SQLite then goes by the index that is shared in memory.
 */
function noteLostCommits(database: Database.Database, file: string, damage: LogDamage | null): string | null {
  const kept = `${file}-damaged-wal`;
  if (damage !== null && framesInLog(database) < damage.frame && !existsSync(kept)) {
    copyFileSync(`${file}-wal`, kept);
  }
  return existsSync(kept)
    ? `its write-ahead log was damaged, and commits behind the damage, among them acknowledged events, are lost; the ` +
        `log is kept as ${kept}: relay what is readable into a new ledger and let the producers send the rest again`
    : null;
}

/** How many frames of the log SQLite takes as written. */
function framesInLog(database: Database.Database): number {
  const [row] = database.pragma('wal_checkpoint(NOOP)') as { log: number }[];
  return Math.max(0, row?.log ?? 0);
}

/** Creates a folder and makes its name durable, so that a power cut cannot take a ledger away with its folder. */
function makeFolder(folder: string): void {
  const firstCreated = mkdirSync(folder, { recursive: true });
  if (firstCreated !== undefined) {
    for (let created = folder; created.length >= firstCreated.length; created = path.dirname(created)) {
      sync(path.dirname(created));
    }
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function isReadOnly(file: string): boolean {
  if (!existsSync(file)) {
    return false;
  }
  try {
    accessSync(file, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}
