import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Ledger } from '../../ledger/port';
import { openLedger } from '../../ledger/openLedger';
import { ImportConflictError, ImportFormatError } from '../../producers/importers/errors';
import { htcondorInputs, importHtcondor } from '../../producers/importers/htcondor/importHtcondor';
import { executionsTable, jobsTable } from '../../projections/jobs/tables';
import type { LedgerEvent } from '../../schemas';
import { eventsOf, fileWith, ledgerEvents } from '../support/imports';
import { viewsInMemory } from '../support/memoryViews';
import { describeWithSharedData } from '../support/sharedData';
import { temporaryFolder } from '../support/temporaryFolder';

/** The runs beside the checkout, by the folder and the beginning of the names of their files. */
const runs = [
  { folder: '.', name: 'test_pipelines_check_20240727T003507Z' },
  { folder: 'tiny_success', name: 'tiny_success' },
  { folder: 'tiny_problems', name: 'tiny_problems' },
];

/** DAGMan's words for a node's state, and the job states that say the same. */
const stateOfStatus: Readonly<Record<string, string>> = {
  STATUS_DONE: 'succeeded',
  STATUS_ERROR: 'failed',
  STATUS_FUTILE: 'skipped',
};

describeWithSharedData('htcondor', "importing the logs of Rubin's batch service", (root) => {
  const temporary = temporaryFolder();
  let ledger: Ledger;
  let ledgers = 0;

  beforeEach(async () => {
    ledgers += 1;
    ledger = await openLedger(`sqlite:${path.join(temporary.folder, `ledger${String(ledgers)}.db`)}`);
  });
  afterEach(() => ledger.close());
  afterAll(temporary.remove);

  describe.each(runs)('$name', ({ folder, name }) => {
    const base = path.join(root, folder, name);
    const logPath = `${base}.dag.nodes.log`;

    it("ends every node in the state that DAGMan's own status file gives", async () => {
      await importHtcondor(ledger, { logPath });
      const states = jobStates(await ledgerEvents(ledger));
      const nodes = nodeStatuses(readFileSync(`${base}.node_status`, 'utf8'));
      expect(nodes.size).toBeGreaterThan(3);
      for (const [node, status] of nodes) {
        expect([node, states.get(node)]).toEqual([node, stateOfStatus[status]]);
      }
    });

    it('has the jobs that the rescue file calls done, and no others, among its succeeded ones', async () => {
      const rescue = `${base}.dag.rescue001`;
      if (!existsSync(rescue)) {
        return;
      }
      await importHtcondor(ledger, { logPath });
      const done = [...readFileSync(rescue, 'utf8').matchAll(/^DONE (.*)$/gm)].map((match) => match[1]);
      const succeeded = [...jobStates(await ledgerEvents(ledger))].filter(([, state]) => state === 'succeeded');
      expect(succeeded.map(([job]) => job).sort()).toEqual(done.sort());
    });

    it("has the CPU seconds of the log's own usage lines", async () => {
      await importHtcondor(ledger, { logPath });
      const executions = viewsInMemory(await ledgerEvents(ledger)).rows(executionsTable);
      const used = executions.map((row) => [Number(row['user_cpu_us']) / 1e6, Number(row['system_cpu_us']) / 1e6]);
      expect(used.sort()).toEqual(usageLines(readFileSync(logPath, 'utf8')).sort());
    });

    it('adds nothing when it is imported again', async () => {
      const first = await importHtcondor(ledger, { logPath });
      const events = await ledgerEvents(ledger);
      const second = await importHtcondor(ledger, { logPath });
      expect(first).toMatchObject({ duplicates: 0, stored: first.read, leftForLater: null, warnings: [] });
      expect(second).toMatchObject({ stored: 0, duplicates: first.read, read: first.read });
      expect(await ledgerEvents(ledger)).toEqual(events);
    });

    it('tells the instants by the UTC times that the log itself holds', async () => {
      const report = await importHtcondor(ledger, { logPath });
      const offset = folder === '.' ? '-05:00' : '-06:00';
      expect(report.timeZone).toBe(offset);
      const ends = (await ledgerEvents(ledger))
        .filter((event) => event.type === 'ExecutionSucceeded')
        .map((event) => event.header.occurredAt);
      const told = [...readFileSync(logPath, 'utf8').matchAll(/own accord at (\S+) with exit-code 0/g)];
      const atOnce = told.filter(([, at]) =>
        ends.some((end) => Math.abs(end - Date.parse(at ?? '') * 1000) <= 1_000_000),
      );
      expect(ends.length).toBeGreaterThan(2);
      expect(atOnce.length).toBeGreaterThanOrEqual(ends.length);
    });
  });

  it('plans the jobs with their tasks, kinds and upstream jobs', async () => {
    const [input] = await htcondorInputs({ logPath: path.join(root, 'tiny_problems/tiny_problems.dag.nodes.log') });
    const planned = (await eventsOf(input)).filter((event) => event.type === 'JobPlanned');
    const short = (job: string): string => job.slice(0, 8);
    expect(input.scope).toMatchObject({ campaign: 'tiny', unit: 'u_testuser_tiny_20250213T175935Z', attempt: 1 });
    expect(planned.map((job) => [short(job.job), job.task, job.kind, job.upstreamJobs.map(short)])).toEqual([
      ['pipetask', 'pipetaskInit', 'framework', []],
      ['057c8caf', 'label1', 'payload', ['pipetask']],
      ['4a7f478b', 'label1', 'payload', ['pipetask']],
      ['40040b97', 'label2', 'payload', ['057c8caf']],
      ['696ee50d', 'label2', 'payload', ['4a7f478b']],
      ['finalJob', 'finalJob', 'framework', []],
      ['provisio', 'provisioningJob', 'framework', []],
    ]);
  });

  it('says why a job failed whose program ended well but whose POST script did not', async () => {
    const [input] = await htcondorInputs({ logPath: path.join(root, 'tiny_problems/tiny_problems.dag.nodes.log') });
    const failed = (await eventsOf(input)).filter((event) => event.type === 'ExecutionFailed');
    expect(failed.map(({ exitCode, message }) => ({ exitCode, message }))).toEqual([
      { exitCode: 1, message: null },
      { exitCode: 0, message: 'ended well, but its POST script ended with exit code 2' },
    ]);
  });

  it('tells the service node apart, evicted and taken from the queue when the DAG ends', async () => {
    const [input] = await htcondorInputs({ logPath: path.join(root, 'tiny_success/tiny_success.dag.nodes.log') });
    const events = (await eventsOf(input)).filter((event) => 'job' in event && event.job === 'provisioningJob');
    expect(events.map((event) => event.type)).toEqual([
      'JobPlanned',
      'JobQueued',
      'ExecutionStarted',
      'ExecutionLost',
      'JobQueued',
      'JobSkipped',
    ]);
  });

  it('has hosts, slots, wall-clock time and memory of the runs', async () => {
    const [input] = await htcondorInputs({
      logPath: path.join(root, 'test_pipelines_check_20240727T003507Z.dag.nodes.log'),
    });
    const events = await eventsOf(input);
    const isr = events.find((event) => event.type === 'ExecutionStarted' && event.task === 'isr');
    expect(isr).toMatchObject({ host: 'acws02', allocation: 'slot1_1@acws02', tryNumber: 1 });
    const outcomes = events.filter((event) => event.type === 'ExecutionSucceeded').map((event) => event.metrics);
    expect(outcomes.map(({ wallMicros, maxRssBytes }) => [Number(wallMicros) / 1e6, maxRssBytes])).toEqual([
      [8, 3 * 2 ** 20],
      [29, 1088 * 2 ** 20],
      [100, 356 * 2 ** 20],
      [34, 382 * 2 ** 20],
      // The log's 0 says that the run ended before its memory was sampled.
      [7, null],
    ]);
  });

  it('stores only the growth of a log that has grown', async () => {
    const whole = readFileSync(path.join(root, 'tiny_problems/tiny_problems.dag.nodes.log'));
    const dagPath = path.join(root, 'tiny_problems/tiny_problems.dag');
    const logPath = fileWith(temporary.folder, 'grown.nodes.log', whole.subarray(0, whole.length >> 1));
    const half = await importHtcondor(ledger, { logPath, dagPath });
    fileWith(temporary.folder, 'grown.nodes.log', whole);
    const full = await importHtcondor(ledger, { logPath, dagPath });
    expect(half.leftForLater).toMatchObject({ file: logPath });
    expect(full).toMatchObject({ producer: half.producer, duplicates: half.stored, stored: full.read - half.stored });
    expect(full.stored).toBeGreaterThan(0);
  });

  it.each([
    ['first', 1],
    ['fifth', 5],
    ['tenth', 10],
  ])('refuses a log whose %s record changed, and stores nothing', async (_which, record) => {
    const text = readFileSync(path.join(root, 'tiny_success/tiny_success.dag.nodes.log'), 'utf8');
    const dagPath = path.join(root, 'tiny_success/tiny_success.dag');
    const logPath = fileWith(temporary.folder, `changed${String(record)}.nodes.log`, text);
    await importHtcondor(ledger, { logPath, dagPath });
    const events = await ledgerEvents(ledger);
    const records = text.split('...\n');
    const changed = records.map((each, index) => (index === record - 1 ? each.replace(' 10:4', ' 10:3') : each));
    fileWith(temporary.folder, `changed${String(record)}.nodes.log`, changed.join('...\n'));
    const again = importHtcondor(ledger, { logPath, dagPath });
    await expect(again).rejects.toThrow(ImportConflictError);
    await expect(again).rejects.toThrow(`the beginning of ${logPath} changed since it was imported`);
    expect(await ledgerEvents(ledger)).toEqual(events);
  });

  it('stores nothing of a log that is malformed in its middle, and says where', async () => {
    const text = readFileSync(path.join(root, 'tiny_success/tiny_success.dag.nodes.log'), 'utf8');
    const logPath = fileWith(
      temporary.folder,
      'broken.nodes.log',
      text.replace('(1) Normal termination (ret', '(1) Norm ('),
    );
    const line = text.split('\n').findIndex((each) => each.includes('Normal termination')) + 1;
    const broken = importHtcondor(ledger, { logPath, dagPath: path.join(root, 'tiny_success/tiny_success.dag') });
    await expect(broken).rejects.toThrow(ImportFormatError);
    await expect(broken).rejects.toThrow(
      new RegExp(
        `broken.nodes.log:${String(line)}: expected .*Normal termination.* found .*nothing of this import is stored`,
      ),
    );
    expect(await ledgerEvents(ledger)).toEqual([]);
  });

  it('continues in UTC what was imported before the log told its offset', async () => {
    const whole = readFileSync(path.join(root, 'tiny_success/tiny_success.dag.nodes.log'), 'utf8');
    const dagPath = path.join(root, 'tiny_success/tiny_success.dag');
    const untold = whole.slice(0, whole.indexOf('005 ('));
    const logPath = fileWith(temporary.folder, 'told.nodes.log', untold);
    const before = await importHtcondor(ledger, { logPath, dagPath });
    fileWith(temporary.folder, 'told.nodes.log', whole);
    const after = await importHtcondor(ledger, { logPath, dagPath });
    expect([before.timeZone, after.timeZone]).toEqual(['UTC', 'UTC']);
    expect(after.duplicates).toBe(before.read);
    expect(after.warnings.join()).toContain('give --time-zone=-06:00');
  });
});

function jobStates(events: readonly LedgerEvent[]): Map<string, string> {
  return new Map(
    viewsInMemory(events)
      .rows(jobsTable)
      .map((row) => [String(row['job']), String(row['state'])]),
  );
}

/** Node names and states of a DAGMan status file. */
function nodeStatuses(text: string): Map<string, string> {
  const nodes = text.matchAll(/Node = "([^"]+)";\s+NodeStatus = \d+; \/\* "(\w+)" \*\//g);
  return new Map([...nodes].map(([, node = '', status = '']) => [node, status]));
}

/** User and system seconds of every record that ends a run. */
function usageLines(text: string): number[][] {
  const lines = text.matchAll(/Usr (\d+) (\d+):(\d+):(\d+), Sys (\d+) (\d+):(\d+):(\d+) {2}- {2}Run Remote Usage/g);
  return [...lines].map((line) => {
    const [d = 0, h = 0, m = 0, s = 0, D = 0, H = 0, M = 0, S = 0] = line.slice(1).map(Number);
    return [((d * 24 + h) * 60 + m) * 60 + s, ((D * 24 + H) * 60 + M) * 60 + S];
  });
}
