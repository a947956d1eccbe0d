/** A disk that takes no more: a clear error, and a ledger that is intact and goes on once there is room. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LedgerFullError } from '../../ledger/errors';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { runScript } from '../support/childScript';
import { rawEvents } from '../support/rawEvents';
import { collect, eventsByProducer, toHex } from '../support/readLedger';
import { temporaryFolder } from '../support/temporaryFolder';

const script = path.resolve(__dirname, '../support/ledgerScripts/appendUntilFull.ts');

describe('an embedded ledger on a disk that is full', () => {
  let folder = '';
  let remove: () => void = () => undefined;

  beforeEach(() => {
    ({ folder, remove } = temporaryFolder());
  });

  afterEach(() => {
    remove();
  });

  async function expectIntact(file: string, producer: string, acked: number): Promise<void> {
    const ledger = SqliteLedger.open(file);
    const events = eventsByProducer(await collect(ledger.read(ledger.start))).get(producer) ?? [];
    expect(events).toHaveLength(acked);
    expect(events).toEqual(rawEvents(producer, 1, acked, Buffer.alloc(1000, 1)).map(toHex));
    const more = await ledger.append(producer, acked + 1, rawEvents(producer, acked + 1, 10));
    expect(more).toMatchObject({ stored: 10 });
    await ledger.close();
  }

  it('says so at a limit on the size of files, and goes on once the limit is lifted', async () => {
    const file = path.join(folder, 'ledger.db');
    const producer = randomUUID();
    const { ended } = runScript(script, [file, producer], { maxFileBlocks: 2000 });
    const { code, lines, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [acked, name, retriable, again, readable] = JSON.parse(lines.at(-1) ?? '[]') as unknown[];
    expect({ name, retriable, again }).toEqual({ name: 'LedgerFullError', retriable: true, again: 'LedgerFullError' });
    expect(acked).toBeGreaterThan(100);
    // The process that met the full disk reads on.
    expect(readable).toBe(acked);
    expect(readdirSync(folder).filter((entry) => entry.includes('probe'))).toEqual([]);
    await expectIntact(file, producer, Number(acked));
  });

  const canMount = process.getuid?.() === 0 && existsSync('/bin/mount');
  const onTmpfs = canMount ? it : it.skip;
  onTmpfs(
    `says so on a full file system, and goes on once there is room${canMount ? '' : ' (skipped: not root)'}`,
    async () => {
      const small = path.join(folder, 'small');
      mkdirSync(small);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]);
      try {
        const ballast = path.join(small, 'ballast');
        writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024));
        const file = path.join(small, 'ledger.db');
        const producer = randomUUID();
        const ledger = SqliteLedger.open(file);
        let acked = 0;
        const error = await fill(ledger, producer, (last) => (acked = last));
        expect(error).toBeInstanceOf(LedgerFullError);
        rmSync(ballast);
        const next = rawEvents(producer, acked + 1, 10, Buffer.alloc(1000, 1));
        expect(await ledger.append(producer, acked + 1, next)).toMatchObject({ stored: 10 });
        await ledger.close();
        await expectIntact(file, producer, acked + 10);
      } finally {
        execFileSync('umount', [small]);
      }
    },
  );
});

async function fill(ledger: SqliteLedger, producer: string, onAcked: (last: number) => void): Promise<unknown> {
  for (let first = 1; ; first += 10) {
    try {
      await ledger.append(producer, first, rawEvents(producer, first, 10, Buffer.alloc(1000, 1)));
      onAcked(first + 9);
    } catch (error) {
      return error;
    }
  }
}
