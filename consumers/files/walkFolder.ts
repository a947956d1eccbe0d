/** Everything that lies below a folder, in the order of the paths' bytes, which is the views' order. */
import { readdirSync, statSync, type Dirent } from 'node:fs';
import { errorCode, errorMessage } from '../../schemas/systemError';
import { siteMarkerName } from '../../pipelines/siteMarker';
import { compareUtf8 } from '../../schemas/utf8';

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

/** A name or a logical path: bytes only where they are not UTF-8, since texts take a third of the time. */
type Name = string | Buffer;

interface Level {
  readonly prefix: Name;
  readonly entries: readonly Entry[];
  next: number;
}

interface Entry {
  readonly name: Name;
  readonly type: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>;
}

const slash = '/';

/** How drafts of the marker begin, and probes of the root: one may be left where its writer was killed. */
const markerDrafts = `${siteMarkerName}.`;

/**
 * Walks a folder. What comes or goes meanwhile may be met or not.
 * @param ignored logical paths that are passed over, with all below them; the site's marker and its drafts always are
 * @throws what reading the folder itself throws
 */
export function* walkFolder(folder: string, ignored: readonly string[] = []): Generator<FolderEntry> {
  const root = `${folder}/`;
  const passedOver = new Set([siteMarkerName, ...ignored]);
  const levels: Level[] = [{ prefix: '', entries: entriesOf(folder), next: 0 }];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const entry = level.entries[level.next];
    level.next += 1;
    if (entry === undefined) {
      levels.pop();
      continue;
    }
    const logical = joined(level.prefix, entry.name);
    const named = nameOf(logical);
    if (passedOver.has(named.path) || named.path.startsWith(markerDrafts)) {
      continue;
    }
    if (!entry.type.isDirectory()) {
      yield { ...named, kind: kindOf(entry, joined(root, logical)), reason: null };
      continue;
    }
    try {
      levels.push({ prefix: joined(logical, slash), entries: entriesOf(joined(root, logical)), next: 0 });
    } catch (error) {
      if (!hasGone(error)) {
        yield { ...named, kind: 'unreadable', reason: errorMessage(error) };
      }
    }
  }
}

function joined(first: Name, last: Name): Name {
  return typeof first === 'string' && typeof last === 'string'
    ? first + last
    : Buffer.concat([Buffer.from(first), Buffer.from(last)]);
}

/** In the order of their bytes, those of a folder as with `/` behind them: `a/b` stands behind `a.b` and before `a0`. */
function entriesOf(folder: Name): Entry[] {
  const texts = readdirSync(folder, { withFileTypes: true });
  // What is no UTF-8 was decoded to U+FFFD; so was that character itself, and then nothing is lost by looking again.
  if (!texts.some(({ name }) => name.includes('\ufffd'))) {
    return texts
      .map((type) => ({ name: type.name, type, key: type.isDirectory() ? `${type.name}/` : type.name }))
      .sort((a, b) => compareUtf8(a.key, b.key));
  }
  return readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })
    .map((type) => ({
      name: textIfUtf8(type.name),
      type,
      key: type.isDirectory() ? joined(type.name, slash) : type.name,
    }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

function textIfUtf8(bytes: Buffer): Name {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : bytes;
}

function kindOf({ type }: Entry, place: Name): FolderEntry['kind'] {
  if (type.isFile()) {
    return 'file';
  }
  if (!type.isSymbolicLink()) {
    return 'other';
  }
  try {
    return statSync(place).isDirectory() ? 'folderLink' : 'link';
  } catch {
    return 'link'; // it leads nowhere, or where nobody may look
  }
}

function nameOf(logical: Name): Pick<FolderEntry, 'path' | 'bytes'> {
  return typeof logical === 'string'
    ? { path: logical, bytes: null }
    : { path: escaped(logical), bytes: logical.toString('hex') };
}

/** The path with every byte beyond ASCII, and the backslash, written out: no byte is lost, and a terminal can show it. */
function escaped(logical: Buffer): string {
  return Array.from(logical, (byte) =>
    byte < 0x80 && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}

function hasGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
}
