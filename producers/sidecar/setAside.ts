/** Renaming what a failed try wrote, so that neither the next try nor anyone else takes it for whole. */
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '../../schemas/systemError';
import type { RootFolder } from './logicalPath';

const setAsideName = /\.failed-[0-9a-f]{12}$/;

/** Whether a path was set aside by an earlier failed try. */
export function isSetAside(file: string): boolean {
  return setAsideName.test(file);
}

/** What a file written by an execution is called once it is set aside: its own name and the end of the execution's UUID. */
export function setAsidePath(file: string, execution: string): string {
  return `${file}.failed-${execution.slice(-12)}`;
}

/**
 * Sets files aside, in their own folder.
 * @returns the logical paths that were renamed; `onProblem` hears of the others
 */
export async function setAside(
  root: RootFolder,
  files: readonly string[],
  execution: string,
  onProblem: (message: string) => void,
): Promise<ReadonlySet<string>> {
  const moved = new Set<string>();
  for (const file of files) {
    try {
      const from = path.join(root.real, file);
      await rename(from, setAsidePath(from, execution));
      moved.add(file);
    } catch (error) {
      onProblem(`${file} of the failed try could not be set aside: ${errorMessage(error)}`);
    }
  }
  return moved;
}
