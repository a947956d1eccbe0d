/** Where an embedded ledger may lie, and what opening it at a wrong place says. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BetterSqlite3 } from '../../ledger/sqlite/betterSqlite3';
import { LedgerDamagedError, LedgerRefusedError, LedgerUnreachableError } from '../../ledger/errors';
import { openLedger } from '../../ledger/openLedger';
import { networkFileSystemOf, networkFileSystemRefusal } from '../../ledger/sqlite/networkFileSystem';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { rawEvents } from '../support/rawEvents';
import { collect } from '../support/readLedger';
import { temporaryFolder } from '../support/temporaryFolder';

const ext4 = 0xef53;
const nfs = 0x6969;

describe('where an embedded ledger may lie', () => {
  let folder = '';
  let remove: () => void = () => undefined;

  beforeEach(() => {
    ({ folder, remove } = temporaryFolder());
  });

  afterEach(() => {
    remove();
  });

  it.each([
    ['NFS', 0x6969],
    ['SMB2', 0xfe534d42],
    ['CIFS', 0xff534d42],
    ['CIFS', 0xff534d42 - 2 ** 32],
    ['Lustre', 0x0bd00bd0],
    ['GPFS', 0x47504653],
    ['FUSE', 0x65735546],
    ['Ceph', 0x00c36400],
    ['AFS', 0x5346414f],
    ['BeeGFS', 0x19830326],
    ['9p', 0x01021997],
  ])('is not %s (statfs type %d), and the refusal says what to do instead', (name, type) => {
    const file = path.join(folder, 'ledger.db');
    const open = (): unknown => SqliteLedger.open(file, { statfsType: () => type });
    expect(open).toThrow(LedgerRefusedError);
    expect(open).toThrow(name);
    expect(open).toThrow(/local disk.*relay/);
    expect(networkFileSystemRefusal('an outbox', file, () => type)).toContain('an outbox');
  });

  it('is a local disk', async () => {
    const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'), { statfsType: () => ext4 });
    expect(networkFileSystemOf(folder)).toBeNull();
    await ledger.close();
  });

  it('is decided by the nearest folder that exists', () => {
    const asked: string[] = [];
    const typeOf = (existing: string): number => {
      asked.push(existing);
      if (existing !== folder) {
        throw Object.assign(new Error('not there'), { code: 'ENOENT' });
      }
      return nfs;
    };
    expect(networkFileSystemOf(path.join(folder, 'a', 'b', 'ledger.db'), typeOf)).toBe('NFS');
    expect(asked).toEqual([
      path.join(folder, 'a', 'b', 'ledger.db'),
      path.join(folder, 'a', 'b'),
      path.join(folder, 'a'),
      folder,
    ]);
  });

  it('may be a folder that has to be made first', async () => {
    const ledger = await openLedger(`sqlite:${path.join(folder, 'new', 'deeper', 'ledger.db')}`);
    expect(await collect(ledger.read(ledger.start))).toEqual([]);
    await ledger.close();
  });

  it('may be behind a symbolic link: both names are the same ledger', async () => {
    const file = path.join(folder, 'ledger.db');
    const link = path.join(folder, 'link.db');
    const ledger = SqliteLedger.open(file);
    symlinkSync(file, link);
    const linked = SqliteLedger.open(link);
    expect(linked.start).toBe(ledger.start);
    await Promise.all([ledger.close(), linked.close()]);
  });

  it('must exist where that is asked for, and is not created then', async () => {
    const url = `sqlite:${path.join(folder, 'absent.db')}`;
    await expect(openLedger(url, { mustExist: true })).rejects.toThrow(/no ledger at/);
    await expect(openLedger(url, { mustExist: true })).rejects.toBeInstanceOf(LedgerRefusedError);
  });

  it('is not another SQLite database', () => {
    const file = path.join(folder, 'other.db');
    const other = new BetterSqlite3(file);
    other.exec('CREATE TABLE something (x)');
    other.close();
    expect(() => SqliteLedger.open(file)).toThrow(/no ledger/);
    expect(() => SqliteLedger.open(file)).toThrow(LedgerRefusedError);
  });

  it('is not a ledger of another format', async () => {
    const file = path.join(folder, 'ledger.db');
    await SqliteLedger.open(file).close();
    const database = new BetterSqlite3(file);
    database.pragma('user_version = 99');
    database.close();
    expect(() => SqliteLedger.open(file)).toThrow(/format 99/);
  });

  it('is not a text file', () => {
    const file = path.join(folder, 'notes.txt');
    writeFileSync(file, 'campaign notes\n'.repeat(1000));
    expect(() => SqliteLedger.open(file)).toThrow(LedgerDamagedError);
  });

  it('is not a folder', () => {
    mkdirSync(path.join(folder, 'ledger.db'));
    expect(() => SqliteLedger.open(path.join(folder, 'ledger.db'))).toThrow(LedgerRefusedError);
  });

  it('stays where it is while it is open: a removed or replaced file is noticed', async () => {
    const file = path.join(folder, 'ledger.db');
    const producer = randomUUID();
    const ledger = SqliteLedger.open(file);
    await ledger.append(producer, 1, rawEvents(producer, 1, 1));
    // The check is made every few milliseconds, not at every append.
    await sleep(50);
    renameSync(file, `${file}.old`);
    await expect(ledger.append(producer, 2, rawEvents(producer, 2, 1))).rejects.toBeInstanceOf(LedgerUnreachableError);
    writeFileSync(file, '');
    await expect(ledger.append(producer, 2, rawEvents(producer, 2, 1))).rejects.toThrow(/replaced/);
    const { signal } = new AbortController();
    await expect(collect(ledger.follow(ledger.start, { signal }))).rejects.toThrow(/replaced/);
    rmSync(file);
    renameSync(`${file}.old`, file);
    expect(await ledger.append(producer, 2, rawEvents(producer, 2, 1))).toMatchObject({ stored: 1 });
    await ledger.close();
  });

  it('says when other processes hold the lock for too long, and takes the append once they are done', async () => {
    const file = path.join(folder, 'ledger.db');
    const producer = randomUUID();
    const ledger = SqliteLedger.open(file, { lockTimeoutMillis: 100 });
    const other = new BetterSqlite3(file);
    other.exec('BEGIN IMMEDIATE');
    const blocked = ledger.append(producer, 1, rawEvents(producer, 1, 1));
    await expect(blocked).rejects.toBeInstanceOf(LedgerUnreachableError);
    await expect(blocked).rejects.toMatchObject({ retriable: true });
    const waiting = ledger.append(producer, 1, rawEvents(producer, 1, 1));
    other.exec('ROLLBACK');
    other.close();
    expect(await waiting).toMatchObject({ stored: 1 });
    await ledger.close();
  });
});

describe('the URL of a ledger', () => {
  it.each([
    ['kafka://broker:9092', /kafka:\/\/host:port/],
    ['kafka://broker/events', /is no broker/],
    ['esdb://host:2113', /not in this version/],
    ['sqlite:', /names no file/],
    ['sqlite::memory:', /names no file/],
    ['postgres://host/db', /sqlite:PATH/],
    ['ledger.db', /sqlite:PATH/],
  ])('%s is refused with what to write instead', async (url, message) => {
    await expect(openLedger(url)).rejects.toBeInstanceOf(LedgerRefusedError);
    await expect(openLedger(url)).rejects.toThrow(message);
  });

  it('never shows its password', async () => {
    for (const url of ['kafka://me:secret@broker:9092/events', 'esdb://me:secret@host', 'other://me:secret@host']) {
      const error: unknown = await openLedger(url).catch((reason: unknown) => reason);
      expect(JSON.stringify([String(error), (error as LedgerRefusedError).address])).not.toContain('secret');
    }
  });
});
