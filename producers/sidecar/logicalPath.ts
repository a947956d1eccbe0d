/** Logical paths: a file's name relative to the root folder of its site, with `/` between segments. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { JobDescriptionError } from './errors';

/** The root folder as the job names it and as the file system resolves it. */
export interface RootFolder {
  readonly named: string;
  /** Without symbolic links. */
  readonly real: string;
}

/**
 * The root folder, resolved against the working directory.
 * @throws {JobDescriptionError} where there is no such folder
 */
export function openRoot(text: string, where: string): RootFolder {
  const named = path.resolve(text);
  try {
    return { named, real: realpathSync(named) };
  } catch (error) {
    throw new JobDescriptionError(where, `the root folder ${named} cannot be entered; make it first or name another`, {
      cause: error,
    });
  }
}

/**
 * The logical path of a file given relative to the root, or absolute within it.
 * @returns null for a path that leaves the root by its own words; symbolic links are {@link staysWithin}'s matter
 */
export function logicalPath(root: RootFolder, text: string): string | null {
  if (text === '' || text.includes('\0')) {
    return null;
  }
  const candidates = path.isAbsolute(text)
    ? [path.relative(root.named, text), path.relative(root.real, text)]
    : [path.normalize(text)];
  const inside = candidates.find((relative) => !leaves(relative));
  return inside?.replace(/\/+$/, '') ?? null;
}

/** Whether a logical path stays under the root once symbolic links are followed; what does not exist yet counts by its nearest existing folder. */
export function staysWithin(root: RootFolder, logical: string): boolean {
  for (let current = path.join(root.real, logical); current !== root.real; current = path.dirname(current)) {
    const real = realOf(current);
    if (real !== null) {
      return real === root.real || real.startsWith(root.real === '/' ? '/' : `${root.real}/`);
    }
  }
  return true;
}

function leaves(relative: string): boolean {
  return (
    relative === '' || relative === '.' || relative === '..' || relative.startsWith('../') || path.isAbsolute(relative)
  );
}

function realOf(file: string): string | null {
  try {
    return realpathSync(file);
  } catch {
    return null;
  }
}
