import path from 'node:path';
import type { CampaignDifference } from '../../consumers/campaignDiff/diffCampaigns';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { encodeDrafts } from '../../producers/outbox/draft';
import type { LedgerEvent } from '../../schemas';
import { runCli } from '../support/runCli';
import { execution, newStory, producerOf, unmeasured } from '../support/story';
import { temporaryFolder } from '../support/temporaryFolder';

let cwd: string;
let remove: () => void;

beforeEach(() => {
  ({ folder: cwd, remove } = temporaryFolder());
});

afterEach(() => {
  remove();
});

const definition = (threshold: string): string => `format: 1
pipeline: coadd
dimensions: { visit: int }
unit: []
tables: { visits: visits.csv }
datasetTypes:
  raw: { role: registered, dimensions: [visit], table: visits, template: 'raw/{visit}' }
  calexp: { role: product, dimensions: [visit], template: 'calexp/{visit}' }
tasks:
  processCcd: { dimensions: [visit], over: [visits], executable: processCcd.py, command: [processCcd.py, '{science.threshold}'], inputs: { raw: {} }, outputs: { calexp: {} } }
science: { processCcd: { threshold: ${threshold} } }
`;

interface Run {
  readonly compiler: string;
  readonly threshold: string;
  readonly cpuMicros: number;
  readonly types: readonly string[];
  readonly inputs: readonly string[];
  readonly partsTold: number;
}

/** One campaign of one execution; its first attempt failed and must not count. */
function campaign(name: string, first: number, run: Run): LedgerEvent[] {
  const tell = newStory();
  const digest = String(first).repeat(64);
  const text = definition(run.threshold);
  const [failed, good] = [execution(first * 10), execution(first * 10 + 1)];
  const started = { task: 'processCcd', executable: 'processCcd.py' };
  const metrics = { ...unmeasured, userCpuMicros: run.cpuMicros, systemCpuMicros: 0, maxRssBytes: 1 << 20 };
  const events: LedgerEvent[] = [
    ...[text.slice(0, 100), text.slice(100)].slice(0, run.partsTold).map((part, index) =>
      tell('PipelineDeclared', {
        digest,
        name: 'coadd',
        part: index + 1,
        parts: 2,
        text: part,
        unit: null,
        attempt: null,
      }),
    ),
    tell('EnvironmentDeclared', {
      digest: `e${digest.slice(1)}`,
      operatingSystem: 'CentOS 7',
      compiler: run.compiler,
      packages: { afw: '13.0' },
      patches: run.compiler === 'gcc 6' ? [{ name: 'meas_base', ticket: 'DM-10404' }] : [],
      container: null,
      hardware: null,
      unit: null,
      attempt: null,
    }),
    tell('AttemptStarted', { pipelineDigest: digest }),
    tell('ExecutionStarted', { ...started, execution: failed, environmentDigest: 'f'.repeat(64) }),
    tell('InputsUsed', { execution: failed, files: [{ path: 'x', datasetType: 'strange' }] }),
    tell('ExecutionFailed', { execution: failed }),
    tell('AttemptStarted', { pipelineDigest: digest, attempt: 2 }),
    tell('ExecutionStarted', { ...started, execution: good, attempt: 2, environmentDigest: `e${digest.slice(1)}` }),
    tell('InputsUsed', {
      execution: good,
      attempt: 2,
      files: run.inputs.map((datasetType) => ({ path: `${datasetType}/1`, datasetType })),
    }),
    ...run.types.map((datasetType) =>
      tell('FileProduced', { execution: good, attempt: 2, datasetType, path: `${datasetType}/1` }),
    ),
    tell('ExecutionSucceeded', { execution: good, attempt: 2, metrics }),
  ];
  return events.map((event) => ({ ...event, header: { ...event.header, campaign: name } }));
}

async function record(...runs: readonly (readonly LedgerEvent[])[]): Promise<void> {
  const ledger = SqliteLedger.open(path.join(cwd, '.tractledger/ledger.db'));
  for (const [index, events] of runs.entries()) {
    const producer = producerOf(`run${String(index)}`);
    await ledger.append(producer, 1, encodeDrafts(events, producer, 1));
  }
  await ledger.close();
}

const before: Run = { compiler: 'gcc 4.8', threshold: '5', cpuMicros: 60_000_000, types: ['calexp', 'icSrc'], inputs: ['raw'], partsTold: 2 }; // prettier-ignore
const after: Run = { compiler: 'gcc 6', threshold: '5.5', cpuMicros: 90_000_000, types: ['calexp', 'src'], inputs: ['raw', 'refCat'], partsTold: 2 }; // prettier-ignore

async function differences(): Promise<CampaignDifference[]> {
  const { exitCode, stdout, stderr } = await runCli(['pipeline', 'diff', '--campaigns', 'A', 'B', '--json'], { cwd });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return (JSON.parse(stdout) as { differences: CampaignDifference[] }).differences;
}

describe('pipeline diff --campaigns', () => {
  it('tells what differs between two campaigns as they ran', async () => {
    await record(campaign('A', 1, before), campaign('B', 2, after));
    const told = (await differences()).map(({ section, subject, part, before: was, after: is }) => [section, subject, part, was, is]); // prettier-ignore
    expect(told).toEqual([
      ['environment', '1', 'compiler', 'gcc 4.8', 'gcc 6'],
      ['environment', '1', 'patches', null, 'meas_base (DM-10404)'],
      ['configuration', 'task processCcd', 'science.threshold', '5', '5.5'],
      ['datasetTypesRead', 'refCat', 'files', null, 1],
      ['datasetTypesRead', 'refCat', 'executions', null, 1],
      ['datasetTypesWritten', 'icSrc', 'files', 1, null],
      ['datasetTypesWritten', 'icSrc', 'absent', 0, null],
      ['datasetTypesWritten', 'icSrc', 'bytes', 100, null],
      ['datasetTypesWritten', 'src', 'files', null, 1],
      ['datasetTypesWritten', 'src', 'absent', null, 0],
      ['datasetTypesWritten', 'src', 'bytes', null, 100],
      ['executions', 'processCcd.py', 'cpuSeconds', 60, 90],
      ['executions', 'all', 'cpuSeconds', 60, 90],
    ]);
  });

  it('is a note to hand over, with what changes for verification', async () => {
    await record(campaign('A', 1, before), campaign('B', 2, after));
    const { exitCode, stdout } = await runCli(['pipeline', 'diff', '--campaigns', 'A', 'B'], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('# From A to B\n');
    expect(stdout).toContain('- environment 1, compiler: `gcc 4.8` becomes `gcc 6`\n');
    expect(stdout).toContain('- processCcd.py, CPU time: 1m 00s becomes 1m 30s\n');
    expect(stdout).toMatch(/## What changes for verification\n\n(.+\n)*- src: new: expected now\n/);
  });

  it('compares digests where a definition’s text is not whole', async () => {
    await record(campaign('A', 1, before), campaign('B', 2, { ...before, partsTold: 1 }));
    expect(await differences()).toMatchObject([
      { section: 'configuration', subject: 'pipeline', part: 'digest', before: '1'.repeat(64), after: '2'.repeat(64) },
    ]);
  });

  it('finds nothing between a campaign and itself, and says where there is no such campaign', async () => {
    await record(campaign('A', 1, before));
    const { stdout } = await runCli(['pipeline', 'diff', '--campaigns', 'A', 'A', '--json'], { cwd });
    expect(JSON.parse(stdout)).toEqual({ before: 'A', after: 'A', differences: [] });
    const { exitCode, stderr } = await runCli(['pipeline', 'diff', '--campaigns', 'A', 'Z'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('no event names the campaign "Z"');
  });
});
