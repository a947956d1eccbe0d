/**
 * `tractledger compare` over 20,000 files of 100 kB against `md5sum` with as many processes over the same tree, one
 * after the other in turns, both with the files in the system's cache.
 *
 * `npm run build && node -r ./scripts/typescript.cjs bench/compare.ts [FILES]` prints a table, then one line of JSON.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { SqliteLedger } from '../ledger/sqlite/sqliteLedger';
import { writeSiteMarker } from '../pipelines/siteMarker';
import { encodeDrafts, nowMicros, type EventDraft } from '../producers/outbox/draft';

const commandLine = path.resolve(__dirname, '../dist/cli/main.js');
const fileBytes = 100_000;
const filesPerFolder = 100;
const turns = 3;

/** What was measured; times are wall-clock medians. */
export interface CompareResult {
  readonly compareFiles: number;
  readonly compareProcesses: number;
  readonly compareSeconds: number;
  readonly md5sumSeconds: number;
  /** md5sumSeconds / compareSeconds */
  readonly compareToMd5sumRatio: number;
}

/** @param folder where tree, ledger and views go */
export async function measureCompare(folder: string, files: number): Promise<CompareResult> {
  if (!existsSync(commandLine)) {
    throw new Error(`${commandLine} is not there: run \`npm run build\` first`);
  }
  const root = path.join(folder, 'root');
  const ledger = `sqlite:${path.join(folder, 'ledger.db')}`;
  mkdirSync(root);
  writeSiteMarker(root, 'bench');
  await makeTree(root, path.join(folder, 'ledger.db'), files);
  run(process.execPath, [commandLine, 'project', '--ledger', ledger]);
  const processes = availableParallelism();
  const md5sum = `find . -type f -print0 | xargs -0 -n 250 -P ${String(processes)} md5sum > /dev/null`;
  const compare = ['compare', '--ledger', ledger, '--root', root, '--parallel', String(processes), '--json'];
  const seconds = { md5sum: [] as number[], compare: [] as number[] };
  for (let turn = -1; turn < turns; turn += 1) {
    const baseline = timed(() => run('sh', ['-c', md5sum], root));
    const { seconds: taken, result } = timed(() => run(process.execPath, [commandLine, ...compare]));
    const { counts } = JSON.parse(result) as { counts: { equal: number } };
    if (counts.equal !== files) {
      throw new Error(`of ${String(files)} files ${String(counts.equal)} were found equal`);
    }
    if (turn >= 0) {
      seconds.md5sum.push(baseline.seconds); // the first turn brings the files into the cache
      seconds.compare.push(taken);
    }
  }
  const [md5sumSeconds, compareSeconds] = [median(seconds.md5sum), median(seconds.compare)];
  return {
    compareFiles: files,
    compareProcesses: processes,
    compareSeconds,
    md5sumSeconds,
    compareToMd5sumRatio: md5sumSeconds / compareSeconds,
  };
}

/** Files of random bytes, and a ledger that knows each with size and MD5, a folder of one execution. */
async function makeTree(root: string, ledgerFile: string, files: number): Promise<void> {
  const ledger = SqliteLedger.open(ledgerFile);
  const producer = randomUUID();
  const header = { occurredAt: nowMicros(), campaign: 'bench', unit: 'u', attempt: 1 };
  const metrics = { wallMicros: null, userCpuMicros: null, systemCpuMicros: null, maxRssBytes: null };
  let sequence = 1;
  for (let made = 0; made < files; made += filesPerFolder) {
    const drafts: EventDraft[] = [];
    const folder = `tract/${String(made / filesPerFolder)}`;
    mkdirSync(path.join(root, folder), { recursive: true });
    const execution = randomUUID();
    for (let index = 0; index < Math.min(filesPerFolder, files - made); index += 1) {
      const bytes = randomBytes(fileBytes);
      const file = `${folder}/calexp-${String(index)}.fits`;
      writeFileSync(path.join(root, file), bytes);
      const md5 = createHash('md5').update(bytes).digest('hex');
      drafts.push({ type: 'FileProduced', header, execution, datasetType: 'calexp', path: file, sizeBytes: fileBytes, md5, sha256: null, dataId: null, metadata: {}, contentDigest: null }); // prettier-ignore
    }
    drafts.push({ type: 'ExecutionSucceeded', header, execution, job: folder, metrics, caveats: [] });
    await ledger.append(producer, sequence, encodeDrafts(drafts, producer, sequence));
    sequence += drafts.length;
  }
  await ledger.close();
}

function run(command: string, argv: readonly string[], cwd?: string): string {
  const { status, stdout } = spawnSync(command, argv, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) {
    throw new Error(`${command} ${argv.join(' ')} ended with ${String(status)}`);
  }
  return stdout;
}

function timed(work: () => string): { readonly seconds: number; readonly result: string } {
  const begun = process.hrtime.bigint();
  const result = work();
  return { seconds: Number(process.hrtime.bigint() - begun) / 1e9, result };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function main(files: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tractledger-bench-'));
  try {
    const result = await measureCompare(folder, files);
    const rows = Object.entries<number>({ ...result }).map(
      ([name, value]) => `${name.padEnd(26)} ${value.toFixed(2).padStart(12)}\n`,
    );
    process.stdout.write(`${rows.join('')}${JSON.stringify(result)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (require.main === module) {
  void main(Number(process.argv[2] ?? 20_000));
}
