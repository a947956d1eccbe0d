/**
 * The whole HSC RC1 simulation through Kafka, projected live by another process, then into an embedded ledger: the
 * digests of the views must be equal. The processes are the compiled command. Prints a line of JSON; ends with 1 where a
 * digest differs.
 *
 *   npm run build && node -r ./scripts/typescript.cjs bench/kafkaCampaign.ts [SCALE]
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { queryLag } from '../consumers/queries/lag';
import { StateStore } from '../consumers/sqliteStore/stateStore';
import { openLedger } from '../ledger/openLedger';
import { startKafka } from '../test/support/kafkaBroker';
import { temporaryFolder } from '../test/support/temporaryFolder';

const command = path.resolve(__dirname, '../dist/cli/main.js');

/** Runs the command to its end. @returns what it printed, and how long it took */
async function run(argv: readonly string[]): Promise<{ printed: Record<string, unknown>; seconds: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, [command, ...argv, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Error(`tractledger ${argv.join(' ')} ended with exit code ${String(code)}`);
  }
  const seconds = (performance.now() - began) / 1000;
  return { printed: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>, seconds };
}

/** Resolves once views that another process keeps hold all of a ledger to which nobody appends any more. */
async function untilWhole(url: string, file: string): Promise<void> {
  const ledger = await openLedger(url);
  const views = StateStore.openForReading(file);
  while ((await queryLag(views, ledger)).lagEvents !== 0) {
    await sleep(100);
  }
  views.close();
  await ledger.close();
}

async function digestsOf(options: readonly string[]): Promise<string> {
  const { printed } = await run(['digest', '--no-project', ...options]);
  return JSON.stringify(printed['views']);
}

async function throughKafka(folder: string, scale: string): Promise<Record<string, unknown>> {
  const cluster = await startKafka();
  try {
    const url = cluster.url(`bench-${randomUUID()}`, 'partitions=12');
    const file = path.join(folder, 'kafka.db');
    const [ledger, views] = [
      ['--ledger', url],
      ['--views', file],
    ];
    const follow = ['project', '--follow', '--make-ledger', ...ledger, ...views];
    const projector = spawn(process.execPath, [command, ...follow], { stdio: 'ignore' });
    const began = performance.now();
    const { printed, seconds } = await run(['simulate', 'hsc-rc1', '--scale', scale, ...ledger]);
    await untilWhole(url, file);
    const wholeSeconds = (performance.now() - began) / 1000;
    const digests = await digestsOf([...ledger, ...views]);
    projector.kill('SIGTERM');
    await once(projector, 'close');
    return { events: printed['events'], kafkaSimulateSeconds: seconds, kafkaViewsWholeSeconds: wholeSeconds, digests };
  } finally {
    await cluster.stop();
  }
}

async function throughSqlite(folder: string, scale: string): Promise<Record<string, unknown>> {
  const ledger = ['--ledger', `sqlite:${path.join(folder, 'ledger.db')}`];
  const views = ['--views', path.join(folder, 'sqlite.db')];
  const { seconds } = await run(['simulate', 'hsc-rc1', '--scale', scale, ...ledger]);
  const { seconds: projectSeconds } = await run(['project', ...ledger, ...views]);
  const digests = await digestsOf([...ledger, ...views]);
  return { sqliteSimulateSeconds: seconds, sqliteProjectSeconds: projectSeconds, digests };
}

async function main(scale: string): Promise<void> {
  const { folder, remove } = temporaryFolder();
  try {
    const { digests: kafka, ...live } = await throughKafka(folder, scale);
    const { digests: sqlite, ...embedded } = await throughSqlite(folder, scale);
    const areEqual = kafka === sqlite;
    process.stdout.write(`${JSON.stringify({ ...live, ...embedded, areDigestsEqual: areEqual })}\n`);
    process.exitCode = areEqual ? 0 : 1;
  } finally {
    remove();
  }
}

void main(process.argv[2] ?? '1');
