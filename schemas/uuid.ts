/** UUIDs between their 16 bytes and their lower-case canonical text. */

const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID in lower-case canonical form; no version or variant is asked for. */
export function isUuid(text: string): boolean {
  return canonical.test(text);
}

/** The canonical text of the 16 bytes at an offset. */
export function uuidFromBytes(bytes: Uint8Array, offset = 0): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + offset, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The 16 bytes of a canonical text. @throws {TypeError} where it is none */
export function uuidToBytes(text: string): Buffer {
  if (!isUuid(text)) {
    throw new TypeError(`${JSON.stringify(text)} is not a UUID in lower-case canonical form`);
  }
  return Buffer.from(text.replaceAll('-', ''), 'hex');
}
