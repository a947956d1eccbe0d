/** What an operator mistypes is told, or refused where it could not be taken back. */
import path from 'node:path';
import { jsonLines, runCli, type CliResult } from '../support/runCli';
import { temporaryFolder } from '../support/temporaryFolder';
import { writeTextPipeline } from '../support/textPipeline';

const { folder: cwd, remove } = temporaryFolder();
const env = { TRACTLEDGER_OUTBOX: path.join(cwd, 'outbox.db') };
const cli = (...argv: string[]): Promise<CliResult> => runCli(argv, { cwd, env });

async function named(...argv: string[]): Promise<string> {
  const { stdout } = await cli(...argv, '--json');
  const { veto, hold } = JSON.parse(stdout) as { veto: string | null; hold: string | null };
  return veto ?? hold ?? '';
}

describe('an operator’s slip', () => {
  beforeAll(async () => {
    const file = writeTextPipeline(path.join(cwd, 'site'), { books: 2, chapters: 1, pages: 2 });
    await cli('plan', file, '--campaign', 'C', '--unit', 'book=1');
    const job = ['--campaign', 'C', '--unit', 'book=1', '--attempt', '1', '--task', 'clean'];
    const dataId = ['book=1', 'chapter=1', 'page=1'].flatMap((value) => ['--data-id', value]);
    const ran = await cli(
      'exec',
      ...job,
      ...dataId,
      '--output',
      'a.txt',
      '--dataset-type',
      'clean',
      '--',
      'sh',
      '-c',
      'echo > a.txt',
    );
    expect(ran.exitCode).toBe(0);
  }, 180_000);
  afterAll(remove);

  it('withdraws nothing where it names nothing, or nothing that was made', async () => {
    const all = await cli('withdraw', '--why', 'x');
    expect(all).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--dataset-type') as string });
    for (const meant of [['page=2'], ['--task', 'cleen'], ['--dataset-type', 'chapter']]) {
      const none = await cli('withdraw', ...meant, '--why', 'x');
      expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nothing is withdrawn') as string });
    }
    expect((await cli('events', '--type', 'OutputsWithdrawn', '--json')).stdout).toBe('');
    const { stdout } = await cli('withdraw', 'page=1', '--task', 'clean', '--why', 'smudged');
    expect(stdout).toContain('it concerns 1 file\n');
  }, 180_000);

  it('in a veto is warned of, and a veto is lifted once', async () => {
    const mistyped = await cli('veto', 'pages=2', '--why', 'x', '--campaign', 'C');
    expect(mistyped).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('no job of C') as string });
    const meant = await cli('veto', 'page=2', '--why', 'x', '--campaign', 'C');
    expect(meant).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('1 job ') as string });
    const veto = await named('veto', 'page=2', '--why', 'x', '--campaign', 'C');
    expect((await cli('veto', 'lift', veto)).exitCode).toBe(0);
    const again = await cli('veto', 'lift', veto);
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('lifted already') as string });
    expect(jsonLines((await cli('events', '--type', 'VetoLifted', '--json')).stdout)).toHaveLength(1);
  }, 180_000);

  it('in a hold is warned of, and a hold is released once', async () => {
    const unit = await cli('hold', '--campaign', 'C', '--unit', 'book=3');
    expect(unit).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('known are book=1') as string });
    const host = await cli('drain', 'no-such-host', '--campaign', 'C');
    expect(host).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('no-such-host') as string });
    const hold = await named('hold', 'C');
    expect((await cli('hold', '--release', hold)).exitCode).toBe(0);
    const again = await cli('hold', '--release', hold);
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('released already') as string });
  }, 180_000);

  it('in an expectation is warned of, and an earlier campaign that made nothing is no reference', async () => {
    const one = ['--unit', 'book=3', '--dataset-type', 'clear', '--count', '2'];
    const { exitCode, stderr } = await cli('expect', '--campaign', 'C', ...one);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/C knows no unit book=3 yet; it knows book=1\n.*no dataset type clear yet/);
    await cli('plan', 'site/texts.yaml', '--campaign', 'planned', '--unit', 'book=1');
    const empty = await cli('expect', '--campaign', 'C', '--from-campaign', 'planned');
    expect(empty).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('nothing was made in planned') as string,
    });
  }, 180_000);

  it('in the name of a unit that is to be planned is answered with the units there are', async () => {
    const { exitCode, stderr } = await cli('plan', 'site/texts.yaml', '--campaign', 'C', '--unit', 'book=3');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('they tell of book=1, book=2')]);
  }, 180_000);
});
