import { wfformatInput } from '../../../producers/importers/wfformat/importWfformat';
import { stepName } from '../../../producers/importers/wfformat/taskParts';
import type { LedgerEvent } from '../../../schemas';
import { draftsOf, eventsOf, fileWith } from '../../support/imports';
import { temporaryFolder } from '../../support/temporaryFolder';

const temporary = temporaryFolder();
afterAll(temporary.remove);

const options = { campaign: 'C', unit: 'U' };

async function inputOf(instance: unknown, more: { occurredAtMicros?: number; timeZone?: string } = {}) {
  const text = typeof instance === 'string' ? instance : JSON.stringify(instance);
  return wfformatInput({ instancePath: fileWith(temporary.folder, 'i.json', text), ...options, ...more });
}

async function problemOf(instance: unknown): Promise<string> {
  return inputOf(instance).then(
    () => 'none',
    (error: unknown) => (error instanceof Error ? error.message.slice(temporary.folder.length + 1) : 'no error'),
  );
}

/** A task of version 1.5 and its run. */
function task(id: string, parents: string[] = [], children: string[] = [], more: object = {}): object {
  return { name: id, id, parents, children, ...more };
}

function version15(tasks: object[], runs: object[] | null = null, more: object = {}): object {
  const execution = { makespanInSeconds: 10, executedAt: '2020-04-01T15:10:53-08:00', tasks: runs, ...more };
  return {
    name: 'w',
    schemaVersion: '1.5',
    workflow: {
      specification: { tasks, files: [{ id: 'in.fits', sizeBytes: 0, sizeInBytes: 7 }] },
      ...(runs === null ? {} : { execution }),
    },
  };
}

const version14 = {
  name: 'w',
  schemaVersion: '1.4',
  workflow: {
    makespanInSeconds: 5,
    executedAt: '20200401T151053-0800',
    tasks: [
      {
        name: 'stage_in',
        id: 'ID01',
        type: 'transfer',
        files: [{ name: 'a.hdr', sizeInBytes: 1, link: 'output' }],
        runtimeInSeconds: 0.25,
        machine: 'node1',
      },
      {
        name: 'mAdd_ID0000001',
        id: 'ID02',
        category: 'mAdd',
        type: 'compute',
        parents: ['ID01'],
        command: { program: 'mAdd', arguments: ['--token', 'abcdefghijklmnop', ''] },
        files: [
          { name: 'a.hdr', sizeInBytes: 2, link: 'input' },
          { path: '/data/', name: 'b', sizeInBytes: 3, link: 'Output' },
        ],
        runtimeInSeconds: 1.5,
        memoryInBytes: 10.4,
      },
      { name: 'mView_00001', type: 'compute', files: [{ name: '/data/b', sizeInBytes: 3, link: 'input' }] },
    ],
  },
};

function ofType(events: readonly LedgerEvent[], type: LedgerEvent['type']): LedgerEvent[] {
  return events.filter((event) => event.type === type);
}

describe('an instance of WfFormat 1.4', () => {
  it('gives jobs by name, with parents named by name or id, and where none is named by files', async () => {
    const events = await eventsOf(await inputOf(version14));
    expect(ofType(events, 'JobPlanned')).toMatchObject([
      { job: 'stage_in', task: 'stage_in', kind: 'framework', upstreamJobs: [] },
      { job: 'mAdd_ID0000001', task: 'mAdd', kind: 'payload', upstreamJobs: ['stage_in'] },
      { job: 'mView_00001', task: 'mView', upstreamJobs: ['mAdd_ID0000001'], predictedOutputs: [] },
    ]);
  });

  it('tells executions of the tasks that ran, with files, sizes and no secret', async () => {
    const events = await eventsOf(await inputOf(version14));
    expect(ofType(events, 'ExecutionStarted')).toMatchObject([
      { job: 'stage_in', host: 'node1', executable: null, argv: [] },
      { job: 'mAdd_ID0000001', host: null, executable: 'mAdd', argv: ['mAdd', '--token', '[redacted]', ''] },
    ]);
    expect(ofType(events, 'ExecutionSucceeded')).toMatchObject([
      { metrics: { wallMicros: 250_000, userCpuMicros: null, maxRssBytes: null } },
      { metrics: { wallMicros: 1_500_000, maxRssBytes: 10 } },
    ]);
    expect(ofType(events, 'FileProduced')).toMatchObject([
      { path: 'a.hdr', datasetType: 'hdr', sizeBytes: 1, md5: null },
      { path: '/data/b', datasetType: 'file', sizeBytes: 3 },
    ]);
    expect(ofType(events, 'AttemptEnded')).toMatchObject([{ outcome: 'partial' }]);
  });

  it('says where tasks tell different sizes of a file', async () => {
    const { findings } = await draftsOf(await inputOf(version14));
    expect([...findings.warnings]).toContain(
      "tasks tell different sizes of 1 files, such as a.hdr: the writer's counts",
    );
  });
});

describe('an instance of WfFormat 1.5', () => {
  it('joins links told by one side only', async () => {
    const events = await eventsOf(await inputOf(version15([task('a', [], ['b']), task('b'), task('c', ['b', 'b'])])));
    expect(ofType(events, 'JobPlanned')).toMatchObject([
      { upstreamJobs: [] },
      { upstreamJobs: ['a'] },
      { upstreamJobs: ['b'] },
    ]);
  });

  it('is only planned where it tells of no run', async () => {
    const input = await inputOf(version15([task('a', [], [], { inputFiles: ['in.fits'], outputFiles: ['out.fits'] })]));
    const { drafts, findings } = await draftsOf(input);
    expect(drafts.map(({ event }) => event.type)).toEqual([
      'FileRegistered',
      'JobPlanned',
      'ExpectationDeclared',
      'ExpectationDeclared',
    ]);
    expect([...findings.warnings]).toEqual([expect.stringMatching(/does not tell when it ran: .* 1970/) as string]);
  });

  it('dates an execution by its own time where that is told', async () => {
    const runs = [{ id: 'a', runtimeInSeconds: 2, executedAt: '2020-04-01 10:00:00.5', machines: ['m1', 'm2'] }];
    const input = await inputOf(version15([task('a')], runs), { timeZone: '+02:00' });
    const events = await eventsOf(input);
    const at = Date.parse('2020-04-01T08:00:00.500Z') * 1000;
    expect(ofType(events, 'ExecutionStarted')).toMatchObject([{ header: { occurredAt: at }, host: null }]);
    expect(ofType(events, 'ExecutionSucceeded')).toMatchObject([{ header: { occurredAt: at + 2_000_000 } }]);
    expect(ofType(events, 'JobPlanned')).toMatchObject([
      { header: { occurredAt: Date.parse('2020-04-01T23:10:53Z') * 1000 } },
    ]);
    expect([...(await draftsOf(input)).findings.warnings]).toEqual([
      'tasks that ran on several machines: which was their host is left unknown',
    ]);
  });

  it.each([
    ['03-23-21T06:04:36Z', '2021-03-23T06:04:36.000Z'],
    ['2021-03-23T06:04:36.25+01:00', '2021-03-23T05:04:36.250Z'],
    ['2021-03-23T06:04:36+01', '2021-03-23T05:04:36.000Z'],
    ['20210323T060436Z', '2021-03-23T06:04:36.000Z'],
    ['2021-03-23 06:04:36', '2021-03-23T06:04:36.000Z'],
  ])('reads the time %s', async (executedAt, iso) => {
    const input = await inputOf(version15([task('a')], [], { executedAt }));
    expect(input.first?.occurredAtMicros).toBe(Date.parse(iso) * 1000);
  });

  it('takes the time from outside where its own cannot be read', async () => {
    const odd = version15([task('a')], [], { executedAt: 'last Tuesday' });
    expect(await problemOf(odd)).toMatch(
      /i.json:1: expected a time .*--occurred-at\), at \$\.workflow\.execution\.exec/,
    );
    expect((await inputOf(odd, { occurredAtMicros: 9 })).first?.occurredAtMicros).toBe(9);
  });

  it('names files without an extension file', async () => {
    const paths = ['a.FITS', 'b/c', '.hidden', 'd.tar.gz', 'e.'];
    const events = await eventsOf(await inputOf(version15([task('a', [], [], { outputFiles: paths })])));
    const [job] = ofType(events, 'JobPlanned');
    expect(job).toMatchObject({
      predictedOutputs: ['fits', 'file', 'file', 'gz', 'file'].map((datasetType) => ({ datasetType })),
    });
  });

  it.each([
    ['another version', { schemaVersion: '1.3' }, /WfFormat 1.4 or 1.5 .* at \$\.schemaVersion, found "1.3"/],
    ['no version', {}, /expected a text at \$\.schemaVersion, found "nothing"/],
    [
      'a task twice',
      version15([task('a'), task('a')]),
      /an id that no other task has at \$.*tasks\[1\]\.id, found "a"/,
    ],
    [
      'an unknown parent',
      version15([task('a', ['x'])]),
      /name of a task of this workflow at \$.*\.parents\[0\], found "x"/,
    ],
    ['an unknown child', version15([task('a', [], ['x'])]), /name of a task of this workflow at \$.*\.children\[0\]/],
    [
      'tasks in a circle',
      version15([task('a', ['b']), task('b', ['a'])]),
      /in a circle, as a for b for a do, at \$.*\[0\]/,
    ],
    ['a run of no task', version15([task('a')], [{ id: 'x' }]), /id of a task of the specification at \$.*found "x"/],
    ['a run without its time', version15([task('a')], [{ id: 'a' }]), /a number of seconds at .*runtimeInSeconds/],
    ['time that runs backwards', version15([task('a')], [{ id: 'a', runtimeInSeconds: -1 }]), /a number from 0 at/],
    [
      'two runs of a task',
      version15(
        [task('a')],
        [
          { id: 'a', runtimeInSeconds: 1 },
          { id: 'a', runtimeInSeconds: 1 },
        ],
      ),
      /one run of a task at \$\.workflow\.execution\.tasks\[1\]\.id/,
    ],
    ['no JSON', '{"schemaVersion":\n "1.5",\n "workflow": oops}', /i.json:3: expected JSON, found "oops}"/],
    ['other bytes than UTF-8', '"\ud800', /i.json:1: expected JSON/],
  ])('refuses %s', async (_, instance, problem) => {
    expect(await problemOf(instance)).toMatch(problem);
  });
});

describe('the step that a task is one job of', () => {
  it('is its name without the number that tells it from others', () => {
    expect(['mAdd_ID0000032', 'mAdd_00000032', 'split_fastq', 'chr_21', '_ID00001', 'a_b_0001'].map(stepName)).toEqual([
      'mAdd',
      'mAdd',
      'split_fastq',
      'chr_21',
      '_ID00001',
      'a_b',
    ]);
  });
});
