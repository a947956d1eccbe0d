import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jsonLines, runCli, type CliResult } from '../support/runCli';

let cwd: string;

beforeAll(async () => {
  cwd = mkdtempSync(path.join(tmpdir(), 'tractledger-expect-'));
  for (const [campaign, outputs] of [
    ['weekly', ['a.fits', 'b.fits', 'c.tbl']],
    ['RC1', ['a.fits', 'b.fits', 'c.fits', 'd.png']],
  ] as const) {
    const task = { name: 'a', id: 'a', parents: [], children: [], outputFiles: outputs };
    const execution = {
      makespanInSeconds: 1,
      executedAt: '2020-01-01T00:00:00Z',
      tasks: [{ id: 'a', runtimeInSeconds: 1 }],
    };
    const instance = { name: 'w', schemaVersion: '1.5', workflow: { specification: { tasks: [task] }, execution } };
    writeFileSync(path.join(cwd, `${campaign}.json`), JSON.stringify(instance));
    const imported = await run('import', 'wfformat', `${campaign}.json`, '--campaign', campaign, '--unit', 'u');
    expect(imported.exitCode).toBe(0);
  }
});

afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function run(...argv: string[]): Promise<CliResult> {
  return runCli(argv, { cwd });
}

async function expectations(...argv: string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await run('expect', '--campaign', 'RC1', '--by', 'ann', '--json', ...argv);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

interface Row {
  readonly datasetType: string;
  readonly expected: number | null;
  readonly expectedBasis: string | null;
  readonly expectedByBasis: Readonly<Record<string, { count: number | null; revision: number } | null>>;
}

/** Counts by dataset type, '' for the total: what the plan, the reference and the operator say. */
async function reported(): Promise<Record<string, unknown[]>> {
  const { stdout } = await run('report', '--campaign', 'RC1', '--json');
  const { fileCounts, fileTotals } = JSON.parse(stdout) as {
    fileCounts: Row[];
    fileTotals: Omit<Row, 'datasetType'>[];
  };
  return Object.fromEntries(
    [...fileCounts, ...fileTotals.map((total) => ({ ...total, datasetType: '' }))].map((row) => [
      row.datasetType,
      ['plan', 'reference', 'operator'].map((basis) => row.expectedByBasis[basis]?.count),
    ]),
  );
}

describe('expect', () => {
  it('takes what came out in an earlier campaign as reference, shown beside the plan and never mixed with it', async () => {
    const first = await expectations('--from-campaign', 'weekly', '--ticket', 'DM-1');
    expect(first).toMatchObject({ campaign: 'RC1', basis: 'reference', stored: 3, unchanged: 0 });
    expect(first['expectations']).toEqual([
      { unit: 'u', datasetType: 'fits', count: 2, revision: 1, basis: 'reference' },
      { unit: 'u', datasetType: 'tbl', count: 1, revision: 1, basis: 'reference' },
      { unit: 'u', datasetType: null, count: 3, revision: 1, basis: 'reference' },
    ]);
    expect(await expectations('--from-campaign', 'weekly')).toMatchObject({ stored: 0, unchanged: 3 });
    expect(await reported()).toEqual({
      fits: [3, 2, undefined],
      png: [1, undefined, undefined],
      tbl: [undefined, 1, undefined],
      '': [4, 3, undefined],
    });
    const { stdout } = await run('report', '--campaign', 'RC1');
    expect(stdout).toMatch(/expected \(plan\) +expected \(reference\) +actual/);
    expect(stdout).toMatch(/ png +1 +– +1 /);
    const status = await run('status', '--campaign', 'RC1');
    expect(status.stdout).toContain('files: 4, expected 4 (plan), 3 (reference)');
    const events = jsonLines((await run('events', '--type', 'ExpectationDeclared', '--json')).stdout);
    expect(events.at(-1)).toMatchObject({ declaredBy: 'ann', ticket: 'DM-1', basis: 'reference', datasetType: null });
  });

  it('states one count, known or not, each time as the next revision', async () => {
    const one = ['--unit', 'u', '--dataset-type', 'png'];
    const told = { unit: 'u', datasetType: 'png', basis: 'operator' };
    expect((await expectations(...one, '--count', '7'))['expectations']).toEqual([{ ...told, count: 7, revision: 1 }]);
    expect((await expectations(...one, '--count', 'unknown', '--basis', 'operator'))['expectations']).toEqual([
      { ...told, count: null, revision: 2 },
    ]);
    expect((await expectations(...one, '--count', '0'))['expectations']).toEqual([{ ...told, count: 0, revision: 3 }]);
    expect((await reported())['png']).toEqual([1, undefined, 0]);
  });

  it('reads a table, and states nothing where any of it is wrong', async () => {
    writeFileSync(path.join(cwd, 'wrong.csv'), 'unit,datasetType,count\nu,fits,5\nu,png,many\n');
    const wrong = await run('expect', '--campaign', 'RC1', '--csv', 'wrong.csv');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain(
      'wrong.csv:3: expected a whole number from 0, or nothing where it is unknown, found "many"',
    );
    writeFileSync(path.join(cwd, 'right.csv'), 'unit,datasetType,count\nu,fits,2\nu,png,\nu,,9\n');
    const right = await expectations('--csv', 'right.csv');
    expect(right['expectations']).toMatchObject([
      { datasetType: 'png', count: null, revision: 1 },
      { datasetType: null, count: 9, revision: 2 },
    ]);
    expect(right).toMatchObject({ stored: 2, unchanged: 1 });
    const absent = await run('expect', '--campaign', 'RC1', '--csv', 'absent.csv');
    expect(absent.exitCode).toBe(3);
    expect(absent.stderr).toContain('absent.csv: cannot be read');
  });

  it.each([
    [['--count', '5'], 'say --unit'],
    [['--unit', 'u'], 'one of --from-campaign'],
    [['--unit', 'u', '--count', '1', '--csv', 'x'], 'one of --from-campaign'],
    [['--unit', 'u', '--count', '-1'], 'whole number'],
    [['--from-campaign', 'RC1'], 'another, earlier campaign'],
    [['--from-campaign', 'nobody'], 'no event names the campaign'],
    [['--from-campaign', 'weekly', '--basis', 'plan'], 'reference, operator'],
    [['--csv', 'right.csv', '--unit', 'u'], 'leave --unit out'],
  ])('refuses %j as wrong use', async (argv, problem) => {
    const { exitCode, stderr } = await run('expect', '--campaign', 'RC1', ...argv);
    expect(stderr.toLowerCase()).toContain(problem.toLowerCase());
    expect(exitCode).toBe(2);
  });
});
