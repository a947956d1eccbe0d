/**
 * The whole model campaign, simulated without faults, against the tables that the test report DMTR-51 prints. One ledger
 * serves every test here, for it holds 600,000 events.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { runCli } from '../support/runCli';
import { describeWithSharedData } from '../support/sharedData';
import { temporaryFolder } from '../support/temporaryFolder';

type Cells = Readonly<Record<string, string>>;

interface Report {
  readonly fileCounts: readonly {
    unit: string;
    attempt: number;
    datasetType: string;
    actual: number;
    absent: number;
  }[];
  readonly units: readonly { unit: string; wallSeconds: number; userCpuSeconds: number }[];
  readonly executables: readonly {
    unit: string;
    executable: string;
    executions: number;
    notMeasured: number;
    userCpuSeconds: number;
    systemCpuSeconds: number;
    maxRssBytes: number;
  }[];
}

interface Expectation {
  readonly unit: string;
  readonly datasetType: string;
  readonly count: number | null;
}

/** A busy machine may take minutes where a quiet one takes half a one. */
const patienceMillis = 30 * 60_000;

describeWithSharedData('dmtr-51', 'the model campaign, simulated without faults,', (root) => {
  const { folder, remove } = temporaryFolder();
  const table = (name: string): Cells[] => parse(readFileSync(path.join(root, name)), { columns: true });
  let simulation = { events: 0, stored: 0, units: [] as { jobs: number }[] };
  let report: Report = { fileCounts: [], units: [], executables: [] };
  let printed = '';

  const run = async (...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runCli(argv, { cwd: folder });
    expect({ argv, exitCode, stderr }).toEqual({ argv, exitCode: 0, stderr: '' });
    return stdout;
  };

  beforeAll(async () => {
    simulation = JSON.parse(await run('simulate', 'hsc-rc1', '--json')) as typeof simulation;
    report = JSON.parse(await run('report', '--json')) as Report;
    printed = await run('report');
  }, patienceMillis);
  afterAll(remove);

  it('is all new, and 58,574 jobs', () => {
    expect(simulation.stored).toBe(simulation.events);
    expect(simulation.units.map(({ jobs }) => jobs)).toEqual([7957, 8169, 42_448]);
  });

  it('has the files of Table 1, and no others', () => {
    const made = report.fileCounts.map(({ unit, datasetType, actual }) => `${unit} ${datasetType} ${String(actual)}`);
    const listed = table('table1-file-counts.csv').map(
      ({ tract = '', datasetType = '', actual = '' }) => `tract=${tract} ${datasetType} ${actual}`,
    );
    expect(made.sort()).toEqual(listed.sort());
    const absent = report.fileCounts.filter(({ absent }) => absent > 0);
    expect(absent.map(({ datasetType, absent }) => [datasetType, absent])).toEqual([49, 42, 454].map((count) => ['deepcoadd_directwarp', count])); // prettier-ignore
  });

  it('declares the expectations of Table 1 as it prints them, basis reference', async () => {
    const lines = await run('events', '--type', 'ExpectationDeclared', '--json');
    const declared = lines
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) =>
          JSON.parse(line) as { basis: string; datasetType: string; count: number | null; header: { unit: string } },
      )
      .filter(({ basis }) => basis === 'reference')
      .map(({ datasetType, count, header: { unit } }): Expectation => ({ unit, datasetType, count }));
    const listed = table('table1-file-counts.csv').map(
      ({ tract = '', datasetType = '', expected = '' }): Expectation => ({
        unit: `tract=${tract}`,
        datasetType,
        count: expected === '' ? null : Number(expected),
      }),
    );
    const inOrder = (list: Expectation[]): string[] => list.map((one) => JSON.stringify(one)).sort();
    expect(inOrder(declared)).toEqual(inOrder(listed));
  });

  it('took the time of Table 2', () => {
    const hours = report.units.map(({ unit, wallSeconds, userCpuSeconds }) => ({
      unit,
      wallClock: (wallSeconds / 3600).toFixed(2),
      userCpu: Number((userCpuSeconds / 3600).toFixed(6)),
    }));
    const listed = table('table2-wall-clock.csv').map(
      ({ tract = '', wallClockHours = '', totalUserCpuHours = '' }) => ({
        unit: `tract=${tract}`,
        wallClock: wallClockHours,
        userCpu: Number(totalUserCpuHours),
      }),
    );
    expect(hours).toEqual(listed);
  });

  it('has the executables of Table 3, all measured', () => {
    const measured = report.executables.map((row) => ({
      tract: row.unit.replace('tract=', ''),
      executable: row.executable,
      executions: String(row.executions),
      userMinutes: (row.userCpuSeconds / 60).toFixed(2),
      systemMinutes: (row.systemCpuSeconds / 60).toFixed(2),
      maxRssKb: String(row.maxRssBytes / 1024),
    }));
    const byName = (a: Cells, b: Cells): number =>
      `${a['tract'] ?? ''} ${a['executable'] ?? ''}` < `${b['tract'] ?? ''} ${b['executable'] ?? ''}` ? -1 : 1;
    expect(measured.sort(byName)).toEqual(table('table3-executables.csv').sort(byName));
    expect(report.executables.every(({ notMeasured }) => notMeasured === 0)).toBe(true);
  });

  it('is printed to the same digits', () => {
    const lines = printed.split('\n').map((line) => line.trim().split(/\s{2,}/));
    const has = (...cells: string[]): boolean => lines.some((line) => cells.every((cell) => line.includes(cell)));
    const missing = [
      ...table('table2-wall-clock.csv').map(({ tract = '', wallClockHours = '', totalUserCpuHours = '' }) => [
        `tract=${tract}`,
        wallClockHours,
        Number(totalUserCpuHours).toFixed(6),
      ]),
      ...table('table3-executables.csv').map(
        ({ tract = '', executable = '', userMinutes = '', systemMinutes = '', maxRssKb = '' }) => [
          `tract=${tract}`,
          executable,
          userMinutes,
          systemMinutes,
          maxRssKb,
        ],
      ),
    ].filter((cells) => !has(...cells));
    expect(missing).toEqual([]);
  });
});
