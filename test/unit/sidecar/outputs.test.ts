import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ExpectedOutput } from '../../../producers/sidecar/jobDescription';
import { openRoot } from '../../../producers/sidecar/logicalPath';
import { lookAfter, lookBefore, type OutputsFound } from '../../../producers/sidecar/outputs';
import { readContent } from '../../../producers/sidecar/checksum';
import { setAside } from '../../../producers/sidecar/setAside';
import { temporaryFolder } from '../../support/temporaryFolder';

let folder: string;
let remove: () => void;

beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
});
afterEach(() => {
  remove();
});

const inFolder = (name: string): string => path.join(folder, name);
const expected = (name: string, more: Partial<ExpectedOutput> = {}): ExpectedOutput => ({
  ...{ path: name, isGlob: name.includes('*'), datasetType: 't', dataId: null, metadata: {} },
  ...{ mayBeAbsent: false, mayBeEmpty: false },
  ...more,
});

async function found(outputs: readonly ExpectedOutput[], work: () => void): Promise<OutputsFound> {
  const root = openRoot(folder, 'root');
  const before = await lookBefore(root, outputs);
  work();
  return lookAfter(root, outputs, before);
}

const paths = ({ written }: OutputsFound): string[] => written.map((output) => output.path);
const problems = (result: OutputsFound): string[] => result.problems.map(({ kind, path: name }) => `${kind} ${name}`);

describe('which outputs an execution wrote', () => {
  it('counts what was not there before', async () => {
    const result = await found([expected('a')], () => {
      writeFileSync(inFolder('a'), 'x');
    });
    expect([paths(result), problems(result)]).toEqual([['a'], []]);
  });

  it('does not count what was there and is untouched, even with a time in the future', async () => {
    writeFileSync(inFolder('a'), 'x');
    utimesSync(inFolder('a'), 4e9, 4e9);
    const result = await found([expected('a'), expected('*')], () => undefined);
    expect([paths(result), problems(result)]).toEqual([[], ['missing a', 'missing a']]);
  });

  it.each([
    [
      'written in place with the same size and time',
      (): void => {
        writeFileSync(inFolder('a'), 'y');
        utimesSync(inFolder('a'), 1e9, 1e9);
      },
    ],
    [
      'replaced by another file of the same size and time',
      (): void => {
        writeFileSync(inFolder('b'), 'y');
        utimesSync(inFolder('b'), 1e9, 1e9);
        renameSync(inFolder('b'), inFolder('a'));
      },
    ],
  ])('counts what was there and was %s', async (_how, work) => {
    writeFileSync(inFolder('a'), 'x');
    utimesSync(inFolder('a'), 1e9, 1e9);
    expect(paths(await found([expected('a')], work))).toEqual(['a']);
  });

  it.each([
    ['has gone', (): void => undefined],
    [
      'is another folder now, as where a file system was unmounted',
      (): void => {
        mkdirSync(folder);
      },
    ],
  ])('says nothing of what it does not find below a root that %s', async (_how, replace) => {
    const away = `${folder}-away`;
    const outputs = [expected('a'), expected('b', { mayBeAbsent: true }), expected('c*', { mayBeAbsent: true })];
    const result = await found(outputs, () => {
      renameSync(folder, away);
      replace();
    });
    rmSync(folder, { recursive: true, force: true });
    renameSync(away, folder);
    expect(result.absent).toEqual([]);
    expect(problems(result)).toEqual(['unreachable a', 'unreachable b', 'unreachable c*']);
  });

  it('tells missing, empty, rightly absent and rightly empty apart', async () => {
    const outputs = [
      expected('missing'),
      expected('empty'),
      expected('absent', { mayBeAbsent: true }),
      expected('bare', { mayBeEmpty: true }),
      expected('none-*', { mayBeAbsent: true }),
    ];
    const result = await found(outputs, () => {
      writeFileSync(inFolder('empty'), '');
      writeFileSync(inFolder('bare'), '');
    });
    expect(problems(result)).toEqual(['missing missing', 'empty empty']);
    expect(result.absent.map(({ path: name }) => name)).toEqual(['absent', 'none-*']);
    expect(paths(result)).toEqual(['empty', 'bare']);
  });

  it('gives a file that several expect to the plain path before the pattern, to the first pattern before the second', async () => {
    const outputs = [
      expected('*.fits', { datasetType: 'any' }),
      expected('a.fits', { datasetType: 'a' }),
      expected('b*', { datasetType: 'b' }),
    ];
    const result = await found(outputs, () => {
      writeFileSync(inFolder('a.fits'), 'x');
      writeFileSync(inFolder('b.fits'), 'x');
    });
    expect(result.written.map(({ path: name, expected: { datasetType } }) => [name, datasetType])).toEqual([
      ['a.fits', 'a'],
      ['b.fits', 'any'],
    ]);
    expect(problems(result)).toEqual([]);
  });

  it('refuses what leads out of the root through a symbolic link, in a pattern too', async () => {
    const outside = temporaryFolder();
    const result = await found([expected('*/x'), expected('link')], () => {
      writeFileSync(path.join(outside.folder, 'x'), 'x');
      symlinkSync(outside.folder, inFolder('dir'));
      symlinkSync(path.join(outside.folder, 'x'), inFolder('link'));
    });
    outside.remove();
    expect(paths(result)).toEqual([]);
    expect(problems(result)).toContain('missing link');
  });

  it('calls a path that no file can have missing', async () => {
    const tooLong = 'x'.repeat(300);
    expect(problems(await found([expected(tooLong)], () => undefined))).toEqual([`missing ${tooLong}`]);
    const loop = (): void => {
      symlinkSync('loop', inFolder('loop'));
    };
    expect(problems(await found([expected('loop/x')], loop))).toEqual(['missing loop/x']);
  });

  it('passes over what an earlier try left set aside', async () => {
    mkdirSync(inFolder('d'));
    writeFileSync(inFolder('d/a'), 'half');
    const root = openRoot(folder, 'root');
    const moved = await setAside(root, ['d/a', 'd/none'], '01a2045c-4525-701a-95c4-b90574885ff0', () => undefined);
    expect([...moved]).toEqual(['d/a']);
    const result = await found([expected('d/*')], () => undefined);
    expect(problems(result)).toEqual(['missing d/*']);
  });
});

describe('the content of a file', () => {
  const never = new AbortController().signal;

  it('is read once for size and digests', async () => {
    writeFileSync(inFolder('a'), Buffer.alloc(3_000_000, 7));
    expect(await readContent(inFolder('a'), { sha256: true, signal: never })).toEqual({
      sizeBytes: 3_000_000,
      md5: '97ddaa60d67d6c21c66aff9569d3f6b6',
      sha256: '892f2fe04ec507da2fe21530851fc8c60ae8a0d9b126b61d7168fd5dbb209a1b',
      changed: false,
    });
  });

  it('is not read on once that is no longer wanted', async () => {
    writeFileSync(inFolder('a'), 'x');
    expect(await readContent(inFolder('a'), { sha256: false, signal: AbortSignal.abort() })).toBeNull();
  });
});
