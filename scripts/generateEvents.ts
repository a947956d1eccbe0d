/**
 * Writes schemas/generated from the .avsc files: TypeScript types of the newest versions, and all versions embedded with
 * their fingerprints, so that nothing is read or parsed at start-up that is not needed. Adds new schema files to the
 * lock file; refuses when a locked one has changed. `--check` writes nothing and fails when something is stale.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Type } from 'avsc';
import { crc64Avro } from '../schemas/crc64Avro';
import { schemaProblems, type Field, type Schema, type SchemaFile } from './schemaRules';

const published = path.resolve(__dirname, '../schemas');

/** Every schema file in a folder, by name and version. @throws {Error} for a file that is not named after its type */
export function readSchemaFiles(folder = published): SchemaFile[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.avsc'));
  const read = files.map((file) => {
    const [, name = '', version = '1'] = /^([A-Za-z]+)(?:\.(\d+))?\.avsc$/.exec(file) ?? [];
    const text = readFileSync(path.join(folder, file), 'utf8');
    const schema = JSON.parse(text) as SchemaFile['schema'];
    if (schema.name !== name) {
      throw new Error(`${file} holds a schema named ${schema.name}; a schema file is named after its type`);
    }
    const canonicalForm = JSON.stringify(Type.forSchema(JSON.parse(text) as never).schema());
    const sha256 = createHash('sha256').update(text).digest('hex');
    return { file, name, version: Number(version), text, sha256, fingerprint: crc64Avro(canonicalForm), schema };
  });
  return read.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version - b.version));
}

/**
 * The content of every generated file, by path relative to the folder of the schemas.
 * @throws {Error} where a published schema has changed or is gone, or a schema breaks a rule of schemaRules.ts
 */
export function generate(files: SchemaFile[], folder = published): Map<string, string> {
  const lock = lockFile(files, path.join(folder, 'schemas.lock.json'));
  const problems = schemaProblems(files);
  if (problems.length > 0) {
    throw new Error(problems.join('\n'));
  }
  return new Map([
    ['generated/events.ts', eventTypes(files)],
    ['generated/schemas.ts', embeddedSchemas(files)],
    ['schemas.lock.json', lock],
  ]);
}

function eventTypes(files: SchemaFile[]): string {
  const newest = new Map(files.map((file) => [file.name, file]));
  const shared = new Map<string, string>();
  const events = [...newest.values()].map((file) => {
    const fields = file.schema.fields.map((field) => fieldText(field, shared)).join('');
    return `/** ${file.schema.doc ?? ''} */\nexport interface ${file.name} {\n  readonly type: '${file.name}';\n${fields}}\n`;
  });
  const union = [...newest.keys()].map((name) => `\n  | ${name}`).join('');
  return [
    '/* Generated from schemas/*.avsc by `npm run generate`; do not edit. */\n',
    ...shared.values(),
    ...events,
    `/** Any event, told apart by \`type\`. */\nexport type LedgerEvent =${union};\n`,
  ].join('\n');
}

function fieldText(field: Field, shared: Map<string, string>): string {
  return `  /** ${field.doc ?? ''} */\n  readonly ${field.name}: ${typeText(field.type, shared)};\n`;
}

const primitives: Record<string, string> = {
  null: 'null',
  string: 'string',
  int: 'number',
  long: 'number',
  boolean: 'boolean',
  fixed: 'string',
  Uuid: 'string',
  Md5: 'string',
  Sha256: 'string',
};

function typeText(schema: Schema, shared: Map<string, string>): string {
  if (Array.isArray(schema)) {
    return schema.map((branch) => typeText(branch, shared)).join(' | ');
  }
  if (typeof schema === 'string') {
    return primitives[schema] ?? schema;
  }
  if (schema.type === 'array') {
    return `readonly ${typeText(schema.items ?? 'null', shared)}[]`;
  }
  if (schema.type === 'map') {
    return `Readonly<Record<string, ${typeText(schema.values ?? 'null', shared)}>>`;
  }
  if (schema.type === 'record') {
    const name = schema.name ?? '';
    const fields = (schema.fields ?? []).map((field) => fieldText(field, shared)).join('');
    const text = `/** ${schema.doc ?? ''} */\nexport interface ${name} {\n${fields}}\n`;
    if (shared.has(name) && shared.get(name) !== text) {
      throw new Error(`the record ${name} differs between schema files; give the new form a new name`);
    }
    shared.set(name, text);
    return name;
  }
  return primitives[schema.type] ?? schema.type;
}

function embeddedSchemas(files: SchemaFile[]): string {
  const rows = files.map(
    (file) =>
      `  { name: '${file.name}', version: ${String(file.version)}, fingerprint: '${file.fingerprint}', text: ${JSON.stringify(withoutDocs(file.text))} },\n`,
  );
  return (
    '/* Generated from schemas/*.avsc by `npm run generate`; do not edit. */\n\n' +
    '/** Every schema ever published, by name and version. */\n' +
    `export const publishedSchemas = [\n${rows.join('')}] as const;\n`
  );
}

/** A schema as a program needs it: its descriptions would only make every start of the command line slower. */
function withoutDocs(text: string): string {
  return JSON.stringify(JSON.parse(text, (key, value: unknown) => (key === 'doc' ? undefined : value)));
}

function lockFile(files: SchemaFile[], lockPath: string): string {
  const locked: Record<string, { sha256: string; fingerprint: string }> = existsSync(lockPath)
    ? (JSON.parse(readFileSync(lockPath, 'utf8')) as Record<string, { sha256: string; fingerprint: string }>)
    : {};
  for (const [file, lock] of Object.entries(locked)) {
    const now = files.find((candidate) => candidate.file === file);
    if (now?.sha256 !== lock.sha256) {
      throw new Error(
        `schemas/${file} is published and ${now ? 'has changed' : 'is gone'}; a change is a new file beside it`,
      );
    }
  }
  const all = files.map((file) => [file.file, { sha256: file.sha256, fingerprint: file.fingerprint }]);
  return `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`;
}

function main(): void {
  const check = process.argv.includes('--check');
  mkdirSync(path.join(published, 'generated'), { recursive: true });
  for (const [file, text] of generate(readSchemaFiles())) {
    const target = path.join(published, file);
    if (existsSync(target) && readFileSync(target, 'utf8') === text) {
      continue;
    }
    if (check) {
      process.stderr.write(`schemas/${file} is stale: run npm run generate\n`);
      process.exitCode = 1;
    } else {
      writeFileSync(target, text);
    }
  }
}

if (require.main === module) {
  main();
}
