/**
 * Avro longs of 2^52 and more, exactly. Their zigzag form lies beyond 2^53, where a double no longer tells odd from even
 * and so loses the sign; below that, ordinary arithmetic does.
 */
import { EventDecodeError } from './errors';

/** From here on, either side of zero, arithmetic on the zigzag form is no longer exact. */
export const firstInexactLong = 2 ** 52;

/** The most bytes that a 64-bit long takes. */
const maxBytes = 10;

/** The long at an offset. @throws {EventDecodeError} where it is cut off or not a safe integer */
export function readExactLong(bytes: Uint8Array, offset: number): number {
  let zigzag = 0n;
  for (let index = 0; index < maxBytes && offset + index < bytes.length; index += 1) {
    const byte = bytes[offset + index] ?? 0;
    zigzag |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if ((byte & 0x80) === 0) {
      const value = Number((zigzag >> 1n) ^ -(zigzag & 1n));
      if (Number.isSafeInteger(value)) {
        return value;
      }
      break;
    }
  }
  throw new EventDecodeError('an integer is cut off or beyond 2^53');
}

/** The bytes of a safe integer. */
export function exactLongBytes(value: number): number[] {
  const exact = BigInt(value);
  let zigzag = exact < 0n ? -2n * exact - 1n : 2n * exact;
  const bytes: number[] = [];
  while (zigzag >= 0x80n) {
    bytes.push(Number(zigzag & 0x7fn) | 0x80);
    zigzag >>= 7n;
  }
  bytes.push(Number(zigzag));
  return bytes;
}
