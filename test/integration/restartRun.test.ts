import { existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jsonLines, runCli, type CliResult } from '../support/runCli';
import { temporaryFolder } from '../support/temporaryFolder';
import { boundBook, writeTextPipeline } from '../support/textPipeline';

const size = { books: 1, chapters: 2, pages: 2 };
const { folder: cwd, remove } = temporaryFolder();
const root = path.join(cwd, 'site');
const unit = ['--campaign', 'C'];
const env = { TRACTLEDGER_OUTBOX: path.join(cwd, 'outbox.db') };

const cli = (...argv: string[]): Promise<CliResult> => runCli(argv, { cwd, env });
const restart = (...more: string[]): Promise<CliResult> =>
  cli('restart', 'C', 'book=1', '--definition', 'site/texts.yaml', '--root', 'site', '--jobs', '2', ...more);

interface Told {
  readonly run: readonly { readonly job: string; readonly reason: string }[];
  readonly reuse: readonly unknown[];
  readonly result: {
    readonly outcome: string;
    readonly attempt: number;
    readonly jobs: { readonly succeeded: number };
  } | null;
}

const told = ({ stdout }: CliResult): Told => JSON.parse(stdout) as Told;

describe('a unit that was run', () => {
  beforeAll(async () => {
    writeTextPipeline(root, size);
    const { exitCode, stderr } = await cli('run', 'site/texts.yaml', ...unit, '--root', 'site', '--jobs', '2');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  }, 180_000);
  afterAll(remove);

  it('has nothing left to run, and no attempt is begun for that', async () => {
    const { exitCode, stdout } = await restart();
    expect(exitCode).toBe(0);
    expect(stdout).toContain('nothing is left to run');
    expect((await cli('status', ...unit)).stdout).toContain('book=1 attempt 1');
  }, 180_000);

  it('makes again what is missing, cut short or corrupt, and nothing else', async () => {
    rmSync(path.join(root, '1/1/chapter-1.txt'));
    truncateSync(path.join(root, '1/1/chapter-2.txt'), 3);
    const bound = path.join(root, '1/1/bound.txt');
    writeFileSync(bound, readFileSync(bound, 'utf8').toLowerCase());
    const refused = await restart('--check-files', 'md5', '--json');
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--accept-missing') as string });
    const done = await restart('--check-files', 'md5', '--accept-missing', '--json');
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    expect(told(done)).toMatchObject({
      run: [{ reason: 'outputMissing' }, { reason: 'outputCorrupt' }, { reason: 'outputCorrupt' }],
      result: { attempt: 2, outcome: 'complete', jobs: { succeeded: 3, reused: 4 } },
    });
    expect(readFileSync(path.join(root, '2/1/bound.txt'), 'utf8')).toBe(boundBook(1, size));
    expect(told(await restart('--check-files', 'md5', '--plan-only', '--json')).reuse).toHaveLength(7);
    const checks = jsonLines((await cli('events', '--type', 'FileChecked', '--json')).stdout);
    expect(checks).toHaveLength(3);
  }, 180_000);

  it('plans nothing while its root is away, and goes on when it is back', async () => {
    renameSync(root, `${root}.away`);
    try {
      const { exitCode, stderr } = await runCli(
        ['restart', 'C', 'book=1', '--definition', 'site.away/texts.yaml', '--root', 'site', '--check-files', 'exists'],
        { cwd, env },
      );
      expect(exitCode).toBe(3);
      expect(stderr).toContain('site');
    } finally {
      renameSync(`${root}.away`, root);
    }
    expect(told(await restart('--check-files', 'exists', '--json')).result).toBeNull();
  }, 180_000);

  it('runs again what an operator withdraws, and what was made from it', async () => {
    const { exitCode } = await cli('withdraw', 'chapter=2', 'page=1', '--task', 'clean', '--why', 'smudged', ...unit);
    expect(exitCode).toBe(0);
    expect((await cli('withdraw', 'list', ...unit)).stdout).toContain('smudged');
    const done = told(await restart('--json'));
    expect(done.run).toEqual([
      expect.objectContaining({ reason: 'outputWithdrawn', task: 'clean' }),
      expect.objectContaining({ reason: 'inputsChanged', task: 'join' }),
    ]);
    // The chapter came out the same, so the book was not bound again.
    expect(done.result).toMatchObject({ attempt: 3, jobs: { succeeded: 2, reused: 5 } });
    expect(existsSync(path.join(root, '3/1/bound.txt'))).toBe(false);
  }, 180_000);

  it('says what it would need, and exits as wrong use, where options are missing or contradict', async () => {
    expect((await cli('restart', 'C', 'book=1')).stderr).toContain('--definition');
    expect((await restart('--from-ledger')).exitCode).toBe(2);
    expect((await restart('--force')).stderr).toContain('--why');
    expect((await cli('restart', 'C', 'book=9', '--plan-only', '--from-ledger')).exitCode).toBe(2);
  }, 180_000);

  it('tells one job’s story', async () => {
    const { stdout } = await restart('--explain', 'bind {"book":1}');
    expect(stdout).toContain('attempt 2: succeeded');
    expect(stdout).toContain('attempt 3: reused');
    expect(stdout).toContain('now: reuse');
    const json = JSON.parse((await restart('--explain', 'bind {"book":1}', '--json')).stdout) as object;
    expect(json).toMatchObject({ decision: 'reuse', files: [{ path: '2/1/bound.txt', state: 'usable' }] });
  }, 180_000);
});
