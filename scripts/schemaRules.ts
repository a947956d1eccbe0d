/**
 * What every published schema keeps to, so that history stays readable: the generator refuses to write anything while
 * one of these rules is broken.
 */
import { Type } from 'avsc';

/** A schema as its file holds it. */
export type Schema =
  | string
  | {
      type: string;
      logicalType?: string;
      name?: string;
      fields?: Field[];
      items?: Schema;
      values?: Schema;
      doc?: string;
    }
  | Schema[];

/** A field of a record. */
export interface Field {
  name: string;
  type: Schema;
  doc?: string;
}

/** One published schema file. */
export interface SchemaFile {
  file: string;
  name: string;
  version: number;
  text: string;
  sha256: string;
  /** 16 hexadecimal digits, in the order the bytes have in a message. */
  fingerprint: string;
  schema: { name: string; namespace?: string; doc?: string; fields: Field[] };
}

const namespace = 'org.tractledger';

/** Every broken rule, as sentences that name the file; none where all is well. */
export function schemaProblems(files: readonly SchemaFile[]): string[] {
  return [...files.flatMap((file) => fileProblems(file, files[0] ?? file)), ...versionProblems(files)];
}

function fileProblems(file: SchemaFile, first: SchemaFile): string[] {
  const { schema } = file;
  const problems = [...formProblems(schema as unknown as Schema, schema.name)];
  if (schema.namespace !== namespace) {
    problems.push(`the namespace is ${schema.namespace ?? 'missing'}, not ${namespace}`);
  }
  if (JSON.stringify(schema.fields[0]) !== JSON.stringify(first.schema.fields[0])) {
    problems.push(`the first field is not the same header as in ${first.file}`);
  }
  if (schema.fields.some((field) => field.name === 'type')) {
    problems.push('a field is called type, which is where an event tells its event type');
  }
  return problems.map((problem) => `schemas/${file.file}: ${problem}`);
}

/** Docs everywhere; only the forms that have a TypeScript and a JSON form; no list element of no bytes. */
function formProblems(schema: Schema, where: string): string[] {
  if (Array.isArray(schema)) {
    const [first, second, ...more] = schema;
    if (first !== 'null' || second === undefined || more.length > 0) {
      return [`${where} is a union of other than null and one type`];
    }
    return formProblems(second, where);
  }
  if (typeof schema === 'string') {
    return [];
  }
  if (schema.type === 'enum') {
    return [`${where} is an enum, which no later version could extend; use a string with its values in the doc`];
  }
  if (schema.type === 'array' || schema.type === 'map') {
    const element = schema.items ?? schema.values ?? 'null';
    const empty = element === 'null' ? [`${where} has elements of no bytes, so a count could claim any number`] : [];
    return [...empty, ...formProblems(element, where)];
  }
  if (schema.type !== 'record') {
    return [];
  }
  const undocumented = isBlank(schema.doc) ? [`the record ${where} has no doc`] : [];
  const fields = (schema.fields ?? []).flatMap((field) => [
    ...(isBlank(field.doc) ? [`the field ${where}.${field.name} has no doc`] : []),
    ...formProblems(field.type, `${where}.${field.name}`),
  ]);
  return [...undocumented, ...fields];
}

function isBlank(doc: string | undefined): boolean {
  return doc === undefined || doc.trim() === '';
}

function versionProblems(files: readonly SchemaFile[]): string[] {
  const problems: string[] = [];
  const byFingerprint = new Map<string, SchemaFile>();
  for (const file of files) {
    const twin = byFingerprint.get(file.fingerprint);
    if (twin !== undefined) {
      problems.push(
        `schemas/${file.file} has the same canonical form as ${twin.file}, so their messages cannot be told apart; ` +
          `defaults, docs and logical types alone make no version`,
      );
    }
    byFingerprint.set(file.fingerprint, file);
  }
  const names = [...new Set(files.map((file) => file.name))];
  return [...problems, ...names.flatMap((name) => lineageProblems(files.filter((file) => file.name === name)))];
}

/** Versions count from 1, keep every field, and are all readable by the newest. */
function lineageProblems(versions: readonly SchemaFile[]): string[] {
  const newest = versions.at(-1);
  if (newest === undefined) {
    return [];
  }
  const problems: string[] = [];
  const reader = parse(newest);
  versions.forEach((file, index) => {
    if (file.version !== index + 1) {
      problems.push(`schemas/${file.file}: version ${String(index + 1)} of ${file.name} is missing`);
    }
    const gone = file.schema.fields.filter((field) => !newest.schema.fields.some(({ name }) => name === field.name));
    for (const field of gone) {
      problems.push(
        `schemas/${newest.file} drops the field ${field.name} of ${file.file}; what was told must not be lost`,
      );
    }
    try {
      reader.createResolver(parse(file));
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      problems.push(`schemas/${newest.file} cannot read what ${file.file} wrote: ${problem}`);
    }
  });
  return problems;
}

function parse(file: SchemaFile): Type {
  return Type.forSchema(JSON.parse(file.text) as Parameters<typeof Type.forSchema>[0]);
}
