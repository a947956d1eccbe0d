/** Golden examples: what is in ledgers since its version was published, and what it must mean for ever. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  decodeEvent,
  encodeEvent,
  eventFromJson,
  eventToJson,
  newestSchema,
  readFingerprint,
  readIdentity,
} from '../../schemas';
import { readSchemaFiles } from '../../scripts/generateEvents';
import { readGoldenExamples, readGoldenJson, writeMissingExamples } from '../../scripts/goldenExamples';
import { temporaryFolder } from '../support/temporaryFolder';

const goldenFolder = path.resolve(__dirname, '../../schemas/golden');
const files = readSchemaFiles();

describe.each(files)('the golden examples of $file', (file) => {
  const schema = path.basename(file.file, '.avsc');
  const examples = readGoldenExamples(schema);

  it('exist, each with its bytes', () => {
    expect(examples.length).toBeGreaterThan(0);
    expect(examples).toHaveLength(readGoldenJson(schema).length);
  });

  it('carry the fingerprint of their version and are of its type', () => {
    for (const { bytes, json } of examples) {
      expect(readFingerprint(bytes)).toBe(file.fingerprint);
      expect(json['type']).toBe(file.name);
    }
  });

  it('are read into the newest shape as what they say', () => {
    for (const { bytes, json } of examples) {
      const read = eventToJson(decodeEvent(bytes));
      expect(read).toMatchObject(json);
      expect(read).toEqual(eventToJson(eventFromJson(json)));
    }
  });

  it('tell producer and sequence without being decoded', () => {
    for (const { bytes, json } of examples) {
      const { producer, sequence } = json['header'] as { producer: string; sequence: number };
      expect(readIdentity(bytes)).toEqual({ producer, sequence });
    }
  });

  it('become the same bytes again where their version is the newest', () => {
    const isNewest = newestSchema(file.name)?.fingerprint === file.fingerprint;
    for (const { bytes, json } of examples) {
      const written = encodeEvent(eventFromJson(json));
      expect(written.equals(bytes)).toBe(isNewest);
      expect(encodeEvent(decodeEvent(written)).equals(written)).toBe(true);
      expect(encodeEvent(decodeEvent(bytes)).equals(written)).toBe(true);
    }
  });

  it('hold a null wherever a field may be null, and something else', () => {
    for (const field of file.schema.fields.filter(({ type }) => Array.isArray(type))) {
      const values = examples.map(({ json }) => json[field.name]);
      expect(values).toContain(null);
      expect(values.some((value) => value !== null)).toBe(true);
    }
  });
});

describe('a file whose first version knew no content digest', () => {
  it('has none, in the same shape as one written by the second version', () => {
    const old = decodeEvent(onlyBytes('FileProduced'));
    const recent = decodeEvent(onlyBytes('FileProduced.2'));
    expect(old).toMatchObject({ type: 'FileProduced', contentDigest: null });
    expect(recent).toMatchObject({ type: 'FileProduced', contentDigest: expect.stringContaining('pixels:') as string });
    expect(Object.keys(old)).toEqual(Object.keys(recent));
  });
});

describe('writing golden examples', () => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);

  it('refuses a schema file that has no example', () => {
    expect(() => writeMissingExamples(files, folder)).toThrow(/AttemptEnded\.avsc has no golden example: write one/);
  });

  it('gives bytes to new examples and leaves every line that is there as it is', () => {
    cpSync(goldenFolder, folder, { recursive: true });
    const hexFile = path.join(folder, 'JobHeld.hex');
    const before = readFileSync(hexFile, 'utf8');
    const marked = before.replace(/^c301/, 'c301ff');
    writeFileSync(hexFile, marked);
    expect(writeMissingExamples(files, folder)).toEqual([]);
    expect(readFileSync(hexFile, 'utf8')).toBe(marked);

    const examples = readGoldenJson('JobHeld', folder);
    writeFileSync(path.join(folder, 'JobHeld.json'), JSON.stringify([...examples, examples[0]]));
    expect(writeMissingExamples(files, folder)).toEqual(['JobHeld']);
    expect(readFileSync(hexFile, 'utf8')).toBe(`${marked}${before.split('\n')[0] ?? ''}\n`);
  });
});

function onlyBytes(schema: string): Buffer {
  return readGoldenExamples(schema)[0]?.bytes ?? Buffer.alloc(0);
}
