/** Fingerprints are those that any other implementation of Avro computes. */
import { crc64Avro } from '../../schemas/crc64Avro';
import { publishedSchemas } from '../../schemas/generated/schemas';

/**
 * Canonical forms and their fingerprints as signed 64-bit integers, from Apache Avro's own test data for all its
 * implementations: apache/avro, share/test/data/schema-tests.txt (cases 000 to 033).
 */
const avroTestData: readonly [string, bigint][] = [
  ['"null"', 7195948357588979594n],
  ['"boolean"', -6970731678124411036n],
  ['"int"', 8247732601305521295n],
  ['"long"', -3434872931120570953n],
  ['"float"', 5583340709985441680n],
  ['"double"', -8181574048448539266n],
  ['"bytes"', 5746618253357095269n],
  ['"string"', -8142146995180207161n],
  ['[]', -1241056759729112623n],
  ['["int"]', -5232228896498058493n],
  ['["int","boolean"]', 5392556393470105090n],
  ['{"name":"foo","type":"record","fields":[]}', -4824392279771201922n],
  ['{"name":"x.y.foo","type":"record","fields":[]}', 5916914534497305771n],
  ['{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"}]}', 7843277075252814651n],
  ['{"name":"foo","type":"fixed","size":15}', 1756455273707447556n],
  ['{"name":"x.y.z.foo","type":"fixed","size":32}', -3064184465700546786n],
  ['{"type":"array","items":"null"}', -589620603366471059n],
  ['{"type":"map","values":"string"}', -8732877298790414990n],
];

/** The fingerprint as the eight bytes lie in a message: little-endian (Avro specification, "Single-object encoding"). */
function littleEndianHex(fingerprint: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, fingerprint));
  return bytes.toString('hex');
}

/** CRC-64-AVRO without a table, bit by bit, as the specification defines it. */
function slowFingerprint(text: string): bigint {
  const empty = 0xc15d213aa4d7a795n;
  let fingerprint = empty;
  for (const byte of Buffer.from(text, 'utf8')) {
    fingerprint ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = fingerprint & 1n;
      fingerprint = (fingerprint >> 1n) ^ (carry === 1n ? empty : 0n);
    }
  }
  return fingerprint;
}

interface Part {
  readonly type: unknown;
  readonly name?: string;
  readonly namespace?: string;
  readonly size?: number;
  readonly fields?: readonly { readonly name: string; readonly type: unknown }[];
  readonly items?: unknown;
  readonly values?: unknown;
}

const primitives = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

/** Parsing Canonical Form, written from the specification's rules alone ("Transforming into Parsing Canonical Form"). */
function canonicalForm(schema: unknown, namespace = ''): string {
  if (Array.isArray(schema)) {
    return `[${schema.map((branch) => canonicalForm(branch, namespace)).join(',')}]`;
  }
  if (typeof schema === 'string') {
    return primitives.has(schema) || schema.includes('.') ? `"${schema}"` : `"${namespace}.${schema}"`;
  }
  const part = schema as Part;
  if (typeof part.type === 'string' && primitives.has(part.type)) {
    return `"${part.type}"`;
  }
  const space = part.namespace ?? namespace;
  const attributes = [
    part.name === undefined ? '' : `"name":"${space}.${part.name}"`,
    `"type":"${String(part.type)}"`,
    part.fields === undefined
      ? ''
      : `"fields":[${part.fields
          .map((field) => `{"name":"${field.name}","type":${canonicalForm(field.type, space)}}`)
          .join(',')}]`,
    part.items === undefined ? '' : `"items":${canonicalForm(part.items, space)}`,
    part.values === undefined ? '' : `"values":${canonicalForm(part.values, space)}`,
    part.size === undefined ? '' : `"size":${String(part.size)}`,
  ];
  return `{${attributes.filter((attribute) => attribute !== '').join(',')}}`;
}

describe('fingerprints', () => {
  it.each(avroTestData)("of %s are those of Apache Avro's test data", (canonical, fingerprint) => {
    expect(crc64Avro(canonical)).toBe(littleEndianHex(fingerprint));
    expect(littleEndianHex(slowFingerprint(canonical))).toBe(littleEndianHex(fingerprint));
  });

  it('write "int" as the specification and the literature quote it', () => {
    expect(Buffer.from(crc64Avro('"int"'), 'hex').reverse().toString('hex')).toBe('7275d51a3f395c8f');
  });

  it.each(publishedSchemas.map(({ name, version, text, fingerprint }) => ({ name, version, text, fingerprint })))(
    'of $name version $version are the CRC-64-AVRO of its Parsing Canonical Form',
    ({ text, fingerprint }) => {
      expect(littleEndianHex(slowFingerprint(canonicalForm(JSON.parse(text))))).toBe(fingerprint);
    },
  );

  it('differ between all published schemas', () => {
    expect(new Set(publishedSchemas.map(({ fingerprint }) => fingerprint)).size).toBe(publishedSchemas.length);
  });
});
