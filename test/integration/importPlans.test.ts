import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { ImportConflictError, ImportFormatError, ImportOptionsError } from '../../producers/importers/errors';
import type { ImportReport } from '../../producers/importers/importInput';
import { importQuantumGraph } from '../../producers/importers/quantumGraph/importQuantumGraph';
import { importWfformat } from '../../producers/importers/wfformat/importWfformat';
import { executionsTable, jobsTable } from '../../projections/jobs/tables';
import { expectationsTable, fileCountsTable } from '../../projections/fileCounts/tables';
import { attemptMetricsTable } from '../../projections/runtimeMetrics/tables';
import type { LedgerEvent } from '../../schemas';
import { fileWith, ledgerEvents } from '../support/imports';
import { viewsInMemory } from '../support/memoryViews';
import { instanceNumbers, longestPath, quantumGraphNumbers, type PlanNumbers } from '../support/planFiles';
import { runCli } from '../support/runCli';
import { describeWithSharedData } from '../support/sharedData';
import { temporaryFolder } from '../support/temporaryFolder';

type EventOf<Type extends LedgerEvent['type']> = Extract<LedgerEvent, { type: Type }>;

function ofType<Type extends LedgerEvent['type']>(events: readonly LedgerEvent[], type: Type): EventOf<Type>[] {
  return events.filter((event): event is EventOf<Type> => event.type === type);
}

/** The same numbers from stored events. */
function eventNumbers(events: readonly LedgerEvent[], secondsEach: number | null): PlanNumbers {
  const jobs = ofType(events, 'JobPlanned');
  const outside = ofType(events, 'FileRegistered');
  const produced = ofType(events, 'FileProduced');
  const wall = new Map(
    ofType(events, 'ExecutionSucceeded').map(({ job, metrics }) => [job, (metrics.wallMicros ?? NaN) / 1e6]),
  );
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  const graph = jobs.map(({ job, upstreamJobs }) => {
    return [job, { upstream: upstreamJobs, seconds: secondsEach ?? wall.get(job) ?? NaN }] as const;
  });
  return {
    jobs: new Set(jobs.map(({ job }) => job)).size,
    links: sum(jobs.map(({ upstreamJobs }) => upstreamJobs.length)),
    inputReferences: sum(jobs.map(({ predictedInputs }) => predictedInputs.length)),
    outputReferences: sum(jobs.map(({ predictedOutputs }) => predictedOutputs.length)),
    written: new Set(jobs.flatMap(({ predictedOutputs }) => predictedOutputs.map((file) => file.path))).size,
    fromOutside: new Set(outside.map((file) => file.path)).size,
    writtenBytes: sum(produced.map(({ sizeBytes }) => sizeBytes ?? NaN)),
    outsideBytes: sum(outside.map(({ sizeBytes }) => sizeBytes ?? 0)),
    criticalPathSeconds: longestPath(new Map(graph)),
  };
}

const temporary = temporaryFolder();
let ledger: Ledger;
let ledgers = 0;

beforeEach(async () => {
  ledgers += 1;
  ledger = await openLedger(`sqlite:${path.join(temporary.folder, `ledger${String(ledgers)}.db`)}`);
});
afterEach(() => ledger.close());
afterAll(temporary.remove);

type Importing = (file: string, attempt?: number, occurredAtMicros?: number) => Promise<ImportReport>;

/** What holds of every importer of whole files. */
function isIdempotent(importing: Importing, source: string, change: (text: string) => string): void {
  it('adds nothing when it is imported again, from a copy too', async () => {
    const first = await importing(source);
    const end = await ledger.end();
    const copy = path.join(temporary.folder, 'copy of it');
    copyFileSync(source, copy);
    expect(first).toMatchObject({ stored: first.read, duplicates: 0, leftForLater: null });
    expect(await importing(source)).toMatchObject({ stored: 0, duplicates: first.read, read: first.read });
    expect(await importing(copy)).toMatchObject({ stored: 0, duplicates: first.read });
    expect(await ledger.end()).toBe(end);
  });

  it('is refused as soon as its content changed, whatever its path, and is another attempt then', async () => {
    const text = readFileSync(source, 'utf8');
    const file = fileWith(temporary.folder, 'changing', text);
    await importing(file);
    const end = await ledger.end();
    const changed = change(text);
    expect(changed).not.toBe(text);
    fileWith(temporary.folder, 'changing', changed);
    const elsewhere = fileWith(temporary.folder, 'changed', changed);
    for (const other of [file, elsewhere]) {
      const refused = importing(other);
      await expect(refused).rejects.toThrow(ImportConflictError);
      await expect(refused).rejects.toThrow(/attempt 1 of U in campaign C was imported from another .* --attempt/);
    }
    expect(await ledger.end()).toBe(end);
    expect((await importing(file, 2)).stored).toBeGreaterThan(0);
  });

  it('is refused with another date', async () => {
    await importing(source, 1, 1_000_000);
    await expect(importing(source, 1, 2_000_000)).rejects.toThrow(ImportConflictError);
  });

  it('asks for campaign and unit', async () => {
    const scope = { campaign: '', unit: 'U', graphPath: source, instancePath: source };
    await expect(importQuantumGraph(ledger, scope)).rejects.toThrow(ImportOptionsError);
    await expect(importWfformat(ledger, scope)).rejects.toThrow(ImportOptionsError);
  });
}

describeWithSharedData('lsst-quantum-graph', 'importing a quantum graph', (root) => {
  const source = path.join(root, 'quanta.jsonl');
  const importing: Importing = (graphPath, attempt = 1, occurredAtMicros = 5) =>
    importQuantumGraph(ledger, { graphPath, campaign: 'C', unit: 'U', attempt, occurredAtMicros });

  it('plans the jobs, links and files that the graph has', async () => {
    const report = await importing(source);
    const numbers = quantumGraphNumbers(source);
    expect(eventNumbers(await ledgerEvents(ledger), 1)).toEqual(numbers);
    expect(numbers).toMatchObject({
      jobs: 1050,
      inputReferences: 2994,
      outputReferences: 4200,
      criticalPathSeconds: 5,
    });
    expect(report).toMatchObject({ records: 1050, timeZone: null, warnings: [] });
    expect(Object.values(report.ignored)).toEqual([210]);
  });

  it('names tasks by their labels and jobs by their data IDs', async () => {
    await importing(source);
    const events = await ledgerEvents(ledger);
    const jobs = viewsInMemory(events).rows(jobsTable);
    expect([...new Set(jobs.map(({ task }) => task))].sort()).toEqual([
      'calibrate',
      'characterizeImage',
      'isr',
      'transformSourceTable',
      'writeSourceTable',
    ]);
    expect(jobs.map(({ job }) => job)).toContain(
      'isr {"band":"z","detector":9,"exposure":1472,"instrument":"LSSTCam-imSim","physical_filter":"z_sim_1.4"}',
    );
    expect(new Set(jobs.map(({ state }) => state))).toEqual(new Set(['planned']));
    const raw = ofType(events, 'FileRegistered').find(({ datasetType }) => datasetType === 'raw');
    const bias = ofType(events, 'FileRegistered').find(({ datasetType }) => datasetType === 'bias');
    expect(raw).toMatchObject({ path: 'raw/LSSTCam-imSim/9/1472/z/z_sim_1.4', sizeBytes: null, md5: null });
    expect(JSON.parse(raw?.dataId ?? '')).toMatchObject({ detector: 9, exposure: 1472 });
    expect(bias?.dataId).toBeNull();
  });

  it('expects 210 files of each of the 20 dataset types, basis plan, and 4,200 in all', async () => {
    await importing(source, 3);
    const rows = viewsInMemory(await ledgerEvents(ledger)).rows(expectationsTable);
    const total = rows.find((row) => row['dataset_type'] === '');
    expect(total).toMatchObject({ count: 4200, basis: 'plan', revision: 3, declared_by: 'tractledger import' });
    expect(rows.filter((row) => row !== total).map(({ count }) => count)).toEqual(Array(20).fill(210));
  });

  it('stores nothing of a graph that is malformed in its middle, and says where', async () => {
    const lines = readFileSync(source, 'utf8').split('\n');
    lines[499] = (lines[499] ?? '').replace('"dims": [', '"dims": [7, ');
    const graphPath = fileWith(temporary.folder, 'broken.jsonl', lines.join('\n'));
    const broken = importing(graphPath);
    await expect(broken).rejects.toThrow(ImportFormatError);
    await expect(broken).rejects.toThrow(/broken.jsonl:500: expected a text at \$\.dims\[0\], found "7"; nothing/);
    expect(await ledgerEvents(ledger)).toEqual([]);
  });

  it('refuses a graph that was cut within a line', async () => {
    const graphPath = fileWith(temporary.folder, 'cut.jsonl', readFileSync(source).subarray(0, 100_000));
    await expect(importing(graphPath)).rejects.toThrow(/cut.jsonl:\d+: expected a quantum as one JSON object, found/);
    expect(await ledgerEvents(ledger)).toEqual([]);
  });

  isIdempotent(importing, source, (text) => text.replace(/"sourceTable"(?![^]*"sourceTable")/, '"sourceTable2"'));
});

describeWithSharedData('wfcommons', 'importing workflow instances', (root) => {
  const importing: Importing = (instancePath, attempt = 1, occurredAtMicros) =>
    importWfformat(ledger, {
      instancePath,
      campaign: 'C',
      unit: 'U',
      attempt,
      ...(occurredAtMicros === undefined ? {} : { occurredAtMicros }),
    });

  describe.each(readdirSync(root).filter((name) => name.endsWith('.json')))('%s', (name) => {
    const source = path.join(root, name);

    it('has the jobs, links, files, bytes and longest path of the file', async () => {
      const report = await importing(source);
      const numbers = instanceNumbers(source);
      const events = await ledgerEvents(ledger);
      const ours = eventNumbers(events, null);
      expect(ours.criticalPathSeconds).toBeCloseTo(numbers.criticalPathSeconds, 6);
      expect({ ...ours, criticalPathSeconds: numbers.criticalPathSeconds }).toEqual(numbers);
      expect(numbers.criticalPathSeconds).toBeGreaterThan(10);
      expect(report.records).toBe(numbers.jobs);
      expect(report.warnings).toEqual([expect.stringMatching(/tasks tell no time of their own/) as string]);
    });

    it('tells what is known of each execution and null of what is not', async () => {
      await importing(source);
      const views = viewsInMemory(await ledgerEvents(ledger));
      const executions = views.rows(executionsTable);
      expect(executions).toHaveLength(instanceNumbers(source).jobs);
      for (const execution of executions) {
        expect(execution).toMatchObject({
          state: 'succeeded',
          host: 'mem',
          user_cpu_us: null,
          system_cpu_us: null,
          exit_code: null,
        });
        expect(execution['wall_us']).toBeGreaterThan(0);
        expect(execution['max_rss_bytes']).toBeGreaterThan(0);
      }
      const counts = views.rows(fileCountsTable);
      const expected = views.rows(expectationsTable).filter((row) => row['dataset_type'] !== '');
      expect(counts.map((row) => [row['dataset_type'], row['actual']])).toEqual(
        expected.map((row) => [row['dataset_type'], row['count']]),
      );
    });

    it('lasts as long as the instance says', async () => {
      await importing(source);
      const [attempt] = viewsInMemory(await ledgerEvents(ledger)).rows(attemptMetricsTable);
      const { makespanInSeconds } = (
        JSON.parse(readFileSync(source, 'utf8')) as { workflow: { execution: { makespanInSeconds: number } } }
      ).workflow.execution;
      const micros = Number(attempt?.['attempt_ended_at_us']) - Number(attempt?.['first_started_at_us']);
      expect(micros).toBe(makespanInSeconds * 1e6);
      const url = `sqlite:${path.join(temporary.folder, `ledger${String(ledgers)}.db`)}`;
      const views = path.join(temporary.folder, `views${String(ledgers)}.db`);
      const { stdout } = await runCli(['report', '--json', '--ledger', url, '--views', views], {
        cwd: temporary.folder,
      });
      expect(JSON.parse(stdout)).toMatchObject({ units: [{ wallSeconds: makespanInSeconds }] });
      expect(new Date(Number(attempt?.['first_started_at_us']) / 1000).toISOString()).toMatch(/^2021-03-23T0[56]:/);
    });

    isIdempotent(importing, source, (text) => text.replace('"avgCPU": 100.0', '"avgCPU": 99.0'));
  });

  it('stores nothing of an instance that is malformed, and says where', async () => {
    const [name = ''] = readdirSync(root);
    const text = readFileSync(path.join(root, name), 'utf8');
    const line = text.split('\n').findIndex((one) => one.includes('"sizeInBytes"')) + 1;
    const broken = importing(
      fileWith(temporary.folder, 'broken.json', text.replace(/"sizeInBytes": \d+/, '"sizeInBytes": "large"')),
    );
    await expect(broken).rejects.toThrow(ImportFormatError);
    await expect(broken).rejects.toThrow(
      `broken.json:${String(line)}: expected a whole number from 0 at $.workflow.specification.files[0].sizeInBytes, found "large"; nothing`,
    );
    const cut = importing(fileWith(temporary.folder, 'cut.json', text.slice(0, 5000)));
    await expect(cut).rejects.toThrow(/cut.json:\d+: expected JSON, found/);
    expect(await ledgerEvents(ledger)).toEqual([]);
  });
});
