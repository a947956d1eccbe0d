/** UUIDs between their 16 bytes and their lower-case canonical text. */

const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID in lower-case canonical form; no version or variant is asked for. */
export function isUuid(text: string): boolean {
  return canonical.test(text);
}

/** The canonical text of the 16 bytes at an offset. */
export function uuidFromBytes(bytes: Uint8Array, offset = 0): string {
  let at = 0;
  for (let index = 0; index < 16; index += 1) {
    const byte = bytes[offset + index] ?? 0;
    space[at] = hexDigits[byte >>> 4] ?? 0;
    space[at + 1] = hexDigits[byte & 15] ?? 0;
    at += at === 6 || at === 11 || at === 16 || at === 21 ? 3 : 2; // past the hyphen, which stays where it is
  }
  return space.toString('latin1');
}

const hexDigits = Buffer.from('0123456789abcdef');

/** Where a text is put together: one text made at once is shorter in memory than one pieced together. */
const space = Buffer.from('00000000-0000-0000-0000-000000000000');

/** The 16 bytes of a canonical text. @throws {TypeError} where it is none */
export function uuidToBytes(text: string): Buffer {
  if (!isUuid(text)) {
    throw new TypeError(`${JSON.stringify(text)} is not a UUID in lower-case canonical form`);
  }
  return Buffer.from(text.replaceAll('-', ''), 'hex');
}
