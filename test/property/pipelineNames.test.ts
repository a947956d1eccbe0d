/** Values of any kind survive tables, file names and command lines. */
import fc from 'fast-check';
import { commandOf } from '../../pipelines/command';
import type { DimensionType, Task } from '../../pipelines/definition';
import { fileNamer, TemplateError } from '../../pipelines/fileNames';
import { PlaceholderError } from '../../pipelines/placeholders';
import { readTable } from '../../pipelines/tables';

const scope = { campaign: 'c', unit: 'u', attempt: 1 };
const types = new Map<string, DimensionType>([
  ['a', 'string'],
  ['b', 'string'],
  ['m', 'int'],
  ['n', 'int'],
]);
const dimensions = [...types.keys()];

const awkward = fc.constantFrom(
  '-',
  '.',
  '..',
  '/',
  '%',
  '%2F',
  ',',
  '=',
  ' ',
  '"',
  "'",
  '\\',
  'é',
  '🔭',
  '\n',
  '_',
  '1',
  'x',
  '$',
  '',
);
const text = fc.oneof(
  fc.array(awkward, { maxLength: 4 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const int = fc.oneof(fc.integer({ min: -12, max: 12 }), fc.maxSafeInteger());
const row = fc.tuple(text, text, int, int);

const separator = fc.constantFrom('/', '-', '_', '.', '--', '-x-', 'é-', 'x', '7', '', '/{attempt}-', '-{attempt}.');
const placeholders = ['{a}', '{b}', '{m}', '{m:03}', '{n:02}'];
const template = fc
  .tuple(fc.shuffledSubarray(placeholders, { minLength: 4 }), fc.array(separator, { minLength: 5, maxLength: 5 }))
  .map(([names, separators]) => `f-${names.map((name, index) => `${name}${separators[index] ?? ''}`).join('')}t`);

describe('a file name', () => {
  it('differs for different data IDs in every template that is accepted', () => {
    let accepted = 0;
    fc.assert(
      fc.property(template, fc.array(row, { minLength: 2, maxLength: 12 }), (text, rows) => {
        const namer = namerOrNull(text);
        fc.pre(namer !== null);
        accepted += 1;
        const paths = new Map<string, string>();
        for (const values of rows) {
          const path = pathOrNull(namer, values);
          paths.set(JSON.stringify(values), path ?? JSON.stringify(values));
        }
        expect(new Set(paths.values()).size).toBe(paths.size);
      }),
      { numRuns: 300, maxSkipsPerRun: 1_000 },
    );
    expect(accepted).toBeGreaterThanOrEqual(300);
  });

  it.each(['x/{a}-{b}-{m}-{n}', '{a}/{b}_{m}{{}}.{n:05}', '{m}-{n}/{a}.{b}', '{a}-{m}-{b}/{n}'])(
    'of %s is one plain path below its folder',
    (text) => {
      const namer = fileNamer({ template: text, dimensions }, types);
      fc.assert(
        fc.property(row, (values) => {
          const path = pathOrNull(namer, values);
          const literal = text.replace(/\{\{|\}\}/g, '').split('/').length;
          expect(path?.split('/') ?? []).toHaveLength(path === null ? 0 : literal);
          expect(path ?? 'x').toMatch(/^[A-Za-z0-9._,+=@:%{}/-]+$/);
          expect(path?.split('/').some((name) => ['', '.', '..'].includes(name)) ?? false).toBe(false);
        }),
      );
    },
  );
});

describe('a table', () => {
  it('gives back every value, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
        const quoted = rows.map((values) =>
          values.map((value) => `"${String(value).replaceAll('"', '""')}"`).join(','),
        );
        const bytes = Buffer.from([dimensions.join(','), ...quoted].join('\r\n'));
        fc.pre(bytes.toString('utf8') === [dimensions.join(','), ...quoted].join('\r\n'));
        expect(readTable('t.csv', bytes, types).rows).toEqual(rows);
      }),
    );
  });
});

describe('a command line', () => {
  it('has every value as it is, in an argument of its own', () => {
    const task: Task = {
      name: 't',
      kind: 'payload',
      dimensions,
      over: [],
      executable: 'e',
      command: ['e', '{a}', '--b={b}', '{m}', '{n:04}', '{{}}'],
      inputs: [],
      outputs: [],
      science: new Map(),
      execution: { retries: 0, toleratedLoss: new Map(), cpuSeconds: null, wallSeconds: null, maxRssBytes: null },
    };
    fc.assert(
      fc.property(row, ([a, b, m, n]) => {
        const dataId = new Map<string, string | number>([
          ['a', a],
          ['b', b],
          ['m', m],
          ['n', n],
        ]);
        const padded = `${n < 0 ? '-' : ''}${String(Math.abs(n)).padStart(4, '0')}`;
        const argv = commandOf(task, { dataId, inputs: new Map(), outputs: new Map() });
        expect(argv).toEqual(['e', a, `--b=${b}`, String(m), padded, '{}']);
      }),
    );
  });
});

function namerOrNull(template: string): ReturnType<typeof fileNamer> | null {
  try {
    return fileNamer({ template, dimensions }, types);
  } catch (error) {
    if (error instanceof TemplateError || error instanceof PlaceholderError) {
      return null;
    }
    throw error;
  }
}

/** Null where a value makes a name longer than a file system takes, or holds half of a surrogate pair. */
function pathOrNull(namer: ReturnType<typeof fileNamer>, values: readonly (string | number)[]): string | null {
  try {
    return namer.path(values, scope);
  } catch (error) {
    if (error instanceof TemplateError) {
      return null;
    }
    throw error;
  }
}
