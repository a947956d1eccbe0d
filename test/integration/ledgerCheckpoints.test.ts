/** Checkpoints on a thread of their own, which only compiled code has: in processes that run a transpiled copy. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { collect, eventsByProducer } from '../support/readLedger';
import { temporaryFolder } from '../support/temporaryFolder';
import { transpiledCopy } from '../support/transpiledCopy';

jest.setTimeout(180_000);

const scripts = 'test/support/ledgerScripts';
const copy = transpiledCopy(['schemas', 'schemas/generated', 'ledger', 'ledger/sqlite', 'test/support', scripts]);
const { folder, remove } = temporaryFolder();

afterAll(() => {
  copy.remove();
  remove();
});

const producers = ['8d5f2f51-5a0c-4d0a-9a53-0e6f3c1f5a01', '8d5f2f51-5a0c-4d0a-9a53-0e6f3c1f5a02'] as const;
/** 30 MB, of which the thread is there for most. */
const batches = 150;

function appendMuch(file: string, producer: string, count: number): ChildProcess {
  const script = path.join(copy.root, scripts, 'appendMuch.js');
  const env = { ...process.env, ...copy.env };
  return spawn(process.execPath, [script, file, producer, String(count)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function linesOf(child: ChildProcess, enough = Infinity): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    lines.push(line);
    if (lines.length >= enough) {
      break;
    }
  }
  return lines;
}

async function eventsIn(file: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const ledger = SqliteLedger.open(file, { mustExist: true });
  try {
    return eventsByProducer(await collect(ledger.read(ledger.start)));
  } finally {
    await ledger.close();
  }
}

test('two processes that append much keep every event, and closing ends the thread and takes the log in', async () => {
  const file = path.join(folder, 'two.db');
  const ends = await Promise.all(
    producers.map(async (producer) => {
      const child = appendMuch(file, producer, batches);
      const ended = once(child, 'exit');
      return { lines: await linesOf(child), end: await ended };
    }),
  );
  for (const { lines, end } of ends) {
    expect(end).toEqual([0, null]);
    const [, before = '0', after = '0'] = lines.at(-1)?.split(' ') ?? [];
    expect(Number(after)).toBeLessThan(Number(before));
  }
  expect(readdirSync(folder)).toEqual(['two.db']);
  const events = await eventsIn(file);
  expect(producers.map((producer) => events.get(producer)?.length)).toEqual([10 * batches, 10 * batches]);
});

test('a process killed while its thread is at work has lost nothing that it acknowledged, and goes on', async () => {
  const file = path.join(folder, 'killed.db');
  const [producer] = producers;
  for (const linesBeforeDeath of [60, 71, 82]) {
    const child = appendMuch(file, producer, 10_000);
    const ended = once(child, 'exit');
    const lines = await linesOf(child, linesBeforeDeath);
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    const acked = Number(lines.at(-1)?.split(' ')[1]);
    expect((await eventsIn(file)).get(producer)?.length).toBeGreaterThanOrEqual(acked);
  }
});
