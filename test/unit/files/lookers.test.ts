import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RootUnreachableError } from '../../../consumers/files/errors';
import type { CheckLevel, CheckResult, ExpectedFile, FileFinding } from '../../../consumers/files/fileCheck';
import { Lookers, type LookersOptions } from '../../../consumers/files/lookers';
import { writeSiteMarker } from '../../../pipelines/siteMarker';
import { temporaryFolder } from '../../support/temporaryFolder';
import { runForkedTypeScript } from '../../support/typescriptChildren';

runForkedTypeScript();

const content = Buffer.from('pixels of a coadd');
const whole = { sizeBytes: content.length, md5: createHash('md5').update(content).digest('hex') };

let folder: string;
let root: string;
let remove: () => void;

beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
  root = path.join(folder, 'root');
  mkdirSync(path.join(root, 'a'), { recursive: true });
  writeSiteMarker(root, 'lustre');
});

afterEach(() => {
  remove();
});

function write(logical: string, bytes: Uint8Array = content): void {
  mkdirSync(path.dirname(path.join(root, logical)), { recursive: true });
  writeFileSync(path.join(root, logical), bytes);
}

async function findings(
  files: readonly ExpectedFile[],
  level: CheckLevel = 'md5',
  options: LookersOptions = {},
): Promise<Map<string, FileFinding>> {
  const lookers = await Lookers.open(root, options);
  try {
    const found = new Map<string, FileFinding>();
    for await (const looks of lookers.checkFiles([files], level)) {
      for (const [file, finding] of looks) {
        expect(found.has(file.path)).toBe(false);
        found.set(file.path, finding);
      }
    }
    return found;
  } finally {
    lookers.close();
  }
}

async function resultOf(expected: ExpectedFile, level: CheckLevel = 'md5'): Promise<CheckResult | undefined> {
  return (await findings([expected], level)).get(expected.path)?.result;
}

function processesBelow(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return Number(fields[1]) === parent && fields[0] !== 'Z' ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
}

describe('looking at files', () => {
  it('compares as closely as it is asked to, and as is known', async () => {
    write('a/f');
    const other = Buffer.from('pixels of a toad!');
    const changed = { ...whole, md5: createHash('md5').update(other).digest('hex') };
    expect(await resultOf({ path: 'a/f', ...whole })).toBe('match');
    expect(await resultOf({ path: 'a/f', ...changed })).toBe('checksum');
    expect(await resultOf({ path: 'a/f', ...changed }, 'size')).toBe('match');
    expect(await resultOf({ path: 'a/f', ...whole, sizeBytes: 3 })).toBe('size');
    expect(await resultOf({ path: 'a/f', ...whole, sizeBytes: 3 }, 'exists')).toBe('match');
    expect(await resultOf({ path: 'a/f', sizeBytes: null, md5: whole.md5 })).toBe('match');
    const unknown = { path: 'a/f', sizeBytes: null, md5: null };
    expect((await findings([unknown])).get('a/f')).toMatchObject({ result: 'match', compared: 'exists' });
    expect((await findings([{ path: 'a/f', ...whole }])).get('a/f')).toMatchObject({ compared: 'md5' });
  });

  it('tells an empty file from one that was always empty', async () => {
    write('a/f', Buffer.alloc(0));
    expect(await resultOf({ path: 'a/f', ...whole }, 'exists')).toBe('empty');
    expect(await resultOf({ path: 'a/f', sizeBytes: null, md5: null })).toBe('empty');
    const md5 = createHash('md5').digest('hex');
    expect(await resultOf({ path: 'a/f', sizeBytes: 0, md5 })).toBe('match');
  });

  it('calls missing only what is surely not there', async () => {
    write('a/f');
    symlinkSync('f', path.join(root, 'a/link'));
    symlinkSync('gone', path.join(root, 'a/dangling'));
    symlinkSync('dangling', path.join(root, 'a/chain'));
    symlinkSync('/no/such/mount/f', path.join(root, 'a/away'));
    symlinkSync('away', path.join(root, 'a/chainAway'));
    symlinkSync('loop', path.join(root, 'a/loop'));
    symlinkSync(folder, path.join(root, 'a/out'));
    execFileSync('mkfifo', [path.join(root, 'a/fifo')]);
    const expected: Record<string, CheckResult> = {
      'a/link': 'match',
      'a/nothing': 'missing',
      'nowhere/at/all': 'missing',
      'a/f/below': 'missing',
      'a/dangling': 'missing',
      'a/chain': 'missing',
      'a/away': 'unreachable',
      'a/chainAway': 'unreachable',
      'a/out/nothing': 'unreachable',
      'a/loop': 'unreachable',
      'a/fifo': 'unreachable',
      a: 'unreachable',
      [`a/${'x'.repeat(300)}`]: 'unreachable',
      '../root/a/f': 'unreachable',
      'a//f': 'unreachable',
      'a/./f': 'unreachable',
      [path.join(root, 'a/f')]: 'unreachable',
      'a/f\0': 'unreachable',
      '': 'unreachable',
    };
    const found = await findings(Object.keys(expected).map((name) => ({ path: name, ...whole })));
    expect(Object.fromEntries([...found].map(([name, { result }]) => [name, result]))).toEqual(expected);
  });

  it('tells a real I/O error as unreachable', async () => {
    symlinkSync('/proc/self/mem', path.join(root, 'a/mem')); // its first page is never mapped
    const md5 = createHash('md5').digest('hex');
    const found = await findings([{ path: 'a/mem', sizeBytes: 0, md5 }]);
    expect(found.get('a/mem')).toMatchObject({
      result: 'unreachable',
      reason: expect.stringContaining('EIO') as string,
    });
  });

  it('looks at many files in several processes, each of them once', async () => {
    const files = Array.from({ length: 700 }, (_, index) => ({ path: `b/${String(index)}`, ...whole }));
    files.forEach((file, index) => {
      if (index % 7 !== 0) {
        write(file.path);
      }
    });
    const found = await findings(files, 'md5', { parallel: 3 });
    expect(files.every((file, index) => found.get(file.path)?.result === (index % 7 === 0 ? 'missing' : 'match'))).toBe(
      true,
    );
    expect(found.size).toBe(files.length);
  });
});

describe('a root that goes', () => {
  it('is refused without a marker', async () => {
    rmSync(path.join(root, '.tractledger-site.json'));
    await expect(Lookers.open(root)).rejects.toThrow(RootUnreachableError);
    await expect(Lookers.open(path.join(folder, 'nowhere'))).rejects.toThrow(/no such marker/);
  });

  it('makes nothing missing that was below it', async () => {
    write('a/f');
    const lookers = await Lookers.open(root);
    try {
      renameSync(root, path.join(folder, 'away'));
      mkdirSync(root); // an empty mount point
      const looked = async (): Promise<void> => {
        for await (const looks of lookers.checkFiles([[{ path: 'a/f', ...whole }]], 'exists')) {
          expect(looks.map(([, { result }]) => result)).not.toContain('missing');
        }
      };
      await expect(looked()).rejects.toThrow(RootUnreachableError);
      const walked = async (): Promise<void> => {
        for await (const entries of lookers.walk([])) {
          expect(entries).toEqual([]);
        }
      };
      await expect(walked()).rejects.toThrow(RootUnreachableError);
    } finally {
      lookers.close();
    }
  });

  it('is unreachable when it does not answer, and is not waited for longer than was said', async () => {
    write('a/f');
    const others = new Set(processesBelow(process.pid)); // of other tests, not reaped yet
    const lookers = await Lookers.open(root, { parallel: 1, patienceMillis: 10_000 });
    try {
      const frozen = processesBelow(process.pid).filter((id) => !others.has(id));
      expect(frozen).toHaveLength(1);
      frozen.forEach((id) => process.kill(id, 'SIGSTOP')); // as one that waits for a file system
      const results: string[] = [];
      for await (const looks of lookers.checkFiles([[{ path: 'a/f', ...whole }]], 'exists')) {
        results.push(...looks.map(([, { result, reason }]) => `${result}: ${String(reason)}`));
      }
      expect(results).toEqual([expect.stringMatching(/^unreachable: .* has not answered for 10 seconds/)]);
      const again = lookers.checkFiles([[{ path: 'a/f', ...whole }]], 'md5');
      expect((await again.next()).value).toMatchObject([[{ path: 'a/f' }, { result: 'match' }]]);
      await again.return(undefined);
    } finally {
      lookers.close();
    }
  });
});
