import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { executions, sampleEvents, storeDrafts } from '../support/sampleCampaign';
import { jsonLines, runCli, startCli, type CliResult } from '../support/runCli';
import { temporaryFolder } from '../support/temporaryFolder';

let cwd: string;
let remove: () => void;

beforeAll(async () => {
  ({ folder: cwd, remove } = temporaryFolder());
  await storeDrafts(`sqlite:${path.join(cwd, '.tractledger/ledger.db')}`, sampleEvents('C'));
});

afterAll(() => {
  remove();
});

async function run(...argv: string[]): Promise<CliResult> {
  return runCli(argv, { cwd });
}

async function json(...argv: string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await run(...argv, '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as unknown;
}

const noJobs = {
  planned: 0,
  queued: 0,
  held: 0,
  running: 0,
  lost: 0,
  succeeded: 0,
  failed: 0,
  skipped: 0,
  reused: 0,
  abandoned: 0,
};

/** A statement of how many files are expected, and what it looks like where there is none. */
const stated = { revision: 1, declaredBy: null, ticket: null };
const nobody = { operator: null, plan: null, reference: null };

describe('status', () => {
  it('tells the jobs of each task of the latest attempt by state', async () => {
    expect(await json('status')).toEqual({
      campaign: 'C',
      position: expect.stringMatching(/^sqlite:/) as string,
      lagEvents: 0,
      units: [
        {
          unit: 'tract=1',
          attempt: 2,
          outcome: null,
          tasks: [
            { task: 'assembleCoadd', ...noJobs, succeeded: 1 },
            { task: 'processCcd', ...noJobs, reused: 2, running: 1 },
          ],
          files: { actual: 3, expectedByBasis: { ...nobody, operator: { ...stated, count: 3, declaredBy: 'ann' } } },
        },
      ],
    });
  });

  it('tells every attempt when asked, with how it ended', async () => {
    const status = await json('status', '--all-attempts');
    expect(status).toMatchObject({
      units: [
        { attempt: 1, outcome: 'partial' },
        { attempt: 2, outcome: null },
      ],
    });
  });

  it('refuses a campaign, a unit or an attempt that nobody has named, and names those there are', async () => {
    const campaign = await run('status', '--campaign', 'D');
    expect(campaign.exitCode).toBe(2);
    expect(campaign.stderr).toContain('known are "C"');
    const unit = await run('status', '--unit', 'tract=2');
    expect(unit.exitCode).toBe(2);
    expect(unit.stderr).toContain('known are "tract=1"');
    expect((await run('status', '--attempt', '9')).exitCode).toBe(2);
  });

  it('prints a table for people', async () => {
    const { exitCode, stdout } = await run('status');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^processCcd +3 +1 +0 +2$/m);
  });
});

describe('jobs', () => {
  it('tells every job as of its latest attempt, with every key whether known or not', async () => {
    const { exitCode, stdout } = await run('jobs', '--json', '--task', 'assembleCoadd');
    expect(exitCode).toBe(0);
    expect(jsonLines(stdout)).toEqual([
      {
        campaign: 'C',
        unit: 'tract=1',
        attempt: 2,
        job: 'assembleCoadd {"patch":"4,4"}',
        task: 'assembleCoadd',
        dataId: { patch: '4,4' },
        state: 'succeeded',
        stateReason: null,
        executions: [
          {
            execution: executions.retriedCoadd,
            tryNumber: 1,
            host: 'node1',
            state: 'succeeded',
            exitCode: null,
            signal: null,
            failureClass: null,
            transient: null,
            message: null,
            startedAt: '2026-01-02T00:00:21.000000Z',
            endedAt: '2026-01-02T00:00:25.000000Z',
            wallSeconds: 16,
            userCpuSeconds: 8,
            systemCpuSeconds: 0.5,
            maxRssBytes: 8388608,
            logPath: null,
            silentSeconds: null,
          },
        ],
      },
    ]);
  });

  it('tells tries in their order, and a job a line for each attempt when asked', async () => {
    const { stdout } = await run('jobs', '--json', '--all-attempts', '--data-id', 'ccd=1', 'visit=1228');
    expect(jsonLines(stdout)).toMatchObject([
      {
        attempt: 1,
        state: 'succeeded',
        executions: [
          { execution: executions.failedTry, state: 'failed', signal: 'SIGKILL', exitCode: null, transient: true },
          { execution: executions.secondTry, state: 'succeeded', transient: null },
        ],
      },
      { attempt: 2, state: 'reused', executions: [] },
    ]);
  });

  it.each([
    [['--state', 'failed', 'lost', '--all-attempts'], 1],
    [['--state', 'failed,reused'], 2],
    [['--class', 'outOfMemory', '--all-attempts'], 1],
    [['--class', 'outOfMemory'], 0],
    [['--host', 'node2', '--all-attempts'], 1],
    [['--data-id', '{"visit":1228}'], 3],
    [['--data-id', 'visit=01228'], 0],
    [['--slow'], 1],
    [['--job', 'assembleCoadd {"patch":"4,4"}', '--attempt', '1'], 1],
  ])('finds jobs by %p', async (filter, count) => {
    const { exitCode, stdout } = await run('jobs', '--json', ...filter);
    expect(exitCode).toBe(0);
    expect(jsonLines(stdout)).toHaveLength(count);
  });

  it('says of a running job for how long it has been silent', async () => {
    const { stdout } = await run('jobs', '--state', 'running');
    expect(stdout).toMatch(/running .* silent for \d+d \d\dh/);
  });

  it('refuses a state that is none', async () => {
    const { exitCode, stderr } = await run('jobs', '--state', 'done');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('abandoned');
  });

  it('shows what an event smuggles in as text', async () => {
    const { stdout } = await run('failures');
    expect(stdout).toContain('killed\\e[2J');
  });
});

describe('report', () => {
  const counts = { reused: 0, absent: 0, missing: 0, empty: 0, partial: 0, purged: 0 };
  const attempt = { unit: 'tract=1', attempt: 2 };

  it('tells files with what was expected, and what the attempt and what it took over cost', async () => {
    expect(await json('report')).toEqual({
      campaign: 'C',
      cost: 'manifest',
      fileCounts: [
        {
          ...attempt,
          datasetType: 'calexp',
          expected: 2,
          expectedBasis: 'plan',
          expectedByBasis: { ...nobody, plan: { ...stated, count: 2 } },
          ...counts,
          actual: 2,
          reused: 2,
          empty: 1,
          bytes: 100,
        },
        {
          ...attempt,
          datasetType: 'coadd',
          expected: 1,
          expectedBasis: 'reference',
          expectedByBasis: { ...nobody, reference: { ...stated, count: 1 } },
          ...counts,
          actual: 1,
          bytes: 2048,
        },
      ],
      fileTotals: [
        {
          ...attempt,
          expected: 3,
          expectedBasis: 'operator',
          expectedByBasis: { ...nobody, operator: { ...stated, count: 3, declaredBy: 'ann' } },
          ...counts,
          actual: 3,
          reused: 2,
          empty: 1,
          bytes: 2148,
        },
      ],
      units: [{ ...attempt, wallSeconds: 4, userCpuSeconds: 10, systemCpuSeconds: 1 }],
      executables: [
        {
          ...attempt,
          executable: 'assembleCoadd.py',
          executions: 1,
          notMeasured: 0,
          userCpuSeconds: 8,
          systemCpuSeconds: 0.5,
          maxRssBytes: 8388608,
        },
        {
          ...attempt,
          executable: 'processCcd.py',
          executions: 2,
          notMeasured: 1,
          userCpuSeconds: 2,
          systemCpuSeconds: 0.5,
          maxRssBytes: 2097152,
        },
      ],
    });
  });

  it.each([
    ['attempt', [7, 8]],
    ['manifest', [7, 10]],
    ['total', [7, 15]],
  ])('counts the CPU time of attempts 1 and 2 as --cost %s asks', async (cost, userCpuSeconds) => {
    const report = (await json('report', '--all-attempts', '--cost', cost)) as { units: { userCpuSeconds: number }[] };
    expect(report.units.map((unit) => unit.userCpuSeconds)).toEqual(userCpuSeconds);
  });

  it('takes the wall-clock from the attempt’s own events, and sums it for the total', async () => {
    const wall = async (...more: string[]): Promise<unknown> =>
      ((await json('report', ...more)) as { units: { wallSeconds: number }[] }).units.map((unit) => unit.wallSeconds);
    expect(await wall('--attempt', '1')).toEqual([13]);
    expect(await wall('--cost', 'total')).toEqual([17]);
  });

  it('prints the three tables for people', async () => {
    const { exitCode, stdout } = await run('report');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Table 1: files[^]*Table 2: wall-clock and CPU[^]*Table 3: executables/);
    expect(stdout).toMatch(/^tract=1 +2 +all +3 +– +– +3 +2 +0 +0 +1 +0 +0 +2\.10 KiB$/m);
  });
});

describe('failures', () => {
  it('counts failed and lost executions of all attempts by class, task and host, with the CPU time lost', async () => {
    const last = {
      lastExecution: executions.coadd,
      lastJob: 'assembleCoadd {"patch":"4,4"}',
      lastMessage: 'ValueError',
    };
    expect(await json('failures')).toMatchObject({
      campaign: 'C',
      by: ['class', 'task', 'host'],
      failures: [
        {
          unit: null,
          failureClass: 'pythonError',
          permanence: 'permanent',
          task: 'assembleCoadd',
          host: 'node1',
          failures: 1,
          cpuLostSeconds: 4.5,
          notMeasured: 0,
          ...last,
        },
        {
          unit: null,
          failureClass: 'outOfMemory',
          permanence: 'transient',
          task: 'processCcd',
          host: 'node1',
          failures: 1,
          cpuLostSeconds: 1.5,
          notMeasured: 0,
        },
      ],
    });
  });

  it('groups them otherwise when asked', async () => {
    expect(await json('failures', '--by', 'host')).toMatchObject({
      failures: [
        { failureClass: null, host: 'node1', failures: 2, cpuLostSeconds: 6, lastExecution: executions.coadd },
      ],
    });
    expect(await json('failures', '--attempt', '2', '--unit', 'tract=1')).toMatchObject({ failures: [] });
    expect((await run('failures', '--by', 'moon')).exitCode).toBe(2);
  });
});

describe('lineage', () => {
  it('walks up to the inputs, through the versions that were read', async () => {
    const lineage = (await json('lineage', 'coadd/4,4.fits')) as { files: unknown[] };
    expect(lineage).toMatchObject({
      campaign: 'C',
      path: 'coadd/4,4.fits',
      execution: executions.retriedCoadd,
      direction: 'up',
      truncated: false,
      files: [
        { path: 'coadd/4,4.fits', execution: executions.retriedCoadd, datasetType: 'coadd', sizeBytes: 2048, depth: 0 },
        { path: 'calexp/1.fits', execution: executions.secondTry, sizeBytes: 100, depth: 1 },
        { path: 'calexp/2.fits', execution: executions.other, depth: 1 },
        { path: 'raw/1.fits', execution: null, datasetType: 'raw', originCampaign: 'observing', depth: 2 },
        { path: 'raw/2.fits', execution: null, datasetType: null, originCampaign: null, depth: 2 },
      ],
    });
    expect(lineage.files).toHaveLength(5);
  });

  it('walks down, and stops at the depth given', async () => {
    const all = (await json('lineage', 'raw/1.fits', '--down')) as { files: { path: string }[]; truncated: boolean };
    expect(all.files.map((file) => file.path)).toEqual([
      'raw/1.fits',
      'calexp/1.fits',
      'calexp/1.fits',
      'coadd/4,4.fits',
    ]);
    expect(all.truncated).toBe(false);
    const near = await json('lineage', 'raw/1.fits', '--down', '--depth', '1');
    expect(near).toMatchObject({ truncated: true, files: [{ depth: 0 }, { depth: 1 }, { depth: 1 }] });
  });

  it('tells the version that an execution wrote from the one that counts', async () => {
    expect(await json('lineage', 'calexp/1.fits')).toMatchObject({ execution: executions.secondTry });
    expect(await json('lineage', 'calexp/1.fits', '--execution', executions.failedTry)).toMatchObject({
      execution: executions.failedTry,
      files: [{ sizeBytes: 50 }, { path: 'raw/1.fits' }],
    });
    expect(await json('lineage', 'calexp/1.fits', '--execution', executions.failedTry, '--down')).toMatchObject({
      files: [{ path: 'calexp/1.fits' }],
    });
  });

  it('prints a tree for people and a graph for Graphviz', async () => {
    const tree = await run('lineage', 'coadd/4,4.fits');
    expect(tree.stdout.split('\n').slice(0, 3)).toEqual([
      'coadd/4,4.fits  (coadd, 2.00 KiB)',
      '└─ [assembleCoadd {"patch":"4,4"}]  (succeeded, tract=1 attempt 2)',
      '   ├─ calexp/1.fits  (calexp, 100 B)',
    ]);
    const dot = await run('lineage', 'coadd/4,4.fits', '--format', 'dot');
    expect(dot.stdout).toMatch(/^digraph lineage \{/);
    expect(dot.stdout).toContain(`"raw/1.fits@" -> "${executions.secondTry}";`);
    expect(dot.stdout.trimEnd().endsWith('}')).toBe(true);
  });

  it('refuses a file that no event names, and suggests', async () => {
    const { exitCode, stderr } = await run('lineage', '4,4.fits');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('did you mean coadd/4,4.fits?');
  });
});

describe('reading commands', () => {
  it('end quietly when their reader has gone', async () => {
    const child = startCli(['jobs', '--json'], { cwd });
    const stderr: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdout?.destroy();
    const exitCode = await new Promise((resolve) => child.once('close', resolve));
    expect({ exitCode, stderr: Buffer.concat(stderr).toString() }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('say which campaign they need where there are several', async () => {
    const { folder, remove: removeFolder } = temporaryFolder();
    const ledger = `sqlite:${path.join(folder, 'ledger.db')}`;
    await storeDrafts(ledger, [...sampleEvents('A'), ...sampleEvents('B')]);
    const { exitCode, stderr } = await runCli(['report', '--ledger', ledger], { cwd: folder });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('"A", "B"');
    const all = await runCli(['status', '--ledger', ledger], { cwd: folder });
    expect(all.stdout).toMatch(/campaign A[^]*campaign B/);
    removeFolder();
  });

  it('all see everything when several begin at once on views that nobody has made yet', async () => {
    const { folder, remove: removeFolder } = temporaryFolder();
    const ledger = `sqlite:${path.join(folder, 'ledger.db')}`;
    await storeDrafts(ledger, sampleEvents('C'));
    const digests = await Promise.all(
      [1, 2, 3, 4].map(() => runCli(['digest', '--json', '--ledger', ledger], { cwd: folder })),
    );
    expect(digests.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual(
      digests.map(() => ({ exitCode: 0, stderr: '' })),
    );
    expect(new Set(digests.map(({ stdout }) => stdout)).size).toBe(1);
    removeFolder();
  });

  it('tell how far behind they are when they read the views as they are', async () => {
    const { folder, remove: removeFolder } = temporaryFolder();
    const ledger = `sqlite:${path.join(folder, 'ledger.db')}`;
    const none = await runCli(['status', '--ledger', ledger], { cwd: folder });
    expect(none.exitCode).toBe(3);
    await storeDrafts(ledger, sampleEvents('C'));
    const noViews = await runCli(['status', '--no-project', '--ledger', ledger], { cwd: folder });
    expect(noViews.exitCode).toBe(3);
    expect(noViews.stderr).toContain('tractledger project');
    expect((await runCli(['project', '--ledger', ledger], { cwd: folder })).exitCode).toBe(0);
    const more = sampleEvents('C').slice(0, 1);
    await storeDrafts(ledger, more);
    const behind = await runCli(['status', '--no-project', '--json', '--ledger', ledger], { cwd: folder });
    expect(behind.exitCode).toBe(0);
    expect(JSON.parse(behind.stdout)).toMatchObject({ lagEvents: 1 });
    expect(behind.stderr).toContain('1 event behind the ledger');
    removeFolder();
  });

  it('refuse views of another ledger, and files that are no views', async () => {
    const { folder, remove: removeFolder } = temporaryFolder();
    const other = `sqlite:${path.join(folder, 'other.db')}`;
    await storeDrafts(other, sampleEvents('C'));
    await run('project');
    const foreign = await run('status', '--ledger', other, '--views', '.tractledger/views.db');
    expect(foreign.exitCode).toBe(2);
    expect(foreign.stderr).toContain('were made from another ledger');
    const text = path.join(folder, 'text');
    writeFileSync(text, 'no database');
    expect((await run('status', '--views', text)).exitCode).toBe(3);
    removeFolder();
  });
});
