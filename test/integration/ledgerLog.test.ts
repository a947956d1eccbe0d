/** The embedded ledger's write-ahead log: synced before it is believed, and never held back by a slow reader. */
import fs from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { BetterSqlite3 } from '../../ledger/sqlite/betterSqlite3';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { rawEvents } from '../support/rawEvents';
import { temporaryFolder } from '../support/temporaryFolder';

describe('the write-ahead log of an embedded ledger', () => {
  const producer = randomUUID();
  let folder = '';
  let remove: () => void = () => undefined;

  beforeEach(() => {
    ({ folder, remove } = temporaryFolder());
  });

  afterEach(() => {
    jest.restoreAllMocks();
    remove();
  });

  it('is synced when a ledger is opened that a killed process left, before anything is read from it', async () => {
    const [source, file] = [path.join(folder, 'source.db'), path.join(folder, 'left.db')];
    const ledger = SqliteLedger.open(source);
    await ledger.append(producer, 1, rawEvents(producer, 1, 3));
    fs.copyFileSync(source, file);
    fs.copyFileSync(`${source}-wal`, `${file}-wal`);
    await ledger.close();

    const opened = jest.spyOn(fs, 'openSync');
    const synced = jest.spyOn(fs, 'fsyncSync');
    const left = SqliteLedger.open(file);
    const logs = opened.mock.results.filter((_, call) => opened.mock.calls[call]?.[0] === `${file}-wal`);
    const syncedFiles = synced.mock.calls.map(([descriptor]) => descriptor);
    expect(logs.some(({ value }) => syncedFiles.includes(value as number))).toBe(true);
    expect((await left.lastSequences([producer])).get(producer)).toBe(3);
    await left.close();
  });

  it('is taken into the file while a reader lingers at a batch', async () => {
    const file = path.join(folder, 'ledger.db');
    const ledger = SqliteLedger.open(file);
    for (let first = 1; first <= 30; first += 3) {
      await ledger.append(producer, first, rawEvents(producer, first, 3));
    }
    const other = new BetterSqlite3(file);
    for await (const { firstSequence } of ledger.read(ledger.start)) {
      if (firstSequence === 4) {
        await ledger.append(producer, 31, rawEvents(producer, 31, 3));
        expect(other.pragma('wal_checkpoint(TRUNCATE)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
      }
    }
    other.close();
    await ledger.close();
  });

  it('does not outgrow its bound while a follower keeps up', async () => {
    const file = path.join(folder, 'ledger.db');
    const ledger = SqliteLedger.open(file);
    const reader = SqliteLedger.open(file);
    const stop = new AbortController();
    let seen = 0;
    const following = (async () => {
      for await (const { events } of reader.follow(reader.start, { signal: stop.signal })) {
        seen += events.length;
      }
    })();
    const batches = 400;
    for (let batch = 0; batch < batches; batch += 1) {
      await ledger.append(
        producer,
        batch * 100 + 1,
        rawEvents(producer, batch * 100 + 1, 100, Buffer.alloc(200, batch)),
      );
    }
    while (seen < batches * 100) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(fs.statSync(`${file}-wal`).size).toBeLessThan(16 * 1024 * 1024);
    stop.abort();
    await following;
    await Promise.all([ledger.close(), reader.close()]);
  });
});
