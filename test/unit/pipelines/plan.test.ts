import { commandOf } from '../../../pipelines/command';
import { loadPipeline } from '../../../pipelines/loadPipeline';
import { makePlan } from '../../../pipelines/makePlan';
import { planNumbers } from '../../../pipelines/planNumbers';
import { unitNames } from '../../../pipelines/unitName';
import { coaddDefinition, coaddTables, writePipeline } from '../../support/coaddPipeline';
import { temporaryFolder } from '../../support/temporaryFolder';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const scope = { campaign: 'c', unit: 'tract=1', attempt: 2 };

function planOf(definition = coaddDefinition, tables: Readonly<Record<string, string>> = coaddTables) {
  return makePlan(loadPipeline(writePipeline(folder, definition, tables)), scope);
}

describe('a plan', () => {
  const plan = planOf();

  it('holds the jobs of its unit, each behind those it waits for, in the order of data IDs', () => {
    expect(plan.jobs.map(({ name }) => name)).toEqual([
      'processCcd {"ccd":1,"tract":1,"visit":10}',
      'processCcd {"ccd":2,"tract":1,"visit":10}',
      'processCcd {"ccd":1,"tract":1,"visit":11}',
      'processCcd {"ccd":2,"tract":1,"visit":11}',
      'warp {"filter":"HSC-I","patch":"4,4","tract":1,"visit":10}',
      'warp {"filter":"HSC-I","patch":"4,4","tract":1,"visit":11}',
      'warp {"filter":"HSC-I","patch":"4,5","tract":1,"visit":11}',
      'coadd {"filter":"HSC-I","patch":"4,4","tract":1}',
      'coadd {"filter":"HSC-I","patch":"4,5","tract":1}',
    ]);
  });

  it('names the files that each job is to read and write', () => {
    const coadd = plan.jobs.at(-2);
    expect(coadd?.inputs.flat().map(({ path }) => path)).toEqual([
      '2/1/4,4/warp-HSC-I-10.fits',
      '2/1/4,4/warp-HSC-I-11.fits',
    ]);
    expect(coadd?.outputs.flat().map(({ path }) => path)).toEqual(['2/1/4,4/coadd-HSC-I.fits']);
    expect(coadd?.upstream.map(({ name }) => name)).toEqual(plan.jobs.slice(4, 6).map(({ name }) => name));
    expect(plan.jobs[0]?.inputs.flat().map(({ path, maker }) => ({ path, maker }))).toEqual([
      { path: 'raw/0000010-001.fits', maker: null },
    ]);
  });

  it('is counted', () => {
    expect(planNumbers(plan)).toEqual({
      jobs: 9,
      jobsByTask: { processCcd: 4, warp: 3, coadd: 2 },
      filesByDatasetType: { calexp: 4, warp: 3, coadd: 2 },
      registeredByDatasetType: { raw: 4 },
      inputReferences: 4 + 6 + 3,
      outputReferences: 9,
      edges: 6 + 3,
      longestPathJobs: 3,
      cpuSeconds: 400,
    });
    expect(plan.unmet).toEqual([]);
  });

  it('is the same whatever the order and repetition of the tables’ rows', () => {
    const shuffled = Object.fromEntries(
      Object.entries(coaddTables).map(([name, text]) => {
        const [header, ...rows] = text.trimEnd().split('\n');
        return [name, [header, ...rows.reverse(), rows[0]].join('\n')];
      }),
    );
    const told = ({ jobs }: ReturnType<typeof planOf>) =>
      jobs.map(({ name, inputs, outputs, upstream }) => ({
        name,
        inputs: inputs.flat().map(({ path }) => path),
        outputs: outputs.flat().map(({ path }) => path),
        upstream: upstream.map((job) => job.name),
      }));
    expect(told(planOf(coaddDefinition, shuffled))).toEqual(told(plan));
  });

  it('refuses two dataset types that would share a path', () => {
    const same = coaddDefinition.replace('{patch}/coadd-{filter}', '{patch}/warp-{filter}-10');
    expect(() => planOf(same)).toThrow(/warp-HSC-I-10\.fits would be a file of warp and another of coadd/);
  });

  it('refuses a unit whose name does not fit, and knows which units there are', () => {
    const pipeline = loadPipeline(writePipeline(folder));
    expect(unitNames(pipeline)).toEqual(['tract=1', 'tract=2']);
    for (const unit of ['tract=one', 'tract', '1', 'visit=1']) {
      expect(() => makePlan(pipeline, { ...scope, unit })).toThrow('a unit of this pipeline is called tract=VALUE');
    }
  });

  it('takes what values hold into a command line as it is', () => {
    const tables = { ...coaddTables, 'overlaps.csv': 'tract,patch,filter,visit\n1,"it\'s ""4"", $(x) /é",I,10\n' };
    const job = planOf(coaddDefinition, tables).jobs.find(({ task }) => task.name === 'warp');
    const files = (lists: readonly (readonly { readonly path: string }[])[]) => lists.flat().map(({ path }) => path);
    const argv =
      job === undefined
        ? []
        : commandOf(job.task, {
            dataId: new Map(job.task.dimensions.map((name, place) => [name, job.row[place] ?? ''])),
            inputs: new Map([['calexp', files(job.inputs)]]),
            outputs: new Map([['warp', files(job.outputs)]]),
          });
    expect(argv).toEqual([
      'makeCoaddTempExp.py',
      'patch=it\'s "4", $(x) /é',
      '2/1/CORR-0000010-001.fits',
      '2/1/CORR-0000010-002.fits',
      '2/1/it%27s%20%224%22,%20%24%28x%29%20%2F%C3%A9/warp-I-10.fits',
    ]);
  });

  it('gives a task without dimensions one job', () => {
    const last = `  final:
    dimensions: []
    over: []
    kind: framework
    executable: final
    command: [final, '{inputs.coadd}']
    inputs: { coadd: { require: any } }
science:`;
    const { jobs } = planOf(coaddDefinition.replace('science:', last));
    expect(jobs.at(-1)).toMatchObject({ name: 'final', dataId: null });
    expect(jobs.at(-1)?.upstream).toHaveLength(2);
  });
});
