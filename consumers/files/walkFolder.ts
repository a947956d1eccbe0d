/** Everything that lies below a folder, in the order of the paths' bytes, which is the views' order. */
import { readdirSync, statSync, type Dirent } from 'node:fs';
import { siteMarkerName } from '../../pipelines/siteMarker';
import { codeOf, messageOf } from '../../pipelines/systemError';

/** One thing below a folder; folders that can be read are no things of their own. */
export interface FolderEntry {
  /** Its logical path; where its name is not UTF-8, with the bytes that are none written `\\xff`. */
  readonly path: string;
  /** The bytes of a path that is not UTF-8, hexadecimal; null for any other. */
  readonly bytes: string | null;
  /** `unreadable` is a folder that cannot be looked into, `folderLink` a link to a folder, which is not followed. */
  readonly kind: 'file' | 'link' | 'folderLink' | 'other' | 'unreadable';
  /** Why it is unreadable; null otherwise. */
  readonly reason: string | null;
}

interface Level {
  readonly prefix: Buffer;
  readonly entries: readonly Keyed[];
  next: number;
}

interface Keyed {
  /** The name, with `/` behind that of a folder: `a/b` stands behind `a.b` and before `a0`. */
  readonly key: Buffer;
  readonly entry: Dirent<Buffer>;
}

const slash = Buffer.from('/');

/**
 * Walks a folder. What comes or goes meanwhile may be met or not.
 * @param ignored logical paths that are passed over, with all below them; the site's marker always is
 * @throws what reading the folder itself throws
 */
export function* walkFolder(folder: string, ignored: readonly string[] = []): Generator<FolderEntry> {
  const root = Buffer.from(folder);
  const passedOver = new Set([siteMarkerName, ...ignored]);
  const levels: Level[] = [{ prefix: Buffer.alloc(0), entries: entriesOf(root), next: 0 }];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const keyed = level.entries[level.next];
    level.next += 1;
    if (keyed === undefined) {
      levels.pop();
      continue;
    }
    const logical = Buffer.concat([level.prefix, keyed.entry.name]);
    const named = nameOf(logical);
    if (passedOver.has(named.path)) {
      continue;
    }
    const place = Buffer.concat([root, slash, logical]);
    if (!keyed.entry.isDirectory()) {
      yield { ...named, kind: kindOf(keyed.entry, place), reason: null };
      continue;
    }
    try {
      levels.push({ prefix: Buffer.concat([logical, slash]), entries: entriesOf(place), next: 0 });
    } catch (error) {
      if (!hasGone(error)) {
        yield { ...named, kind: 'unreadable', reason: messageOf(error) };
      }
    }
  }
}

function entriesOf(folder: Buffer): Keyed[] {
  return readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })
    .map((entry) => ({ entry, key: entry.isDirectory() ? Buffer.concat([entry.name, slash]) : entry.name }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
}

function kindOf(entry: Dirent<Buffer>, place: Buffer): FolderEntry['kind'] {
  if (entry.isFile()) {
    return 'file';
  }
  if (!entry.isSymbolicLink()) {
    return 'other';
  }
  try {
    return statSync(place).isDirectory() ? 'folderLink' : 'link';
  } catch {
    return 'link'; // it leads nowhere, or where nobody may look
  }
}

function nameOf(logical: Buffer): Pick<FolderEntry, 'path' | 'bytes'> {
  const text = logical.toString('utf8');
  return Buffer.from(text).equals(logical)
    ? { path: text, bytes: null }
    : { path: escaped(logical), bytes: logical.toString('hex') };
}

/** The path with every byte beyond ASCII, and the backslash, written out: no byte is lost, and a terminal can show it. */
function escaped(logical: Buffer): string {
  return Array.from(logical, (byte) =>
    byte < 0x80 && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}

function hasGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error));
}
