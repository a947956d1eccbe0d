import { checkPlans } from '../../../pipelines/checkPlan';
import { PipelineError, PipelineFileError } from '../../../pipelines/errors';
import { loadPipeline } from '../../../pipelines/loadPipeline';
import { readDefinition } from '../../../pipelines/readDefinition';
import { coaddDefinition, coaddTables, writePipeline } from '../../support/coaddPipeline';
import { temporaryFolder } from '../../support/temporaryFolder';

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** What is told of the definition with one text in it replaced by another. */
function problemsWith(from: string, to: string): string[] {
  expect(coaddDefinition).toContain(from);
  return problemsOf(() => readDefinition('p.yaml', coaddDefinition.replace(from, to)));
}

function problemsOf(work: () => unknown): string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof PipelineError) {
      return error.message.split('\n');
    }
    throw error;
  }
}

describe('a pipeline definition', () => {
  it('is read with every default filled in', () => {
    const { definition } = readDefinition('p.yaml', coaddDefinition);
    expect(definition.datasetTypes.get('coadd')).toMatchObject({ role: 'product', sameness: 'bytes', metadata: [] });
    expect(definition.tasks.get('coadd')).toMatchObject({
      kind: 'payload',
      inputs: [{ datasetType: 'warp', require: { atLeast: 1 } }],
      outputs: [{ datasetType: 'coadd', mayBeAbsent: false, toleratedAbsence: 0 }],
      execution: { retries: 0, cpuSeconds: null },
    });
    expect(definition.tasks.get('processCcd')?.execution.toleratedLoss.get('deadCcd')).toBe(0.001);
  });

  it.each([
    ['role: product', 'role: produkt', 'p.yaml:25: expected datasetTypes.coadd.role to be one of product, intermediate, registered, found "produkt"'], // prettier-ignore
    ['format: 1', 'format: 2', 'p.yaml:1: expected format to be 1, found 2'],
    ['retries: 2', 'retries: -1', 'p.yaml:53: expected execution.processCcd.retries to be >= 0, found -1'],
    ['retries: 2', 'retires: 2', 'p.yaml:53: retires is nothing that execution.processCcd can have; expected one of retries, toleratedLoss, cpuSeconds, wallSeconds, maxRssBytes'], // prettier-ignore
    ['pipeline: coadd\n', '', 'p.yaml:1: expected the definition to have pipeline'],
    ['{ atLeast: 1 }', 'some', 'p.yaml:48: expected tasks.coadd.inputs.warp.require to be all, any or { atLeast: N }, found "some"'], // prettier-ignore
  ])('with %p as %p is refused with its line and what was expected', (from, to, message) => {
    expect(problemsWith(from, to)).toEqual([message]);
  });

  it.each([
    ['role: registered\n', 'role: intermediate\n', /^p\.yaml:\d+: nothing makes raw/],
    ['coadd: {} }', 'calexp: {} }', /calexp is made by .* too/],
    ['threshold: 5.5', 'threshold: 5.5, minimum: 3', /:51: no argument of processCcd has \{science\.minimum\}/],
    [
      'execution:\n',
      'execution:\n  fringe: { retries: 1 }\n',
      /:53: these are settings of fringe, and there is no such task/,
    ],
    ['{inputs.raw}', 'raw={inputs.raw}', /must be an argument of its own/],
    ["'patch={patch}'", "'patch={path}'", /path is none of the task's dimensions: tract, patch, filter, visit/],
    ['{patch}/coadd', 'coadd', /the template leaves out \{patch\}/],
    [
      '{visit:07}-{ccd:03}.fits\n  calexp',
      '{visit}{ccd}.fits\n  calexp',
      /nothing tells where the value of \{visit\} ends/,
    ],
    ['raw: {} }', 'raw: {}, coadd: {} }', /wait for one another in a circle: .*processCcd/],
    ['warp-{filter', 'warp-{filter:03', /fills up a number with zeros, and filter is a string/],
    ['  overlaps: overlaps.csv\n', '  overlaps: overlaps.csv\n  spare: s.csv\n', /:8: nothing uses the table spare/],
  ])('with %p as %p is told what does not agree', (from, to, message) => {
    expect(problemsWith(from, to)).toContainEqual(expect.stringMatching(message));
  });

  it('that is no YAML is refused with the line', () => {
    expect(problemsOf(() => readDefinition('p.yaml', 'format: 1\npipeline: [a\n'))).toContainEqual(
      expect.stringMatching(/^p\.yaml:\d+: not YAML/),
    );
  });

  it('never takes a name for one of JavaScript’s own', () => {
    const text = coaddDefinition
      .replace('warp: { require: any }', 'x')
      .replace('calexp: { require: any }', 'constructor: {}');
    expect(problemsOf(() => readDefinition('p.yaml', text))).toContainEqual(
      expect.stringContaining('there is no dataset type constructor'),
    );
  });
});

describe('the tables of a definition', () => {
  const load = (tables: Record<string, string>, definition = coaddDefinition): string[] =>
    problemsOf(() => loadPipeline(writePipeline(folder, definition, { ...coaddTables, ...tables })));

  it('are refused with file, line and what was expected', () => {
    expect(load({ 'ccds.csv': 'tract,visit,ccd\n1,10,1\n1,ten,1\n' })).toEqual([
      expect.stringMatching(/ccds\.csv:3: expected visit to be a whole number such as 7, found "ten"$/),
    ]);
    expect(load({ 'ccds.csv': 'tract,visit,chip\n' })).toEqual([
      expect.stringMatching(/ccds\.csv:1: the column "chip" is no dimension; expected some of tract, visit, ccd/),
    ]);
    expect(load({ 'ccds.csv': 'tract,visit,ccd\n1,2\n' })).toEqual([expect.stringMatching(/ccds\.csv:2: not CSV/)]);
    expect(load({ 'ccds.csv': '' })).toEqual([expect.stringMatching(/expected a first row/)]);
  });

  it('count the lines of values that hold line ends', () => {
    expect(load({ 'overlaps.csv': 'tract,patch,filter,visit\n1,"4\n4",I,1\n1,"5\n5",I,x\n' })).toEqual([
      expect.stringMatching(/overlaps\.csv:4: expected visit/),
    ]);
  });

  it('must have the columns that tasks need', () => {
    expect(load({ 'overlaps.csv': 'tract,patch,filter\n1,a,I\n' })).toEqual([
      expect.stringMatching(
        /coadd\.yaml:38: the tables of warp have no column visit, which is a dimension of its jobs/,
      ),
      expect.stringMatching(/coadd\.yaml:\d+: the tables of warp have no column visit to tell its files/),
    ]);
  });

  it('are never joined row by row', () => {
    const definition = coaddDefinition
      .replace('over: [ccds]', 'over: [ccds, patches]')
      .replace('tables:\n', 'tables:\n  patches: p.csv\n');
    expect(load({ 'p.csv': 'patch\na\n' }, definition)).toEqual([
      expect.stringMatching(/patches shares no column with the tables before it/),
    ]);
  });

  it('that cannot be read are another error than those that are wrong', () => {
    const file = writePipeline(folder, coaddDefinition.replace('ccds.csv', 'nowhere.csv'));
    expect(() => loadPipeline(file)).toThrow(PipelineFileError);
  });

  it('that lack what an input needs are told, with the job and the data ID', () => {
    const tables = { ...coaddTables, 'overlaps.csv': 'tract,patch,filter,visit\n1,a,I,10\n1,a,I,99\n' };
    expect(checkPlans(loadPipeline(writePipeline(folder, coaddDefinition, tables)), ['tract=1'])).toEqual([
      {
        unit: 'tract=1',
        message:
          '1 of the warp jobs cannot have any of their calexp: for warp {"filter":"I","patch":"a","tract":1,"visit":99} ' +
          'nothing supplies one for {"tract":1,"visit":99}',
      },
    ]);
  });
});
