/** A definition with its tables, from the disk. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '../schemas/systemError';
import { checkTables } from './checkTables';
import type { Definition } from './definition';
import { PipelineError, PipelineFileError, type Problem } from './errors';
import { readDefinition } from './readDefinition';
import type { Relation } from './relation';
import { readTable } from './tables';

/** Everything a plan follows from. */
export interface Pipeline {
  readonly definition: Definition;
  readonly tables: ReadonlyMap<string, Relation>;
  /** SHA-256 of the definition's and the tables' bytes, hexadecimal: another digest, another plan. */
  readonly digest: string;
  /** The definition as it was read. */
  readonly text: string;
}

/**
 * Reads a definition and the tables it names, whose paths count from the definition's folder.
 * @param read gives the bytes of a file, by default from the disk
 * @throws {PipelineError} with every problem found; {@link PipelineFileError} where a file cannot be read
 */
export function loadPipeline(file: string, read: (file: string) => Uint8Array = readFromDisk): Pipeline {
  const bytes = read(file);
  const text = Buffer.from(bytes).toString('utf8');
  const { definition, lineOf } = readDefinition(file, text);
  const files = [bytes];
  const tables = new Map<string, Relation>();
  const problems: Problem[] = [];
  for (const [name, tablePath] of definition.tables) {
    const tableFile = path.join(path.dirname(file), tablePath);
    const tableBytes = read(tableFile);
    files.push(tableBytes);
    try {
      tables.set(name, readTable(tableFile, tableBytes, definition.dimensions));
    } catch (error) {
      if (!(error instanceof PipelineError)) {
        throw error;
      }
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) {
    throw new PipelineError(problems); // the columns of a broken table are not known
  }
  problems.push(...checkTables(definition, tables).map(({ path, message }) => ({ file, line: lineOf(path), message })));
  if (problems.length > 0) {
    throw new PipelineError(problems);
  }
  return { definition, tables, digest: digestOfFiles(files.map((file) => [file])), text };
}

/** The digest of a pipeline. @param files the definition, then its tables, each as the pieces that its bytes come in */
export function digestOfFiles(files: Iterable<Iterable<string | Uint8Array>>): string {
  const whole = createHash('sha256');
  for (const pieces of files) {
    const hash = createHash('sha256');
    for (const piece of pieces) {
      hash.update(piece);
    }
    whole.update(hash.digest());
  }
  return whole.digest('hex');
}

function readFromDisk(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = errorMessage(error);
    throw new PipelineFileError(file, `cannot be read: ${reason}`, { cause: error });
  }
}
