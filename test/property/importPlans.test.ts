import fc from 'fast-check';
import type { Ledger } from '../../ledger/port';
import { ImportError } from '../../producers/importers/errors';
import { importQuantumGraph } from '../../producers/importers/quantumGraph/importQuantumGraph';
import { importWfformat } from '../../producers/importers/wfformat/importWfformat';
import { decodeEvent } from '../../schemas';
import { fileWith } from '../support/imports';
import { temporaryFolder } from '../support/temporaryFolder';

const temporary = temporaryFolder();
afterAll(temporary.remove);

/** A ledger that keeps nothing and counts what it was asked to. */
function countingLedger(): { ledger: Ledger; stored: () => number } {
  let stored = 0;
  const refused = (): never => {
    throw new Error('not asked for in an import');
  };
  const ledger: Ledger = {
    start: '',
    address: 'nowhere',
    lastSequences: () => Promise.resolve(new Map()),
    append: (_, __, events) => {
      events.forEach((event) => decodeEvent(event));
      stored += events.length;
      return Promise.resolve({ stored: events.length, duplicates: 0, end: '' });
    },
    read: refused,
    follow: refused,
    end: refused,
    countBetween: refused,
    close: refused,
  };
  return { ledger, stored: () => stored };
}

type Importing = (ledger: Ledger, file: string) => Promise<unknown>;

const scope = { campaign: 'C', unit: 'U' };
const graph: Importing = (ledger, graphPath) => importQuantumGraph(ledger, { graphPath, ...scope });
const instance: Importing = (ledger, instancePath) => importWfformat(ledger, { instancePath, ...scope });

/** A file is imported, or refused with an error for people and nothing of it is stored. */
async function isImportedOrRefused(importing: Importing, content: string | Uint8Array): Promise<boolean> {
  const { ledger, stored } = countingLedger();
  try {
    await importing(ledger, fileWith(temporary.folder, 'fuzzed', content));
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(ImportError);
    expect(stored()).toBe(0);
    return false;
  }
}

const dataset = (type: string, uuid: string | null, dataId: unknown[] | null): object => ({ type, uuid, dataId });
const quanta = [
  {
    task: 'lsst.A',
    dims: ['instrument', 'visit'],
    dataId: ['cam', 1],
    initInputs: [dataset('schema', null, null)],
    inputs: [dataset('raw', 'u1', ['cam', 1])],
    outputs: [dataset('a', null, ['cam', 1]), dataset('a_metadata', null, ['cam', 1])],
  },
  {
    task: 'lsst.B',
    dims: ['instrument', 'visit'],
    dataId: ['cam', 1],
    inputs: [dataset('a', null, ['cam', 1]), dataset('bias', 'u2', ['cam'])],
    outputs: [dataset('b', null, ['cam', 1])],
  },
];
const version15 = {
  name: 'w',
  schemaVersion: '1.5',
  workflow: {
    specification: {
      tasks: [
        { name: 'a', id: 'a', parents: [], children: ['b'], inputFiles: ['x.fits'], outputFiles: ['y.fits'] },
        { name: 'b', id: 'b', parents: ['a'], children: [], inputFiles: ['y.fits'], outputFiles: ['z'] },
      ],
      files: [{ id: 'x.fits', sizeInBytes: 1 }],
    },
    execution: {
      makespanInSeconds: 2,
      executedAt: '2020-01-01T00:00:00Z',
      tasks: [
        {
          id: 'a',
          runtimeInSeconds: 1,
          memoryInBytes: 5,
          machines: ['m'],
          command: { program: 'p', arguments: ['q'] },
        },
        { id: 'b', runtimeInSeconds: 1, executedAt: '2020-01-01T00:00:01Z' },
      ],
    },
  },
};
const version14 = {
  name: 'w',
  schemaVersion: '1.4',
  workflow: {
    makespanInSeconds: 2,
    executedAt: '2020-01-01T00:00:00Z',
    tasks: [
      {
        name: 'a',
        id: '1',
        type: 'compute',
        files: [{ name: 'x', sizeInBytes: 1, link: 'output' }],
        runtimeInSeconds: 1,
      },
      {
        name: 'b',
        id: '2',
        type: 'transfer',
        parents: ['a'],
        machine: 'm',
        files: [{ name: 'x', sizeInBytes: 1, link: 'input' }],
      },
    ],
  },
};

/** The paths of all values within one. */
function pathsIn(value: unknown): (string | number)[][] {
  if (typeof value !== 'object' || value === null) {
    return [[]];
  }
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  const members = value as Readonly<Record<string | number, unknown>>;
  return [[], ...steps.flatMap((step) => pathsIn(members[step]).map((path) => [step, ...path]))];
}

function replaced(value: unknown, [step, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (step === undefined) {
    return by;
  }
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[step] = replaced(copy[step], rest, by);
  return copy;
}

/** Longer than an event may be; seldom, since it takes its time. */
const long = fc.constant('long').map((text) => text.repeat(80_000));

const odd = fc.oneof(
  { arbitrary: long, weight: 1 },
  { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 10 },
  {
    weight: 10,
    arbitrary: fc.constantFrom<unknown>(
      undefined,
      null,
      '',
      'a',
      'x',
      '\ud800',
      '__proto__',
      'constructor',
      '..',
      '/',
      '1.4',
      '1.5',
      '2020-13-01T00:00:00Z',
    ),
  },
  {
    weight: 10,
    arbitrary: fc.constantFrom<unknown>(
      -1,
      0.5,
      1e308,
      2 ** 53,
      -0,
      Number.MAX_SAFE_INTEGER,
      [[]],
      {},
      ['a', 'b'],
      [null],
    ),
  },
);

/** A document some of whose values are others. */
function changed(document: unknown): fc.Arbitrary<unknown> {
  const change = fc.record({ path: fc.constantFrom(...pathsIn(document).slice(1)), by: odd });
  return fc
    .array(change, { maxLength: 3 })
    .map((changes) =>
      changes.reduce((value, { path, by }) => (reaches(value, path) ? replaced(value, path, by) : value), document),
    );
}

function reaches(value: unknown, path: readonly (string | number)[]): boolean {
  return (
    path.length === 0 ||
    (typeof value === 'object' &&
      value !== null &&
      reaches((value as Record<string | number, unknown>)[path[0] ?? ''], path.slice(1)))
  );
}

/** Bytes of a text, some of them others. */
function damaged(text: string): fc.Arbitrary<Uint8Array> {
  const bytes = Buffer.from(text);
  const change = fc.record({
    at: fc.nat(bytes.length),
    dropped: fc.nat(30),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.constantFrom('\n', '"', '}', '9', ',,').map((one) => Buffer.from(one)),
    ),
  });
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce<Buffer>(
        (all, { at, dropped, put }) => Buffer.concat([all.subarray(0, at), put, all.subarray(at + dropped)]),
        bytes,
      ),
    );
}

const lines = (values: unknown): string =>
  Array.isArray(values) ? values.map((value) => `${JSON.stringify(value)}\n`).join('') : JSON.stringify(values);

describe('plans of other systems, changed and damaged', () => {
  it('are imported unchanged', async () => {
    expect(await isImportedOrRefused(graph, lines(quanta))).toBe(true);
    expect(await isImportedOrRefused(instance, JSON.stringify(version15))).toBe(true);
    expect(await isImportedOrRefused(instance, JSON.stringify(version14))).toBe(true);
  });

  it('a quantum graph with other values is imported or refused', async () => {
    await fc.assert(
      fc.asyncProperty(changed(quanta), async (values) => {
        await isImportedOrRefused(graph, lines(values));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['1.5', version15],
    ['1.4', version14],
  ])('an instance of version %s with other values is imported or refused', async (_, document) => {
    await fc.assert(
      fc.asyncProperty(changed(document), async (value) => {
        await isImportedOrRefused(instance, JSON.stringify(value));
      }),
      { numRuns: 200 },
    );
  });

  it('files with other bytes are imported or refused', async () => {
    const files = fc.oneof(
      damaged(lines(quanta)).map((bytes) => ({ importing: graph, bytes })),
      damaged(JSON.stringify(version15, null, 1)).map((bytes) => ({ importing: instance, bytes })),
    );
    await fc.assert(
      fc.asyncProperty(files, async ({ importing, bytes }) => {
        await isImportedOrRefused(importing, bytes);
      }),
      { numRuns: 200 },
    );
  });
});
