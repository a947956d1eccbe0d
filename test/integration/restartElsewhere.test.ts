/** `restart` of a unit whose jobs another system ran: they were recorded or imported, and nobody claimed their attempt. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jsonLines, runCli, type CliResult } from '../support/runCli';
import { temporaryFolder } from '../support/temporaryFolder';
import { boundBook, writeTextPipeline } from '../support/textPipeline';

const size = { books: 1, chapters: 1, pages: 2 };
const { folder: cwd, remove } = temporaryFolder();
const env = { TRACTLEDGER_OUTBOX: path.join(cwd, 'outbox.db') };
const cli = (...argv: string[]): Promise<CliResult> => runCli(argv, { cwd, env });
const restart = (...more: string[]): Promise<CliResult> =>
  cli('restart', 'C', 'book=1', '--definition', 'site/texts.yaml', '--root', 'site', '--jobs', '2', ...more);

describe('a unit whose jobs ran under sidecars of another system', () => {
  beforeAll(async () => {
    writeTextPipeline(path.join(cwd, 'site'), size);
    const job = ['--campaign', 'C', '--unit', 'book=1', '--attempt', '2', '--task', 'clean', '--root', 'site'];
    const dataId = ['book=1', 'chapter=1', 'page=2'].flatMap((value) => ['--data-id', value]);
    const files = ['--input', 'raw/1-1-2.txt', '--output', '2/1/clean-1-2.txt', '--dataset-type', 'clean'];
    const command = ['sh', '-c', 'cd site; bin/clean.sh 2/1/clean-1-2.txt upper raw/1-1-2.txt'];
    expect((await cli('exec', ...job, ...dataId, ...files, '--', ...command)).exitCode).toBe(0);
  }, 180_000);
  afterAll(remove);

  it('is told how a root folder that was never marked is marked, and begins nothing before', async () => {
    const { exitCode, stderr } = await restart();
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('--mark')]);
    expect((await cli('events', '--type', 'AttemptStarted', '--json')).stdout).toBe('');
  }, 180_000);

  it('is not run as if nobody had attempted it: what goes on with it is said, ready to be typed', async () => {
    const { exitCode, stdout, stderr } = await cli('run', 'site/texts.yaml', '--campaign', 'C', '--root', 'site');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('attempt 2');
    expect(stderr).toContain('`tractledger restart C book=1 --definition site/texts.yaml --root site`');
    expect((await cli('events', '--type', 'AttemptStarted', '--json')).stdout).toBe('');
  }, 180_000);

  it('is gone on with as the attempt after, without the jobs that are done', async () => {
    await cli('compare', '--campaign', 'C', '--root', 'site', '--site', 'here', '--mark');
    const { exitCode, stdout, stderr } = await restart('--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      run: [{ task: 'clean' }, { task: 'join' }, { task: 'bind' }],
      result: { attempt: 3, outcome: 'complete', jobs: { succeeded: 3, reused: 1 } },
    });
    expect(readFileSync(path.join(cwd, 'site/3/1/bound.txt'), 'utf8')).toBe(boundBook(1, size));
    const begun = jsonLines((await cli('events', '--type', 'AttemptStarted', '--json')).stdout);
    expect(begun.map(({ header, why }) => [(header as { attempt: number }).attempt, why])).toEqual([
      [1, 'begun elsewhere, gone on with here'],
      [2, 'begun elsewhere, gone on with here'],
      [3, 'restart'],
    ]);
    expect((await restart()).stdout).toContain('nothing is left to run');
  }, 180_000);

  it('is run from the start by who says why, with the number after all others', async () => {
    writeTextPipeline(path.join(cwd, 'two'), { ...size, books: 2 });
    const job = ['--campaign', 'C', '--unit', 'book=2', '--attempt', '1', '--task', 'clean'];
    expect((await cli('exec', ...job, '--', 'true')).exitCode).toBe(0);
    // Nothing is taken over from where that ran, so this root is new.
    const started = ['two/texts.yaml', '--campaign', 'C', '--unit', 'book=2', '--root', 'two', '--jobs', '2'];
    const { exitCode, stdout } = await cli('run', ...started, '--start-over', 'not by hand', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ units: [{ unit: 'book=2', attempt: 2, outcome: 'complete' }] });
    const begun = jsonLines((await cli('events', '--type', 'AttemptStarted', '--unit', 'book=2', '--json')).stdout);
    expect(begun.map(({ header, why }) => [(header as { attempt: number }).attempt, why])).toEqual([
      [1, 'begun elsewhere, gone on with here'],
      [2, 'not by hand'],
    ]);
  }, 180_000);

  it('is not run by a definition that has none of its jobs, unless somebody insists', async () => {
    const other = readFileSync(path.join(cwd, 'site/texts.yaml'), 'utf8')
      .replace(
        '\n  clean: { dimensions: [book, chapter, page], over',
        '\n  tidy: { dimensions: [book, chapter, page], over',
      )
      .replace('science: { clean:', 'science: { tidy:')
      .replace('execution: { clean: { retries: 2 }, join: { retries: 2 }, bind: { retries: 2 } }', '')
      .replace('\n  join: {', '\n  glue: {')
      .replace('\n  bind: {', '\n  sew: {');
    writeFileSync(path.join(cwd, 'site/other.yaml'), other);
    const { exitCode, stderr } = await cli(
      'restart',
      'C',
      'book=1',
      '--definition',
      'site/other.yaml',
      '--root',
      'site',
    );
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('--from-ledger --format rescue')]);
  }, 180_000);
});
