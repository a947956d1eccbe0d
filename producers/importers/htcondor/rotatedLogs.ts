/**
 * A log that HTCondor rotated lies in several files. With one rotation kept it is `LOG.old`, with more `LOG.1` (the
 * newest) to `LOG.N` (the oldest); see HTCondor's manual, EVENT_LOG_MAX_ROTATIONS. Records never cross files.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '../../../schemas/systemError';
import { ImportFileError } from '../errors';

/**
 * The files of a log, oldest first, the log itself last.
 * @throws {ImportFileError} where a rotated file between others is missing, or both ways of naming them are present
 */
export async function rotatedLogs(log: string): Promise<string[]> {
  const names = await readdir(path.dirname(log)).catch((error: unknown) => {
    throw new ImportFileError(log, `its folder cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  });
  const base = path.basename(log);
  const numbers = names
    .filter((name) => name.startsWith(`${base}.`) && /^[1-9]\d{0,5}$/.test(name.slice(base.length + 1)))
    .map((name) => Number(name.slice(base.length + 1)))
    .sort((a, b) => b - a);
  const hasOld = names.includes(`${base}.old`);
  if (hasOld && numbers.length > 0) {
    throw new ImportFileError(
      log,
      `both ${base}.old and ${base}.${String(numbers.at(-1))} lie beside it, so the order of its rotated files cannot be told; ` +
        `move away those that are not part of it`,
    );
  }
  const missing = numbers.findIndex((number, index) => number !== numbers.length - index);
  if (missing >= 0) {
    throw new ImportFileError(
      log,
      `${base}.${String(numbers[0])} lies beside it, but not every file from ${base}.1 to it; put the missing ones back or move the older ones away`,
    );
  }
  return [...(hasOld ? [`${log}.old`] : []), ...numbers.map((number) => `${log}.${String(number)}`), log];
}
