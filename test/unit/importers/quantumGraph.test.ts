import fc from 'fast-check';
import { datasetPath, quantumDataId } from '../../../producers/importers/quantumGraph/dimensions';
import { quantumGraphInput } from '../../../producers/importers/quantumGraph/importQuantumGraph';
import type { LedgerEvent } from '../../../schemas';
import { draftsOf, eventsOf, fileWith } from '../../support/imports';
import { temporaryFolder } from '../../support/temporaryFolder';

const temporary = temporaryFolder();
afterAll(temporary.remove);

type Dataset = readonly [type: string, ...values: unknown[]];

/** A quantum's line. */
function quantum(task: string, visit: unknown, inputs: readonly Dataset[], outputs: readonly Dataset[]): string {
  const dataset = ([type, ...dataId]: Dataset): object => ({ type, uuid: null, dataId });
  const dims = ['instrument', 'visit'];
  return JSON.stringify({
    task,
    dims,
    dataId: ['cam', visit],
    inputs: inputs.map(dataset),
    outputs: outputs.map(dataset),
  });
}

const options = { campaign: 'C', unit: 'U', occurredAtMicros: 0 };

async function eventsFrom(...lines: string[]): Promise<LedgerEvent[]> {
  return eventsOf(
    await quantumGraphInput({ graphPath: fileWith(temporary.folder, 'g.jsonl', lines.join('\n')), ...options }),
  );
}

async function problemOf(...lines: string[]): Promise<string> {
  return eventsFrom(...lines).then(
    () => 'none',
    (error: unknown) => (error instanceof Error ? error.message.slice(temporary.folder.length + 1) : 'no error'),
  );
}

describe('a quantum graph', () => {
  it('waits for who makes an input, wherever that stands in the file', async () => {
    const events = await eventsFrom(
      quantum('B', 1, [['a', 'cam', 1]], [['b', 'cam', 1]]),
      quantum('A', 1, [['raw', 'cam', 1]], [['a', 'cam', 1]]),
    );
    expect(events.map(({ type }) => type)).toEqual([
      'JobPlanned',
      'FileRegistered',
      'JobPlanned',
      'ExpectationDeclared',
      'ExpectationDeclared',
      'ExpectationDeclared',
    ]);
    expect(events[0]).toMatchObject({
      job: 'B {"instrument":"cam","visit":1}',
      upstreamJobs: ['A {"instrument":"cam","visit":1}'],
      predictedInputs: [{ path: 'a/cam/1', datasetType: 'a' }],
      predictedOutputs: [{ path: 'b/cam/1', datasetType: 'b' }],
    });
  });

  it('takes a last line without its line end, and empty lines', async () => {
    const line = quantum('A', 1, [], [['a', 'cam', 1]]);
    const withEnd = await eventsFrom(line, '');
    expect(await eventsFrom(line)).toEqual(withEnd);
    expect(await eventsFrom('', line, '', '')).toEqual(withEnd);
  });

  it('has nothing to plan without quanta, and says so', async () => {
    const input = await quantumGraphInput({ graphPath: fileWith(temporary.folder, 'empty', '\n'), ...options });
    const { drafts, findings } = await draftsOf(input);
    expect(input.first).toBeNull();
    expect(drafts).toEqual([]);
    expect([...findings.warnings]).toEqual(['the graph has no quanta: there is nothing to plan']);
  });

  it('says that it was dated 1970 where no date is given', async () => {
    const graphPath = fileWith(temporary.folder, 'undated', quantum('A', 1, [], []));
    const { findings } = await draftsOf(await quantumGraphInput({ graphPath, campaign: 'C', unit: 'U' }));
    expect([...findings.warnings]).toEqual([expect.stringMatching(/dated 1970-01-01T.*--occurred-at/) as string]);
  });

  it('tells calibrations of one type and data ID apart by their UUIDs', async () => {
    const first = '1111';
    const second = '2222';
    const line = (visit: number, uuid: string): string =>
      quantum('A', visit, [['bias', 'cam']], [['a', 'cam', visit]]).replace(
        '"type":"bias","uuid":null',
        `"type":"bias","uuid":"${uuid}"`,
      );
    const paths = (events: readonly LedgerEvent[]): string[] =>
      events.flatMap((event) => (event.type === 'FileRegistered' ? [event.path] : []));
    expect(paths(await eventsFrom(line(1, first), line(2, second)))).toEqual(['bias/cam@1111', 'bias/cam@2222']);
    expect(paths(await eventsFrom(line(1, first), line(2, first)))).toEqual(['bias/cam']);
  });

  it('names an input once that a quantum names twice, and counts the other', async () => {
    const graphPath = fileWith(
      temporary.folder,
      'twice',
      quantum(
        'A',
        1,
        [
          ['x', 1],
          ['x', 1],
        ],
        [],
      ),
    );
    const { drafts, findings } = await draftsOf(await quantumGraphInput({ graphPath, ...options }));
    expect(drafts[1]?.event).toMatchObject({ predictedInputs: [{ path: 'x/1' }] });
    expect([...findings.ignored]).toEqual([['inputs that a quantum names a second time', 1]]);
  });

  it.each([
    ['a quantum twice', [quantum('A', 1, [], []), quantum('A', 1, [], [])], /g.jsonl:2: .* line 1, found "A {/],
    [
      'two quanta that write one dataset',
      [quantum('A', 1, [], [['a', 1]]), quantum('B', 1, [], [['a', 1]])],
      /g.jsonl:2: expected an output that no other quantum writes, as A .* does, found "a\/1"/,
    ],
    [
      'quanta that wait for each other',
      [quantum('A', 1, [['b', 1]], [['a', 1]]), quantum('B', 1, [['a', 1]], [['b', 1]])],
      /g.jsonl:1: expected a graph without circles, found "A .* waits for B .* waits for A /,
    ],
    ['a list instead of a quantum', ['[]'], /g.jsonl:1: expected an object at \$, found "a list"/],
    ['no JSON', ['{"task": "A",}'], /g.jsonl:1: expected a quantum as one JSON object, found "}"/],
    [
      'too few values',
      [quantum('A', 1, [], []).replace('["cam",1]', '["cam"]')],
      /a value for each of the dimensions instrument, visit at \$\.dataId/,
    ],
    ['a value that is no data ID’s', [quantum('A', 1.5, [], [])], /expected a text at \$\.dataId\[1\], found "1.5"/],
    [
      'a dataset without a type',
      [quantum('A', 1, [['', 1]], [])],
      /expected a text at \$\.inputs\[0\]\.type, found ""/,
    ],
    [
      'no outputs',
      ['{"task":"A","dims":[],"dataId":[],"inputs":[]}'],
      /expected a list at \$\.outputs, found "nothing"/,
    ],
    ['half a character', [quantum('A', '\ud800', [], [])], /expected a text at \$\.dataId\[1\]/],
  ])('refuses %s', async (_, lines, problem) => {
    expect(await problemOf(...lines)).toMatch(problem);
  });
});

describe('the data ID of a quantum', () => {
  it('gives values to required dimensions first, then to implied ones', () => {
    const dimensions = ['band', 'instrument', 'detector', 'physical_filter', 'visit_system', 'visit'];
    expect(quantumDataId(dimensions, ['cam', 9, 1472, 'z', 'z_1', 1])).toEqual({
      band: 'z',
      instrument: 'cam',
      detector: 9,
      physical_filter: 'z_1',
      visit_system: 1,
      visit: 1472,
    });
    expect(quantumDataId(dimensions, ['cam', 9, 1472])).toEqual({ instrument: 'cam', detector: 9, visit: 1472 });
    expect(quantumDataId(['instrument', 'detector', 'physical_filter', 'band'], ['cam', 9, 'z_1', 'z'])).toEqual({
      instrument: 'cam',
      detector: 9,
      physical_filter: 'z_1',
      band: 'z',
    });
    expect(quantumDataId(['band', 'skymap', 'tract', 'patch'], ['z', 'dc2', 1, 2])).toEqual({
      band: 'z',
      skymap: 'dc2',
      tract: 1,
      patch: 2,
    });
    expect(quantumDataId(dimensions, ['cam', 9])).toBeNull();
    expect(quantumDataId(['constructor', '__proto__'], [1, 2])).toEqual(JSON.parse('{"constructor":1,"__proto__":2}'));
  });

  it('gives two datasets one path only when type and values are the same', () => {
    const values = fc.array(
      fc.oneof(fc.integer(), fc.string(), fc.constantFrom('', '.', '..', '/', '1', '-1', '"1"', '%', '@', 'ü')),
      { maxLength: 4 },
    );
    const datasets = fc.tuple(fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('a', 'a/b', '..')), values);
    fc.assert(
      fc.property(datasets, datasets, ([type, some], [otherType, others]) => {
        const path = datasetPath(type, some);
        const isSame = JSON.stringify([type, some]) === JSON.stringify([otherType, others]);
        expect(path === datasetPath(otherType, others)).toBe(isSame);
        expect(path.split('/').every((step) => !['', '.', '..'].includes(step))).toBe(true);
      }),
    );
  });
});
