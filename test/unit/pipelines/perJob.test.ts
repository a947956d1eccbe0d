import { parse as parseYaml } from 'yaml';
import { PipelineError } from '../../../pipelines/errors';
import { loadPipeline } from '../../../pipelines/loadPipeline';
import { makePlan } from '../../../pipelines/makePlan';
import { butlerPolicy } from '../../../pipelines/names/butlerPolicy';
import { coaddDefinition, writePipeline } from '../../support/coaddPipeline';
import { temporaryFolder } from '../../support/temporaryFolder';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const log = `datasetTypes:
  log: { role: product, perJob: true, dimensions: [], template: '{attempt}/log/{task}/{dataId}.log' }
`;
const text = coaddDefinition
  .replace('datasetTypes:\n', log)
  .replace('outputs: { calexp: {} }', 'outputs: { calexp: {}, log: { once: true } }')
  .replace('outputs: { coadd: {} }', 'outputs: { coadd: {}, log: {} }');

describe('a dataset type that is written per job', () => {
  const pipeline = loadPipeline(writePipeline(folder, text));
  const plan = makePlan(pipeline, { campaign: 'c', unit: 'tract=1', attempt: 2 });

  it('is one file of each job that lists it, or of the first job alone', () => {
    const logs = plan.jobs.flatMap(({ name, outputs }) =>
      outputs.flat().flatMap(({ type, path }) => (type.name === 'log' ? [{ name, path }] : [])),
    );
    expect(logs).toEqual([
      { name: plan.jobs[0]?.name, path: '2/log/processCcd/tract=1,visit=10,ccd=1.log' },
      { name: plan.jobs.at(-2)?.name, path: '2/log/coadd/tract=1,patch=4%2C4,filter=HSC-I.log' },
      { name: plan.jobs.at(-1)?.name, path: '2/log/coadd/tract=1,patch=4%2C5,filter=HSC-I.log' },
    ]);
    expect(plan.expected.get('log')).toBe(3);
  });

  it('has a name of its own for each task where other systems name files', () => {
    const { datasets } = parseYaml(butlerPolicy(pipeline.definition)) as { datasets: Record<string, unknown> };
    expect(datasets).toMatchObject({
      coadd_log: { template: '%(attempt)d/log/coadd/tract=%(tract)d,patch=%(patch)s,filter=%(filter)s.log' },
      processCcd_log: { template: '%(attempt)d/log/processCcd/tract=%(tract)d,visit=%(visit)d,ccd=%(ccd)d.log' },
    });
  });

  it.each([
    ['{dataId}', '{attempt}', 'leaves out {dataId}'],
    ['dimensions: [], template', 'dimensions: [tract], template', 'leave its own list empty'],
    ['log: { role: product', 'log: { role: registered', 'written by none'],
    ['inputs: { warp: {', 'inputs: { log: {}, warp: {', 'what is read has dimensions of its own'],
  ])('is refused with %s instead of %s', (before, after, expected) => {
    const file = writePipeline(folder, text.replace(before, after));
    expect(() => loadPipeline(file)).toThrow(PipelineError);
    expect(() => loadPipeline(file)).toThrow(expected);
  });
});
