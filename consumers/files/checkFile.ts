/**
 * Looks at one file under a root: synchronously, since a process that only reads files is fastest so. A file system that
 * does not answer stops the process; see `lookerProcess.ts` for who can bear that.
 */
import * as crypto from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  readlinkSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs';
import path from 'node:path';
import { errorCode, errorMessage } from '../../schemas/systemError';
import { isLogicalPath, readSiteMarker, SiteMarkerError } from '../../pipelines/siteMarker';
import type { CheckLevel, ExpectedFile, FileFinding } from './fileCheck';

/** A folder whose marker was read. */
export interface SiteRoot {
  /** Absolute and without symbolic links. */
  readonly folder: string;
  readonly site: string;
}

/** @throws {SiteMarkerError} where the folder has no marker that reads */
export function openSiteRoot(folder: string): SiteRoot {
  const site = readSiteMarker(folder);
  return { folder: realpathSync(folder), site };
}

/** @throws {SiteMarkerError} where the root is not what it was any more */
export function checkStillThere({ folder, site }: SiteRoot): void {
  const now = readSiteMarker(folder);
  if (now !== site) {
    throw new SiteMarkerError(
      folder,
      'otherSite',
      `the folder belonged to site ${site} a moment ago, and now to ${now}`,
    );
  }
}

/**
 * Looks at some files.
 * @param onFile told before each file, and every so often while a long one is read
 * @returns a finding for each file, in their order
 * @throws {SiteMarkerError} where files are missing and the root has gone, too
 */
export function checkFilesUnder(
  root: SiteRoot,
  files: readonly ExpectedFile[],
  level: CheckLevel,
  onFile: () => void = () => undefined,
): FileFinding[] {
  const findings = files.map((file) => {
    onFile();
    return checkFile(root, file, level, onFile);
  });
  if (findings.some(({ result }) => result === 'missing')) {
    checkStillThere(root); // after the looks: what was not there while the root was away is not missing
  }
  return findings;
}

/** Small enough to stay in the processor's cache between reading and hashing: a mebibyte takes a quarter more CPU time. */
const chunkBytes = 128 * 1024;
const chunk = Buffer.allocUnsafe(chunkBytes);

function checkFile(root: SiteRoot, expected: ExpectedFile, level: CheckLevel, onChunk: () => void): FileFinding {
  if (!isLogicalPath(expected.path)) {
    return unreachable('it names no place under the root');
  }
  const file = `${root.folder}/${expected.path}`;
  try {
    return level === 'md5' && expected.md5 !== null
      ? checkContent(file, expected, onChunk)
      : compareSize(statSync(file), expected, level);
  } catch (error) {
    return isNotThere(error) ? missing(root, expected.path) : unreachable(errorMessage(error));
  }
}

function compareSize(stats: Stats, expected: ExpectedFile, level: CheckLevel): FileFinding {
  if (!stats.isFile()) {
    return unreachable(stats.isDirectory() ? 'a folder stands in its place' : 'what stands in its place is no file');
  }
  const found = { sizeBytes: stats.size, md5: null, reason: null };
  if (stats.size === 0 && expected.sizeBytes !== 0) {
    return { result: 'empty', compared: 'size', ...found };
  }
  if (level === 'exists' || expected.sizeBytes === null) {
    return { result: 'match', compared: 'exists', ...found };
  }
  return { result: stats.size === expected.sizeBytes ? 'match' : 'size', compared: 'size', ...found };
}

/** Opens the file, and reads it only where its size is right. What is no file is opened and left alone. */
function checkContent(file: string, expected: ExpectedFile, onChunk: () => void): FileFinding {
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    const bySize = compareSize(stats, expected, 'size');
    if (bySize.result !== 'match') {
      return bySize;
    }
    const { sizeBytes, md5 } = digest(descriptor, stats.size, onChunk);
    const found = { compared: 'md5' as const, sizeBytes, reason: null };
    if (sizeBytes !== stats.size) {
      return { result: 'size', ...found, md5: null }; // somebody is writing to it
    }
    return md5 === expected.md5 ? { result: 'match', ...found, md5: null } : { result: 'checksum', ...found, md5 };
  } finally {
    closeSync(descriptor);
  }
}

/** Hashes at once, without a hash object; Node.js before 20.12 has no such function. */
const { hash: hashAtOnce } = crypto as Partial<Pick<typeof crypto, 'hash'>>;

/** @param expectedBytes the file's size as the system tells it */
function digest(
  descriptor: number,
  expectedBytes: number,
  onChunk: () => void,
): { readonly sizeBytes: number; readonly md5: string } {
  let read = readSync(descriptor, chunk);
  if (read === expectedBytes && read < chunkBytes && hashAtOnce !== undefined) {
    return { sizeBytes: read, md5: hashAtOnce('md5', chunk.subarray(0, read), 'hex') }; // all of it, in one piece
  }
  const hash = crypto.createHash('md5');
  let sizeBytes = 0;
  for (; read > 0; read = readSync(descriptor, chunk)) {
    hash.update(chunk.subarray(0, read));
    sizeBytes += read;
    if (read === chunkBytes) {
      onChunk();
    }
  }
  return { sizeBytes, md5: hash.digest('hex') };
}

/**
 * Nothing is there. That is only sure of places under the root itself: where a symbolic link leads out of it, a file
 * system of which the marker says nothing may be away.
 */
function missing(root: SiteRoot, logical: string): FileFinding {
  let ahead = logical.split('/');
  let folder = root.folder;
  for (let links = 0; ahead.length > 0;) {
    const [segment = '', ...rest] = ahead;
    const step = path.join(folder, segment);
    try {
      if (!lstatSync(step).isSymbolicLink()) {
        folder = step;
        ahead = rest;
        continue;
      }
      const target = path.resolve(folder, readlinkSync(step));
      links += 1;
      if (!isWithin(root.folder, target) || links > mostLinks) {
        return unreachable(`${path.relative(root.folder, step)} is a link out of the root, and there is nothing there`);
      }
      ahead = [...path.relative(root.folder, target).split('/'), ...rest].filter((name) => name !== '');
      folder = root.folder;
    } catch (error) {
      return isNotThere(error)
        ? { result: 'missing', compared: 'exists', sizeBytes: null, md5: null, reason: null }
        : unreachable(errorMessage(error));
    }
  }
  return unreachable('it was not there, and a moment later it was');
}

/** As many as Linux follows. */
const mostLinks = 40;

function isWithin(folder: string, file: string): boolean {
  return file === folder || file.startsWith(folder === '/' ? folder : `${folder}/`);
}

function unreachable(reason: string): FileFinding {
  return { result: 'unreachable', compared: 'exists', sizeBytes: null, md5: null, reason };
}

function isNotThere(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
}
