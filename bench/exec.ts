/**
 * What the sidecar costs a job: `tractledger exec -- true`, with outbox and ledger, against `node -e 0`, one after the
 * other in turns and a hundred at once.
 *
 * `npm run build && node -r ./scripts/typescript.cjs bench/exec.ts [RUNS]` prints a table, then one line of JSON.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SqliteLedger } from '../ledger/sqlite/sqliteLedger';

const commandLine = path.resolve(__dirname, '../dist/cli/main.js');
const sidecarModule = path.resolve(__dirname, '../dist/producers/sidecar/exec.js');
const atOnce = 100;

/** What was measured; times are wall-clock. */
export interface ExecResult {
  readonly runs: number;
  readonly nodeMedianMillis: number;
  readonly execMedianMillis: number;
  /** Events left in the outbox. */
  readonly undrainedMedianMillis: number;
  /** Loading the sidecar's modules and nothing else. */
  readonly loadedMedianMillis: number;
  /** execMedianMillis / nodeMedianMillis */
  readonly execToNodeRatio: number;
  /** From the first start to the last end. */
  readonly hundredNodesSeconds: number;
  readonly hundredExecsSeconds: number;
  readonly hundredExecsToNodesRatio: number;
}

/** @param folder where ledger and outbox go */
export async function measureExec(folder: string, runs: number): Promise<ExecResult> {
  if (!existsSync(commandLine)) {
    throw new Error(`${commandLine} is not there: run \`npm run build\` first`);
  }
  const ledgerFile = path.join(folder, 'ledger.db');
  const flags = ['--campaign', 'bench', '--unit', 'u', '--task', 't', '--ledger', `sqlite:${ledgerFile}`];
  const place = ['--outbox', path.join(folder, 'outbox.db'), '--drain-seconds', '300'];
  let jobs = 0;
  const exec = (...more: string[]): string[] => {
    jobs += 1;
    return [commandLine, 'exec', ...flags, ...place, ...more, '--data-id', `job=${String(jobs)}`, '--', 'true'];
  };
  const ways = {
    node: () => ['-e', '0'],
    exec: () => exec(),
    undrained: () => exec('--no-drain'),
    loaded: () => ['-e', `require(${JSON.stringify(sidecarModule)})`],
  };
  const millis = { node: [] as number[], exec: [] as number[], undrained: [] as number[], loaded: [] as number[] };
  for (let run = -1; run < runs; run += 1) {
    for (const name of ['node', 'exec', 'undrained', 'loaded'] as const) {
      const taken = await timed(() => runNode(ways[name]()));
      if (run >= 0) {
        millis[name].push(taken); // the first of each warms the disk's cache and makes ledger and outbox
      }
    }
  }
  const hundred = async (argv: () => string[]): Promise<number> =>
    (await timed(() => Promise.all(Array.from({ length: atOnce }, () => runNode(argv()))))) / 1000;
  const hundredNodesSeconds = await hundred(ways.node);
  const hundredExecsSeconds = await hundred(ways.exec);
  await checkRecorded(ledgerFile, jobs);
  const nodeMedianMillis = median(millis.node);
  const execMedianMillis = median(millis.exec);
  return {
    runs,
    nodeMedianMillis,
    execMedianMillis,
    undrainedMedianMillis: median(millis.undrained),
    loadedMedianMillis: median(millis.loaded),
    execToNodeRatio: execMedianMillis / nodeMedianMillis,
    hundredNodesSeconds,
    hundredExecsSeconds,
    hundredExecsToNodesRatio: hundredExecsSeconds / hundredNodesSeconds,
  };
}

/** A measurement of runs that recorded nothing would be worth nothing. */
async function checkRecorded(ledgerFile: string, jobs: number): Promise<void> {
  const ledger = SqliteLedger.open(ledgerFile, { mustExist: true });
  const events = await ledger.countBetween(ledger.start, await ledger.end());
  await ledger.close();
  if (events !== 2 * jobs) {
    throw new Error(`${String(jobs)} jobs left ${String(events)} events in the ledger, not ${String(2 * jobs)}`);
  }
}

function runNode(argv: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) {
        resolve();
      } else {
        reject(new Error(`node ${argv.join(' ')} ended with ${String(code)}`));
      }
    });
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function main(runs: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tractledger-bench-'));
  try {
    const result = await measureExec(folder, runs);
    const rows = Object.entries<number>({ ...result }).map(
      ([name, value]) => `${name.padEnd(26)} ${value.toFixed(2).padStart(12)}\n`,
    );
    process.stdout.write(`${rows.join('')}${JSON.stringify(result)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (require.main === module || process.argv[1] === __filename) {
  void main(Number(process.argv[2] ?? 50));
}
