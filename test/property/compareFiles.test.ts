import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { compareFiles } from '../../consumers/compare/compareFiles';
import { buckets } from '../../consumers/compare/comparison';
import type { CheckLevel } from '../../consumers/files/fileCheck';
import { siteMarkerName, writeSiteMarker } from '../../pipelines/siteMarker';
import type { LedgerEvent } from '../../schemas';
import { lookHere } from '../support/lookHere';
import { about, execution, newStory } from '../support/story';
import { temporaryFolder } from '../support/temporaryFolder';
import { viewsOf } from '../support/viewsOf';

/** Names that sort otherwise by UTF-16 units than by bytes, or otherwise with a slash behind them than without. */
const segment = fc.constantFrom('a', 'b', 'a.', 'a-', 'a0', 'é', '\uffee', '\u{1f30c}', ' ', '%', 'a\nb');
const logical = fc.array(segment, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const content = fc.constantFrom('', 'x', 'y', 'xy');

const onDisk = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('file' as const), content }) },
  fc.record({ kind: fc.constant('link' as const), content: fc.constantFrom('a', 'b', 'a/b', '/nowhere/at/all', '.') }),
  fc.constant(null),
);
const inLedger = fc.oneof(
  { weight: 4, arbitrary: fc.record({ how: fc.constantFrom('made' as const, 'failed' as const, 'purged' as const, 'otherUnit' as const), content, sizeKnown: fc.boolean(), md5Known: fc.boolean() }) }, // prettier-ignore
  fc.record({ how: fc.constantFrom('registered' as const, 'used' as const), content, sizeKnown: fc.boolean(), md5Known: fc.boolean() }), // prettier-ignore
  fc.constant(null),
);
const worlds = fc.record({
  paths: fc.uniqueArray(fc.record({ path: logical, disk: onDisk, ledger: inLedger }), {
    selector: ({ path: name }) => name,
    maxLength: 14,
  }),
  level: fc.constantFrom<CheckLevel>('exists', 'size', 'md5'),
  scoped: fc.boolean(),
});

type World = typeof worlds extends fc.Arbitrary<infer W> ? W : never;
type Known = NonNullable<World['paths'][number]['ledger']>;

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

function makeTree(root: string, { paths }: World): void {
  for (const { path: name, disk } of paths) {
    const file = path.join(root, name);
    try {
      if (disk !== null) {
        mkdirSync(path.dirname(file), { recursive: true });
        if (disk.kind === 'file') {
          writeFileSync(file, disk.content, { flag: 'wx' });
        } else {
          symlinkSync(disk.content, file);
        }
      }
    } catch {
      // Something else stands there, or a file where a folder should be: the tree is what it has become.
    }
  }
}

function eventsOf({ paths }: World): LedgerEvent[] {
  const tell = newStory();
  return paths.flatMap(({ path: name, ledger }, index): LedgerEvent[] => {
    if (ledger === null) {
      return [];
    }
    const id = execution(index + 1);
    const sizeBytes = ledger.sizeKnown ? ledger.content.length : null;
    const digest = ledger.md5Known ? md5(ledger.content) : null;
    switch (ledger.how) {
      case 'registered':
        return [tell('FileRegistered', { path: name, sizeBytes, md5: digest })];
      case 'used':
        return [tell('InputsUsed', { execution: id, files: [{ path: name, datasetType: 'raw' }] })];
      default: {
        const where = { unit: ledger.how === 'otherUnit' ? 'tract=2' : about.unit };
        const made = tell('FileProduced', { execution: id, path: name, sizeBytes, md5: digest, ...where });
        const outcome = ledger.how === 'failed' ? 'ExecutionFailed' : 'ExecutionSucceeded';
        const ended = tell(outcome, { execution: id, ...where });
        return [made, ended, ...(ledger.how === 'purged' ? [tell('FilePurged', { execution: id, path: name })] : [])];
      }
    }
  });
}

/** The same question, answered by looking at everything one by one. */
function naively(root: string, world: World): Map<string, string> {
  const found = new Map<string, string>();
  const meant = new Map<string, Known>();
  for (const { path: name, ledger } of world.paths) {
    const isMeant = ledger !== null && (!world.scoped || ['made', 'failed', 'purged'].includes(ledger.how));
    if (isMeant) {
      meant.set(name, ledger);
    }
  }
  for (const [name, known] of meant) {
    found.set(name, judged(path.join(root, name), known, world.level));
  }
  const named = world.paths.flatMap(({ path: name, ledger }) => (ledger === null ? [] : [name]));
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const name = path.relative(root, path.join(entry.parentPath, entry.name));
    const leadsToFolder = entry.isSymbolicLink() && isFolder(path.join(root, name));
    const isUsed = leadsToFolder && named.some((other) => other.startsWith(`${name}/`));
    if (!entry.isDirectory() && name !== siteMarkerName && !named.includes(name) && !isUsed) {
      found.set(name, 'onlyOnDisk');
    }
  }
  return found;
}

function judged(file: string, { how, content: expected, sizeKnown, md5Known }: Known, level: CheckLevel): string {
  let bytes: string;
  try {
    if (isFolder(file)) {
      return 'unreachable';
    }
    bytes = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      return 'unreachable';
    }
    return leadsOut(file) ? 'unreachable' : how === 'purged' ? 'gone' : 'onlyInLedger';
  }
  if (how === 'purged') {
    return 'onlyOnDisk';
  }
  const size = how !== 'used' && sizeKnown ? expected.length : null;
  if (bytes === '' && size !== 0) {
    return 'size';
  }
  if (level !== 'exists' && size !== null && size !== bytes.length) {
    return 'size';
  }
  return level === 'md5' && how !== 'used' && md5Known && bytes !== expected ? 'md5' : 'equal';
}

function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}

/** As the system's own tool resolves it: links out of the root lead to /nowhere. */
function leadsOut(file: string): boolean {
  return execFileSync('realpath', ['-m', file], { encoding: 'utf8' }).startsWith('/nowhere');
}

describe('compare', () => {
  it('puts each file in exactly one bucket, the one that a look at everything one by one gives', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const { folder, remove } = temporaryFolder();
        const { views, remove: removeViews } = await viewsOf(eventsOf(world));
        try {
          const root = path.join(folder, 'root');
          mkdirSync(root);
          writeSiteMarker(root, 'lustre');
          makeTree(root, world);
          const attempts = world.scoped ? [{ unit: about.unit, attempt: about.attempt }] : null;
          const question = {
            campaign: about.campaign,
            attempts,
            withSuperseded: true,
            level: world.level,
            ignored: [],
          };
          const looked = new Map<string, string>();
          const found = await compareFiles(views, lookHere(root), question, ({ path: name }, { result }) => {
            expect(looked.has(name)).toBe(false);
            looked.set(name, result);
          });
          const expected = naively(realpathSync(root), world);
          const told = new Map(found.differences.map(({ path: name, bucket }) => [name, bucket]));
          expect(told.size).toBe(found.differences.length);
          const differences = [...expected].filter(([, bucket]) => bucket !== 'equal' && bucket !== 'gone');
          expect(told).toEqual(new Map(differences));
          const counted = [...expected.values()];
          for (const bucket of buckets) {
            expect([bucket, found.counts[bucket]]).toEqual([
              bucket,
              counted.filter((other) => other === bucket).length,
            ]);
          }
          expect(found.purged).toBe(counted.filter((bucket) => bucket === 'gone').length);
        } finally {
          removeViews();
          remove();
        }
      }),
      { numRuns: 60 },
    );
  });
});
