/**
 * CRC-64-AVRO, the 64-bit Rabin fingerprint of a schema's Parsing Canonical Form.
 * Source: Apache Avro specification, "Schema Fingerprints".
 */

const empty = 0xc15d213aa4d7a795n;

const table = Array.from({ length: 256 }, (_, index) => {
  let fingerprint = BigInt(index);
  for (let bit = 0; bit < 8; bit += 1) {
    fingerprint = (fingerprint >> 1n) ^ (fingerprint & 1n ? empty : 0n);
  }
  return fingerprint;
});

/** The fingerprint of a text as 16 hexadecimal digits of its eight little-endian bytes, the order they have in a message. */
export function crc64Avro(text: string): string {
  let fingerprint = empty;
  for (const byte of Buffer.from(text, 'utf8')) {
    fingerprint = (fingerprint >> 8n) ^ (table[Number((fingerprint ^ BigInt(byte)) & 0xffn)] ?? 0n);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(fingerprint);
  return bytes.toString('hex');
}
