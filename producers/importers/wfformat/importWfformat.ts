/** Imports a workflow instance in WfFormat, the JSON format of WfCommons. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '../../../schemas/systemError';
import type { Ledger } from '../../../ledger/port';
import { ImportFileError } from '../errors';
import { importInput, storingNothing, type ImportInput, type ImportReport } from '../importInput';
import { parseJson } from '../jsonNode';
import { measureFiles } from '../lines';
import { scopeOf, type PlanFileOptions } from '../planFile';
import { timeZone } from '../timeZone';
import { instanceDrafts } from './mapInstance';
import { readInstance } from './readInstance';

/** What to import, as what. */
export interface WfformatImportOptions extends PlanFileOptions {
  readonly instancePath: string;
  /** Where times without a zone were written: UTC, the default, an offset such as -06:00, or a name such as Europe/Madrid. */
  readonly timeZone?: string;
}

/** One JSON document is one text, and a text in Node holds no more than 512 MiB. */
const maxBytes = 500 * 1024 * 1024;

/**
 * Stores what an instance tells: the plan, and the executions and files where it tells of a run.
 * @throws {ImportOptionsError} {@link ImportFileError} {@link ImportFormatError} and nothing is stored;
 *   {@link ImportConflictError} where the attempt was imported from another instance; {@link ImportInterruptedError}
 */
export async function importWfformat(ledger: Ledger, options: WfformatImportOptions): Promise<ImportReport> {
  return importInput(ledger, await storingNothing(wfformatInput(options)), options.onProgress);
}

/** The input that an instance is. @throws {ImportOptionsError} {@link ImportFileError} {@link ImportFormatError} */
export async function wfformatInput(options: WfformatImportOptions): Promise<ImportInput> {
  const file = path.resolve(options.instancePath);
  const scope = scopeOf('wfformat', options);
  const zone = timeZone(options.timeZone ?? 'UTC');
  const bytes = await readWhole(file);
  const root = parseJson({ file, line: 1, text: decoded(file, bytes) }, 'JSON');
  const instance = readInstance(root, { zone, startedAtMicros: options.occurredAtMicros ?? null });
  return {
    scope,
    file,
    files: [file],
    isWhole: true,
    first: {
      digest: createHash('sha256').update(bytes).digest('hex'),
      occurredAtMicros: instance.startedAtMicros ?? 0,
    },
    timeZone: zone.name,
    *drafts(findings) {
      yield* instanceDrafts(instance, scope, findings);
    },
  };
}

async function readWhole(file: string): Promise<Buffer> {
  for (const { sizeBytes } of await measureFiles([file])) {
    if (sizeBytes > maxBytes) {
      throw new ImportFileError(file, 'is larger than 500 MiB, too large for one JSON document');
    }
  }
  return readFile(file).catch((error: unknown) => {
    throw new ImportFileError(file, `cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  });
}

function decoded(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ImportFileError(file, 'is not UTF-8, as JSON is', { cause: error });
  }
}
