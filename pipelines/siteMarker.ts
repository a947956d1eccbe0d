/**
 * The marker of a site: a small file, `.tractledger-site.json`, in the root folder under which a site keeps its files:
 *
 * ```json
 * { "format": 1, "site": "lustre" }
 * ```
 *
 * It tells which site a folder belongs to, and that it is really there: a mount point without its file system, or with
 * another one, has no such marker. Only below a root whose marker reads may a file be called missing.
 */
import { closeSync, constants, linkSync, openSync, readFileSync, fstatSync, unlinkSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { errorCode, errorMessage } from '../schemas/systemError';

/** The marker's name in the root folder. */
export const siteMarkerName = '.tractledger-site.json';

const format = 1;
const largestBytes = 64 * 1024;
const longestSiteChars = 255;

/**
 * The marker is not there (`none`), cannot be read (`unreachable`), is no marker (`invalid`), or names another site than
 * the one to be written (`otherSite`).
 */
export class SiteMarkerError extends Error {
  override readonly name = 'SiteMarkerError';

  constructor(
    readonly root: string,
    readonly kind: 'none' | 'unreachable' | 'invalid' | 'otherSite',
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${path.join(root, siteMarkerName)}: ${problem}`, options);
  }
}

/**
 * The name of the site that a root folder belongs to. Reads synchronously, and waits as long as the file system does.
 * @throws {SiteMarkerError}
 */
export function readSiteMarker(root: string): string {
  let value: unknown;
  try {
    value = JSON.parse(readText(root));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new SiteMarkerError(root, 'invalid', `this is no JSON: ${error.message}`, { cause: error });
    }
    throw error;
  }
  const read = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  if (read['format'] !== format) {
    throw new SiteMarkerError(root, 'invalid', `expected "format": ${String(format)}; is it of a newer version?`);
  }
  const site = read['site'];
  if (typeof site !== 'string' || !isSiteName(site)) {
    throw new SiteMarkerError(root, 'invalid', 'expected "site": the name of the site');
  }
  return site;
}

/**
 * Writes the marker, unless the folder has it already. It appears whole or not at all.
 * @throws {SiteMarkerError} where it cannot be written, or the folder belongs to another site
 */
export function writeSiteMarker(root: string, site: string): void {
  if (!isSiteName(site)) {
    throw new SiteMarkerError(root, 'invalid', `${JSON.stringify(site)} cannot be the name of a site`);
  }
  const marker = path.join(root, siteMarkerName);
  const draft = `${marker}.${randomUUID()}`;
  try {
    writeFileSync(draft, `${JSON.stringify({ format, site }, null, 2)}\n`, { flag: 'wx' });
    try {
      linkSync(draft, marker); // unlike a rename, this never replaces a marker that somebody else has just written
    } finally {
      unlinkSync(draft);
    }
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') {
      throw new SiteMarkerError(root, 'unreachable', `cannot be written: ${errorMessage(error)}`, { cause: error });
    }
  }
  const written = readSiteMarker(root);
  if (written !== site) {
    throw new SiteMarkerError(root, 'otherSite', `the folder belongs to site ${written}, not ${site}`);
  }
}

/** Whether a path names a place under a root, in one way only: no `..`, no empty segment, not absolute. */
export function isLogicalPath(text: string): boolean {
  return !text.includes('\0') && !/(?:^|\/)\.{0,2}(?:\/|$)/.test(text);
}

function readText(root: string): string {
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a FIFO of that name would wait for a writer.
    descriptor = openSync(path.join(root, siteMarkerName), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(root, error);
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > largestBytes) {
      throw new SiteMarkerError(root, 'invalid', 'expected a small file');
    }
    return readFileSync(descriptor, 'utf8');
  } catch (error) {
    throw error instanceof SiteMarkerError ? error : unreadable(root, error);
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(root: string, error: unknown): SiteMarkerError {
  const isNone = ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
  const problem = isNone
    ? 'there is no such marker; is the file system mounted? If it is, and the folder is the right one, ' +
      '`tractledger compare --root FOLDER --site NAME --mark` writes it'
    : `cannot be read: ${errorMessage(error)}`;
  return new SiteMarkerError(root, isNone ? 'none' : 'unreachable', problem, { cause: error });
}

function isSiteName(text: string): boolean {
  return text !== '' && text.length <= longestSiteChars && !/\p{Cc}/u.test(text);
}
