/** The pipeline of a scaled campaign as files, for the commands that take a definition. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '../../schemas/systemError';
import { SimulationError } from './errors';
import { scaledPipeline } from './scaledPipeline';

/**
 * Writes the definition and its tables into a folder, which is made where it is not there, and answers the definition's
 * path.
 * @throws {SimulationError} where they cannot be written
 */
export function writeScaledPipeline(scale: number, folder: string): string {
  const { files } = scaledPipeline(scale);
  const [definition = ''] = files.keys();
  try {
    for (const [name, pieces] of files) {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, [...pieces].join(''));
    }
  } catch (error) {
    const reason = errorMessage(error);
    throw new SimulationError(`the pipeline cannot be written: ${reason}`, { cause: error });
  }
  return path.join(folder, definition);
}
