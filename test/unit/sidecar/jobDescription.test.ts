import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describeJob } from '../../../producers/sidecar/jobDescription';
import { detectBatchJob, settingsFromEnvironment } from '../../../producers/sidecar/jobEnvironment';
import { settingsFromFile, settingsFromJson } from '../../../producers/sidecar/jobFile';
import { parseExecArguments } from '../../../producers/sidecar/jobFlags';
import { mergeSettings, type JobSettings } from '../../../producers/sidecar/jobSettings';
import { JobDescriptionError } from '../../../producers/sidecar/errors';
import { temporaryFolder } from '../../support/temporaryFolder';

const least: JobSettings = { campaign: 'C', unit: 'U', task: 'T', command: ['true'] };
let folder: string;
let remove: () => void;

beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
});
afterEach(() => {
  remove();
});

const flags = (...argv: string[]): JobSettings => parseExecArguments(argv).settings;

describe('the flags of exec', () => {
  it('take a path as one whole argument, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (name) => {
        fc.pre(!name.includes('\0'));
        const { outputs } = flags(`--output=${name}`, '--dataset-type', 't', '--', 'true');
        expect(outputs?.[0]?.path).toBe(name);
      }),
    );
  });

  it('let what follows an input or output describe it', () => {
    const settings = flags(
      ...['--input', 'a=b.fits', '--dataset-type', 'raw', '--input', 'c.fits'],
      ...['--output', 'x.fits', '--dataset-type', 'calexp', '--metadata', 'a=b=c', '--metadata', 'bare', '--optional'],
      ...['--output-glob', '*.txt', '--dataset-type', 'log', '--allow-empty'],
      ...['--', 'echo', '--output', '--', 'y'],
    );
    expect(settings.inputs).toEqual([
      { path: 'a=b.fits', datasetType: 'raw' },
      { path: 'c.fits', datasetType: null },
    ]);
    expect(settings.outputs).toEqual([
      {
        ...{ path: 'x.fits', isGlob: false, datasetType: 'calexp', dataId: null },
        ...{ metadata: { a: 'b=c', bare: null }, mayBeAbsent: true, mayBeEmpty: false },
      },
      {
        ...{ path: '*.txt', isGlob: true, datasetType: 'log', dataId: null },
        ...{ metadata: {}, mayBeAbsent: false, mayBeEmpty: true },
      },
    ]);
    expect(settings.command).toEqual(['echo', '--output', '--', 'y']);
  });

  it('read data IDs as key=value or JSON', () => {
    expect(flags('--data-id', 'visit=7', '--data-id', 'ccd=007', '--', 'x').dataId).toEqual({ visit: 7, ccd: '007' });
    expect(flags('--data-id', '{"filter":"a,b=c"}', '--', 'x').dataId).toEqual({ filter: 'a,b=c' });
  });

  it.each([
    [['true'], /put -- before the command/],
    [['--nonsense', '--', 'true'], /--nonsense: is unknown/],
    [['--task'], /--task: needs a value/],
    [['--task', '--unit', 'u'], /--task: needs a value/],
    [['--sha256=yes', '--', 'true'], /--sha256: takes no value/],
    [['--output', 'x', '--', 'true'], /needs a dataset type/],
    [['--metadata', 'a=b', '--', 'true'], /describes the output before it/],
    [['--input', 'x', '--optional', '--', 'true'], /describes the output before it/],
    [['--retries', 'many', '--', 'true'], /--retries: expected a whole number/],
    [['--batch-job', 'slurm', '--', 'true'], /SCHEDULER:ID/],
    [['--environment-digest', 'abc', '--', 'true'], /64 hexadecimal/],
    [['--data-id', 'x', '--', 'true'], /--data-id/],
  ])('refuse %j and say why', (argv, reason) => {
    expect(() => parseExecArguments(argv)).toThrow(JobDescriptionError);
    expect(() => parseExecArguments(argv)).toThrow(reason);
  });
});

describe('the environment', () => {
  it('says what the flags can say', () => {
    expect(
      settingsFromEnvironment({
        TRACTLEDGER_CAMPAIGN: 'C',
        TRACTLEDGER_ATTEMPT: '3',
        TRACTLEDGER_DATA_ID: '{"visit":1}',
        TRACTLEDGER_BATCH_JOB: 'slurm:12_3[4]',
        TRACTLEDGER_UNIT: '',
      }),
    ).toEqual({
      campaign: 'C',
      attempt: 3,
      dataId: { visit: 1 },
      batchJob: { scheduler: 'slurm', id: '12_3', arrayIndex: 4 },
    });
  });

  it('names the variable that is wrong', () => {
    expect(() => settingsFromEnvironment({ TRACTLEDGER_ATTEMPT: 'first' })).toThrow(/TRACTLEDGER_ATTEMPT: expected/);
  });

  it('shows the batch job of the schedulers it knows', () => {
    expect(detectBatchJob({ SLURM_JOB_ID: '9', SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '2' })).toEqual({
      scheduler: 'slurm',
      id: '7',
      arrayIndex: 2,
    });
    expect(detectBatchJob({ PBS_JOBID: '5.server' })).toEqual({ scheduler: 'pbs', id: '5.server', arrayIndex: null });
    expect(detectBatchJob({ LSB_JOBID: '5', LSB_JOBINDEX: '0' })).toEqual({
      scheduler: 'lsf',
      id: '5',
      arrayIndex: null,
    });
    expect(detectBatchJob({})).toBeNull();
  });
});

describe('a job’s JSON file', () => {
  it('says everything that flags can say', () => {
    const file = path.join(folder, 'job.json');
    writeFileSync(
      file,
      JSON.stringify({
        campaign: 'C',
        attempt: 2,
        dataId: { visit: 1228, filter: 'HSC-I' },
        command: ['run', ''],
        inputs: ['a', { path: 'b', datasetType: 'raw' }],
        outputs: [
          { path: 'x', datasetType: 't', metadata: { n: 3, ok: true, none: null }, mayBeAbsent: true },
          { glob: 'y/**', datasetType: 'u', dataId: { ccd: 4 } },
        ],
        batchJob: { scheduler: 'htcondor', id: '1.0' },
        backoffSeconds: 0.5,
        site: null,
      }),
    );
    expect(settingsFromFile(file)).toEqual({
      campaign: 'C',
      attempt: 2,
      dataId: { visit: 1228, filter: 'HSC-I' },
      command: ['run', ''],
      inputs: [
        { path: 'a', datasetType: null },
        { path: 'b', datasetType: 'raw' },
      ],
      outputs: [
        {
          ...{ path: 'x', isGlob: false, datasetType: 't', dataId: null, mayBeAbsent: true, mayBeEmpty: false },
          metadata: { n: '3', ok: 'true', none: null },
        },
        {
          ...{ path: 'y/**', isGlob: true, datasetType: 'u', dataId: { ccd: 4 }, metadata: {} },
          ...{ mayBeAbsent: false, mayBeEmpty: false },
        },
      ],
      batchJob: { scheduler: 'htcondor', id: '1.0', arrayIndex: null },
      backoffSeconds: 0.5,
    });
  });

  it.each([
    [{ nonsense: 1 }, 'job.json: nonsense: no such field'],
    [{ attempt: 'x' }, 'job.json: attempt: expected a whole number'],
    [{ outputs: [{ path: 'x' }] }, 'job.json: outputs[0].datasetType: is missing'],
    [{ outputs: [{ datasetType: 't' }] }, 'job.json: outputs[0]: expected either a path or a glob'],
    [{ outputs: [{ path: 'x', datasetType: 't', metadata: { a: {} } }] }, 'outputs[0].metadata.a'],
    [{ inputs: [3] }, 'job.json: inputs[0]: expected an object'],
    [{ command: 'ls' }, 'job.json: command: expected a list'],
    [[], 'job.json: expected an object'],
    [null, 'job.json: expected an object'],
  ])('names the field that is wrong: %j', (content, message) => {
    expect(() => settingsFromJson(content, 'job.json')).toThrow(message);
  });

  it('raises nothing but its own error, whatever it holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', 'outputs', 'inputs', 'batchJob', 'dataId'), (value, field) => {
        try {
          settingsFromJson(field === '' ? value : { [field]: value }, 'f');
        } catch (error) {
          expect(error).toBeInstanceOf(JobDescriptionError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a job', () => {
  it('takes a flag’s word before the file’s and the file’s before the environment’s; inputs and outputs add up', () => {
    const merged = mergeSettings(
      { campaign: 'env', unit: 'env', task: 'env' },
      { campaign: 'file', unit: 'file', inputs: [{ path: 'a', datasetType: null }] },
      { campaign: 'flag', inputs: [{ path: 'b', datasetType: null }] },
    );
    expect(merged).toMatchObject({ campaign: 'flag', unit: 'file', task: 'env' });
    expect(merged.inputs?.map(({ path: name }) => name)).toEqual(['a', 'b']);
  });

  it('is named by task and canonical data ID, or by its node', () => {
    expect(describeJob({ ...least, dataId: { b: 1, a: 'x' } }, {}).job).toBe('T {"a":"x","b":1}');
    expect(describeJob({ ...least, jobName: 'node_7' }, {}).job).toBe('node_7');
    expect(describeJob(least, {})).toMatchObject({ job: 'T', attempt: 1, firstTry: 1, executable: 'true' });
  });

  it.each(['campaign', 'unit', 'task'] as const)('needs a %s', (field) => {
    const rest = Object.fromEntries(Object.entries(least).filter(([name]) => name !== field));
    expect(() => describeJob(rest, {})).toThrow(new RegExp(`which ${field} is this`));
  });

  it('names outputs relative to the root, however they were given', () => {
    const output = (name: string): string | undefined =>
      describeJob({ ...least, root: folder, outputs: [outputOf(name)] }, {}).outputs[0]?.path;
    expect(output('a//b/./c')).toBe('a/b/c');
    expect(output(path.join(folder, 'd'))).toBe('d');
    expect(output('a/../b')).toBe('b');
  });

  it('refuses outputs that leave the root, also through symbolic links and by absolute paths', () => {
    mkdirSync(path.join(folder, 'root'));
    symlinkSync(folder, path.join(folder, 'root', 'up'));
    symlinkSync('.', path.join(folder, 'root', 'here'));
    const describeOutput = (name: string) => () =>
      describeJob({ ...least, root: path.join(folder, 'root'), outputs: [outputOf(name)] }, {});
    for (const name of ['..', '../x', '/x', 'up/x', 'a/../../x', '.', `${folder}/rootless`]) {
      expect(describeOutput(name)).toThrow(JobDescriptionError);
    }
    expect(describeOutput('here/x')).not.toThrow();
  });

  it('keeps the absolute path of an input outside the root', () => {
    const { inputs } = describeJob(
      { ...least, root: folder, inputs: [{ path: '/ref/cat.fits', datasetType: null }] },
      {},
    );
    expect(inputs[0]?.path).toBe('/ref/cat.fits');
    expect(() => describeJob({ ...least, root: folder, inputs: [{ path: '../x', datasetType: null }] }, {})).toThrow();
  });

  it('refuses one file declared twice', () => {
    const outputs = [outputOf('a'), outputOf('./a')];
    expect(() => describeJob({ ...least, root: folder, outputs }, {})).toThrow(/declared twice/);
  });
});

function outputOf(name: string): NonNullable<JobSettings['outputs']>[number] {
  return {
    ...{ path: name, isGlob: false, datasetType: 't', dataId: null, metadata: {} },
    ...{ mayBeAbsent: false, mayBeEmpty: false },
  };
}
