/**
 * Writes the bytes of golden examples that have none yet. The examples are written by hand as JSON, a list a schema
 * file: schemas/golden/FileProduced.2.json for FileProduced.2.avsc. Beside it lies FileProduced.2.hex, a line an example
 * in the same order: that version's bytes. A line once written is what is in ledgers, so it is never written again.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventFromJson } from '../schemas/json';
import { schemaByFingerprint } from '../schemas/registry';
import { frame } from '../schemas/singleObject';
import { readSchemaFiles } from './generateEvents';
import type { SchemaFile } from './schemaRules';

const goldenFolder = path.resolve(__dirname, '../schemas/golden');

/** One golden example: an event as a version wrote it, and what it means. */
export interface GoldenExample {
  /** The schema file without `.avsc`, for example `FileProduced.2`. */
  readonly schema: string;
  /** Its place in the list, from 0. */
  readonly index: number;
  /** The event as JSON, in the shape that was the newest when the example was written. */
  readonly json: Record<string, unknown>;
  readonly bytes: Buffer;
}

/** The examples as JSON of one schema file; none where there is no such list. */
export function readGoldenJson(schema: string, folder = goldenFolder): Record<string, unknown>[] {
  const file = path.join(folder, `${schema}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>[]) : [];
}

/** The examples of one schema file that have bytes. */
export function readGoldenExamples(schema: string, folder = goldenFolder): GoldenExample[] {
  const json = readGoldenJson(schema, folder);
  return readHexLines(schema, folder).map((line, index) => ({
    schema,
    index,
    json: json[index] ?? {},
    bytes: Buffer.from(line, 'hex'),
  }));
}

/**
 * Writes the bytes that are missing, and nothing else.
 * @returns the schema files whose examples got bytes
 * @throws {EventInvalidError} where an example is no such event; {@link Error} for a schema file without an example
 */
export function writeMissingExamples(files: readonly SchemaFile[], folder = goldenFolder): string[] {
  mkdirSync(folder, { recursive: true });
  return files.flatMap((file) => {
    const schema = path.basename(file.file, '.avsc');
    const examples = readGoldenJson(schema, folder);
    const lines = readHexLines(schema, folder);
    if (examples.length === 0) {
      throw new Error(`schemas/${file.file} has no golden example: write one into schemas/golden/${schema}.json`);
    }
    const missing = examples.slice(lines.length);
    if (missing.length === 0) {
      return [];
    }
    const added = missing.map((json) => encodeAs(file, json).toString('hex'));
    writeFileSync(path.join(folder, `${schema}.hex`), [...lines, ...added, ''].join('\n'));
    return [schema];
  });
}

function readHexLines(schema: string, folder: string): string[] {
  const file = path.join(folder, `${schema}.hex`);
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
}

function encodeAs(file: SchemaFile, json: Record<string, unknown>): Buffer {
  const schema = schemaByFingerprint(file.fingerprint);
  if (schema === undefined) {
    throw new Error(`schemas/${file.file} is not among the generated schemas yet: run npm run generate first`);
  }
  return frame(schema.fingerprint, schema.type.toBuffer(eventFromJson(json)));
}

if (require.main === module) {
  const written = writeMissingExamples(readSchemaFiles());
  process.stdout.write(written.length === 0 ? 'every example has its bytes\n' : `wrote ${written.join(', ')}\n`);
}
