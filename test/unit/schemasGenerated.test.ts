/** The generated files follow the schema files, and the schema files follow the rules that keep history readable. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generate, readSchemaFiles } from '../../scripts/generateEvents';
import { schemaProblems } from '../../scripts/schemaRules';
import { temporaryFolder } from '../support/temporaryFolder';

const published = path.resolve(__dirname, '../../schemas');

interface JsonSchema {
  name: string;
  doc?: string;
  namespace?: string;
  fields: { name: string; type: unknown; doc?: string; default?: unknown }[];
}

describe('the generated files', () => {
  it.each([...generate(readSchemaFiles())])(
    '%s is what the schema files say (else: npm run generate)',
    (file, text) => {
      expect(readFileSync(path.join(published, file), 'utf8') === text).toBe(true);
    },
  );
});

describe('the published schemas', () => {
  it('break no rule', () => {
    expect(schemaProblems(readSchemaFiles())).toEqual([]);
  });

  it('are all in the lock file, and nothing else is', () => {
    const lock = JSON.parse(readFileSync(path.join(published, 'schemas.lock.json'), 'utf8')) as object;
    const onDisk = readdirSync(published).filter((file) => file.endsWith('.avsc'));
    expect(Object.keys(lock).sort()).toEqual(onDisk.sort());
  });
});

describe('the generator', () => {
  let folder: string;
  let remove: () => void;
  beforeEach(() => {
    ({ folder, remove } = temporaryFolder());
    for (const file of readdirSync(published).filter((name) => name.endsWith('.avsc') || name.endsWith('.lock.json'))) {
      cpSync(path.join(published, file), path.join(folder, file));
    }
  });
  afterEach(() => {
    remove();
  });

  const schemaOf = (file: string): JsonSchema =>
    JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as JsonSchema;
  const write = (file: string, schema: JsonSchema): void => {
    writeFileSync(path.join(folder, file), JSON.stringify(schema, null, 2));
  };
  const run = (): Map<string, string> => generate(readSchemaFiles(folder), folder);

  function fieldOf(schema: JsonSchema, name: string): object {
    return schema.fields.find((field) => field.name === name) ?? {};
  }

  /** Puts a new file beside the published ones, made from one of them. */
  function add(file: string, from: string, change: (schema: JsonSchema) => void): void {
    const schema = schemaOf(from);
    change(schema);
    write(file, schema);
  }

  it('writes the same for an unchanged copy', () => {
    for (const [file, text] of run()) {
      expect(readFileSync(path.join(published, file), 'utf8') === text).toBe(true);
    }
    expect(existsSync(path.join(folder, 'generated'))).toBe(false);
  });

  it('refuses when a published schema has changed, be it in a doc', () => {
    add('JobHeld.avsc', 'JobHeld.avsc', (schema) => {
      schema.doc = 'The job waits.';
    });
    expect(run).toThrow('schemas/JobHeld.avsc is published and has changed; a change is a new file beside it');
  });

  it('refuses when a published schema is gone', () => {
    rmSync(path.join(folder, 'FileProduced.avsc'));
    expect(run).toThrow('schemas/FileProduced.avsc is published and is gone');
  });

  it('takes a new version with a new optional field, and locks it', () => {
    add('JobHeld.2.avsc', 'JobHeld.avsc', (schema) => {
      schema.fields.push({ name: 'untilMicros', type: ['null', 'long'], default: null, doc: 'Until when.' });
    });
    const files = run();
    expect(files.get('schemas.lock.json')).toContain('"JobHeld.2.avsc"');
    expect(files.get('generated/events.ts')).toContain('readonly untilMicros: null | number;');
    expect(files.get('generated/schemas.ts')).toContain("name: 'JobHeld', version: 2");
  });

  it.each<[string, string, (schema: JsonSchema) => void]>([
    ['a doc', 'JobHeld', (schema) => (schema.doc = 'The job waits.')],
    ['a default', 'JobHeld', (schema) => Object.assign(fieldOf(schema, 'reason'), { default: null })],
    [
      'a logical type',
      'ExpectationDeclared',
      (schema) =>
        Object.assign(fieldOf(schema, 'count'), { type: ['null', { type: 'long', logicalType: 'timestamp-micros' }] }),
    ],
  ])('refuses a new version that changes but %s', (_what, type, change) => {
    add(`${type}.2.avsc`, `${type}.avsc`, change);
    expect(run).toThrow(`schemas/${type}.2.avsc has the same canonical form as ${type}.avsc`);
  });

  it.each<[string, RegExp, (schema: JsonSchema) => void]>([
    ['drops a field', /JobHeld\.2\.avsc drops the field reason of JobHeld\.avsc/, (s) => s.fields.splice(2, 1)],
    [
      'adds a field that old events do not have',
      /JobHeld\.2\.avsc cannot read what JobHeld\.avsc wrote/,
      (s) => s.fields.push({ name: 'queue', type: 'string', doc: 'The queue.' }),
    ],
    [
      'narrows a type',
      /JobHeld\.2\.avsc cannot read what JobHeld\.avsc wrote/,
      (s) => (s.fields[1] = { name: 'job', type: 'int', doc: 'The job.' }),
    ],
    [
      'has an enum',
      /JobHeld\.queue is an enum/,
      (s) => s.fields.push({ name: 'queue', type: { type: 'enum', name: 'Queue', symbols: ['a'] }, doc: 'The queue.' }),
    ],
    [
      'has a field without a doc',
      /the field JobHeld\.queue has no doc/,
      (s) => s.fields.push({ name: 'queue', type: ['null', 'string'], default: null }),
    ],
    [
      'has a record without a doc',
      /the record JobHeld\.queue has no doc/,
      (s) =>
        s.fields.push({
          name: 'queue',
          type: ['null', { type: 'record', name: 'Queue', fields: [{ name: 'a', type: 'int', doc: 'A.' }] }],
          default: null,
          doc: 'The queue.',
        }),
    ],
    [
      'has a list whose elements take no bytes',
      /JobHeld\.queue has elements of no bytes/,
      (s) => s.fields.push({ name: 'queue', type: { type: 'array', items: 'null' }, default: [], doc: 'The queue.' }),
    ],
    [
      'has a union of more than null and one type',
      /JobHeld\.queue is a union of other than null and one type/,
      (s) => s.fields.push({ name: 'queue', type: ['null', 'int', 'string'], default: null, doc: 'The queue.' }),
    ],
    [
      'calls a field type',
      /a field is called type/,
      (s) => s.fields.push({ name: 'type', type: ['null', 'string'], default: null, doc: 'The type.' }),
    ],
    ['lives in another namespace', /the namespace is elsewhere/, (s) => (s.namespace = 'elsewhere')],
    ['has another header', /the first field is not the same header/, (s) => s.fields.reverse()],
  ])('refuses a new version that %s', (_what, problem, change) => {
    add('JobHeld.2.avsc', 'JobHeld.avsc', change);
    expect(run).toThrow(problem);
  });

  it('refuses a version that leaves out a number', () => {
    add('JobHeld.3.avsc', 'JobHeld.avsc', (schema) => {
      schema.fields.push({ name: 'queue', type: ['null', 'string'], default: null, doc: 'The queue.' });
    });
    expect(run).toThrow('schemas/JobHeld.3.avsc: version 2 of JobHeld is missing');
  });

  it('refuses a file that is not named after its type', () => {
    add('JobWaits.avsc', 'JobHeld.avsc', () => undefined);
    expect(run).toThrow('JobWaits.avsc holds a schema named JobHeld; a schema file is named after its type');
  });

  it('refuses a record that means one thing here and another there', () => {
    add('JobWaits.avsc', 'ExecutionSucceeded.avsc', (schema) => {
      schema.name = 'JobWaits';
      const metrics = schema.fields.find((field) => field.name === 'metrics')?.type as JsonSchema;
      metrics.doc = 'Something else.';
    });
    expect(run).toThrow('the record Metrics differs between schema files');
  });
});
