/** A DAG from its file. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '../../../schemas/systemError';
import { ImportFileError } from '../errors';
import type { Dag } from './dag';
import { parseDag } from './parseDag';

/**
 * Reads a DAG file and the files it includes or splices in, whose names are taken from the DAG file's own folder.
 * @throws {ImportFormatError} {@link ImportFileError}
 */
export function loadDag(file: string): Dag {
  const folder = path.dirname(file);
  return parseDag(readText(file), file, (name, place) => {
    const other = path.resolve(folder, name);
    try {
      return { text: readText(other), file: other };
    } catch (error) {
      throw new ImportFileError(
        other,
        `is named in ${place.file}:${String(place.line)} and cannot be read there; put it beside the DAG file`,
        { cause: error },
      );
    }
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ImportFileError(file, `cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
