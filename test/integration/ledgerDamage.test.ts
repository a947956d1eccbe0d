/** Bytes that changed on the disk are found and named, and what is undamaged stays readable. */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { LedgerDamagedError, LedgerRefusedError } from '../../ledger/errors';
import type { LedgerDamage } from '../../ledger/port';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { rawEvent, rawEvents } from '../support/rawEvents';
import { collect, toHex } from '../support/readLedger';
import { temporaryFolder } from '../support/temporaryFolder';

const producers = [randomUUID(), randomUUID(), randomUUID()];
const batchesEach = 30;
const eventsPerBatch = 4;
const eventsEach = batchesEach * eventsPerBatch;
const pageBytes = 4096;
/** The file's own header and schema, and the page that says which ledger it is: without them nothing can be opened. */
const unreadableBytes = 2 * pageBytes;

/** What reading a damaged ledger gave. */
interface Reading {
  readonly delivered: ReadonlyMap<string, string>;
  readonly damages: readonly LedgerDamage[];
}

describe('an embedded ledger whose file was damaged', () => {
  const { folder, remove } = temporaryFolder();
  const whole = path.join(folder, 'whole.db');
  const file = path.join(folder, 'damaged.db');
  let fileBytes = 0;
  const expected = new Map<string, string>();

  beforeAll(async () => {
    const ledger = SqliteLedger.open(whole);
    for (let batch = 0; batch < batchesEach; batch += 1) {
      for (const producer of producers) {
        const first = batch * eventsPerBatch + 1;
        const events = rawEvents(producer, first, eventsPerBatch, filling(producer, batch));
        await ledger.append(producer, first, events);
        events.forEach((event, index) => expected.set(`${producer}/${String(first + index)}`, toHex(event)));
      }
    }
    await ledger.close();
    fileBytes = readFileSync(whole).length;
  });

  beforeEach(() => {
    rmSync(`${file}-wal`, { force: true });
    rmSync(`${file}-damaged-wal`, { force: true });
    copyFileSync(whole, file);
  });

  afterAll(remove);

  /** @param mayRefuse whether the damage may leave nothing that can be opened */
  async function expectNothingSilent(mayRefuse: boolean): Promise<void> {
    let reading: Reading;
    try {
      reading = await readAll(file);
    } catch (error) {
      expect(mayRefuse).toBe(true);
      expect([LedgerDamagedError, LedgerRefusedError].some((kind) => error instanceof kind)).toBe(true);
      return;
    }
    const { delivered, damages } = reading;
    for (const [name, event] of delivered) {
      expect(event).toBe(expected.get(name));
    }
    const unnamed = damages.some(({ producer }) => producer === null);
    const silent = [...expected.keys()].filter((name) => !unnamed && !delivered.has(name) && !isNamed(damages, name));
    expect(silent).toEqual([]);
  }

  it('names the producer and the events of a flipped byte, and reads everything else', async () => {
    const [producer = ''] = producers;
    flip(file, readFileSync(file).indexOf(Buffer.from(rawEvent(producer, 42, filling(producer, 10)))) + 60);
    const { delivered, damages } = await readAll(file);
    expect(damages).toHaveLength(1);
    expect(damages[0]).toMatchObject({ producer, firstSequence: 41, lastSequence: 44 });
    expect(damages[0]?.message).toContain('SHA-256');
    expect(delivered.size).toBe(3 * eventsEach - 4);
  });

  it('stops at damage when the reader did not ask for it to be reported', async () => {
    const [producer = ''] = producers;
    flip(file, readFileSync(file).indexOf(Buffer.from(rawEvent(producer, 42, filling(producer, 10)))) + 60);
    const ledger = SqliteLedger.open(file);
    await expect(collect(ledger.read(ledger.start))).rejects.toMatchObject({
      name: 'LedgerDamagedError',
      retriable: false,
      damage: { producer, firstSequence: 41, lastSequence: 44 },
    });
    await expect(ledger.append(producer, 42, rawEvents(producer, 42, 1))).rejects.toBeInstanceOf(LedgerDamagedError);
    const next = rawEvents(producer, eventsEach + 1, 2);
    expect(await ledger.append(producer, eventsEach + 1, next)).toMatchObject({ stored: 2 });
    await ledger.close();
  });

  it('lets a reader go on behind the damage from the position it is given', async () => {
    const [producer = ''] = producers;
    flip(file, readFileSync(file).indexOf(Buffer.from(rawEvent(producer, 42, filling(producer, 10)))) + 60);
    const ledger = SqliteLedger.open(file);
    const error = await collect(ledger.read(ledger.start)).catch((reason: unknown) => reason);
    const { position } = (error as LedgerDamagedError).damage;
    const rest = await collect(ledger.read(position));
    expect(rest.reduce((sum, { events }) => sum + events.length, 0)).toBe(3 * eventsEach - 31 * eventsPerBatch);
    await ledger.close();
  });

  it('never delivers a changed event and never passes over a lost one, whichever byte was flipped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(fileBytes - 1), fc.integer({ min: 1, max: 255 }), async (offset, mask) => {
        copyFileSync(whole, file);
        flip(file, offset, mask);
        await expectNothingSilent(offset < unreadableBytes);
      }),
      { numRuns: 150 },
    );
  });

  it('accounts for every event when whole pages are overwritten', async () => {
    const lastPage = Math.floor(fileBytes / pageBytes) - 1;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 2, max: lastPage }), { minLength: 1, maxLength: 3 }),
        fc.nat(255),
        async (pages, value) => {
          copyFileSync(whole, file);
          for (const page of pages) {
            overwrite(file, page * pageBytes, Buffer.alloc(pageBytes, value));
          }
          // Page 3 is the root of the batches' index, which stands in where their own tree is broken: at its root, page 2,
          // or at its last leaf, which tells where the ledger ends.
          await expectNothingSilent(pages.includes(3) && pages.length > 1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('accounts for every event when the file was cut short', async () => {
    for (const part of [0.9, 0.5, 0.2]) {
      copyFileSync(whole, file);
      truncateSync(file, Math.floor(fileBytes * part));
      await expectNothingSilent(true);
    }
  });

  it('says that a file is no ledger any more when its first page is gone', () => {
    overwrite(file, 0, Buffer.alloc(pageBytes, 0xaa));
    expect(() => SqliteLedger.open(file)).toThrow(LedgerDamagedError);
  });

  describe('when its write-ahead log, left by a killed process, was damaged', () => {
    const log = `${file}-wal`;

    /** Copies a ledger with the log as it is while it is open: what kill -9 leaves. */
    async function leaveLog(): Promise<void> {
      rmSync(`${file}-damaged-wal`, { force: true });
      const source = path.join(folder, `${randomUUID()}.db`);
      const ledger = SqliteLedger.open(source);
      for (let first = 1; first <= 30; first += 3) {
        await ledger.append(producers[0] ?? '', first, rawEvents(producers[0] ?? '', first, 3));
      }
      copyFileSync(source, file);
      copyFileSync(`${source}-wal`, log);
      await ledger.close();
    }

    it('reads it whole when nothing happened to it', async () => {
      await leaveLog();
      expect((await readAll(file)).delivered.size).toBe(30);
    });

    it('reads what lies before the damage, reports that the rest is lost, and takes no more events', async () => {
      await leaveLog();
      flip(log, Math.floor(readFileSync(log).length / 2));
      for (const opening of ['first', 'later']) {
        const { delivered, damages } = await readAll(file);
        expect({ opening, lost: delivered.size < 30 && delivered.size > 0 }).toEqual({ opening, lost: true });
        expect(damages.map(({ message }) => message)).toEqual([expect.stringContaining('-damaged-wal')]);
      }
      const ledger = SqliteLedger.open(file);
      await expect(ledger.append(randomUUID(), 1, [])).rejects.toBeInstanceOf(LedgerDamagedError);
      await expect(collect(ledger.read(ledger.start))).rejects.toBeInstanceOf(LedgerDamagedError);
      await ledger.close();
    });

    it('tells a follower once', async () => {
      await leaveLog();
      flip(log, Math.floor(readFileSync(log).length / 2));
      const ledger = SqliteLedger.open(file);
      const damages: LedgerDamage[] = [];
      const stop = new AbortController();
      const onDamage = (damage: LedgerDamage): void => void damages.push(damage);
      const following = collect(ledger.follow(ledger.start, { signal: stop.signal, onDamage }));
      while (damages.length === 0) {
        await sleep(5);
      }
      // Several rounds of looking for more.
      await sleep(200);
      stop.abort();
      expect((await following).length).toBeGreaterThan(0);
      expect(damages).toHaveLength(1);
      await ledger.close();
    });

    it('finds every flipped byte but in the last commit, which looks like the torn end a crash leaves', async () => {
      await leaveLog();
      const [wholeFile, wholeLog] = [readFileSync(file), readFileSync(log)];
      const lastCommitBytes = 3 * (pageBytes + 24);
      await fc.assert(
        fc.asyncProperty(fc.nat(wholeLog.length - lastCommitBytes - 1), async (offset) => {
          rmSync(`${file}-damaged-wal`, { force: true });
          writeFileSync(file, wholeFile);
          writeFileSync(log, wholeLog);
          flip(log, offset);
          const reading = await readAll(file).catch((error: unknown) => error);
          const silent = !(reading instanceof LedgerDamagedError) && (reading as Reading).damages.length === 0;
          expect(silent && (reading as Reading).delivered.size < 30).toBe(false);
        }),
        { numRuns: 150 },
      );
    });

    it('takes the torn end that a crash leaves for what it is', async () => {
      await leaveLog();
      truncateSync(log, readFileSync(log).length - 100);
      const { delivered, damages } = await readAll(file);
      expect(damages).toEqual([]);
      expect(delivered.size).toBe(27);
    });
  });

  it('refuses a position that lies behind its end, as after an older copy was put back', async () => {
    const ledger = SqliteLedger.open(file);
    const { end } = await ledger.append(
      producers[0] ?? '',
      eventsEach + 1,
      rawEvents(producers[0] ?? '', eventsEach + 1, 1),
    );
    await ledger.close();
    copyFileSync(whole, file);
    const older = SqliteLedger.open(file);
    await expect(collect(older.read(end))).rejects.toThrow(/older copy/);
    await expect(collect(older.follow(end, { signal: new AbortController().signal }))).rejects.toThrow(/older copy/);
    await older.close();
  });
});

function filling(producer: string, batch: number): string {
  return `${producer} in batch ${String(batch)} `.repeat(5 + ((batch * 7) % 30));
}

function flip(file: string, offset: number, mask = 0xff): void {
  overwrite(file, offset, Buffer.from([(readFileSync(file)[offset] ?? 0) ^ mask]));
}

function overwrite(file: string, offset: number, bytes: Buffer): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, offset);
  closeSync(descriptor);
}

async function readAll(file: string): Promise<Reading> {
  const ledger = SqliteLedger.open(file);
  try {
    const damages: LedgerDamage[] = [];
    const delivered = new Map<string, string>();
    for await (const batch of ledger.read(ledger.start, { onDamage: (damage) => damages.push(damage) })) {
      batch.events.forEach((event, index) => {
        const name = `${batch.producer}/${String(batch.firstSequence + index)}`;
        expect(delivered.has(name)).toBe(false);
        delivered.set(name, toHex(event));
      });
    }
    return { delivered, damages };
  } finally {
    await ledger.close();
  }
}

/** Whether a lost event, `producer/sequence`, lies in a stretch that was reported. */
function isNamed(damages: readonly LedgerDamage[], name: string): boolean {
  const [lostProducer, lost] = name.split('/');
  return damages.some(
    ({ producer, firstSequence, lastSequence }) =>
      producer === lostProducer && (firstSequence ?? 0) <= Number(lost) && (lastSequence ?? 0) >= Number(lost),
  );
}
