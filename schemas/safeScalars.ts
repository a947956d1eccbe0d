/**
 * Avro's strings, integers and fixed values, strict on bytes from outside: avsc replaces what is no UTF-8, reads integers
 * of any size as an int, gives longs beyond 2^52 the wrong sign, and hands on `undefined` where the bytes end within a
 * value.
 */
import { isUtf8 } from 'node:buffer';
import { toUSVString } from 'node:util';
import type { Schema, Type, types as avscTypes } from 'avsc';
import { types } from './avscTypes';
import { EventDecodeError } from './errors';
import { exactLongBytes, firstInexactLong, readExactLong } from './longs';
import { RecentTexts } from './recentTexts';
import { uuidFromBytes, uuidToBytes } from './uuid';

/** The part of avsc's reader and writer that scalars need. */
export interface ScalarTap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  writeString(value: string): void;
  writeLong(value: number): void;
}

/** A text. @throws {EventDecodeError} where it goes beyond the bytes, or is no UTF-8 */
export function readText(tap: ScalarTap): string {
  const lengthBytes = tap.readLong();
  const start = tap.pos;
  const left = Math.max(0, tap.buf.length - start);
  if (!(lengthBytes >= 0 && lengthBytes <= left)) {
    throw new EventDecodeError(`a text claims ${String(lengthBytes)} bytes where ${String(left)} are left`);
  }
  tap.pos = start + lengthBytes;
  return recentTexts.read(tap.buf, start, tap.pos);
}

const recentTexts = new RecentTexts(2048, 256, (bytes, start, end) => {
  const text = bytes.toString('utf8', start, end);
  // The replacement character may have been written as such; only where it stands is it worth looking at the bytes.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) {
    throw new EventDecodeError(
      `a text of ${String(end - start)} bytes at byte ${String(start)} of the body is not UTF-8`,
    );
  }
  return text;
});

/** Writes a text; half of a surrogate pair, which no UTF-8 can hold, as the replacement character U+FFFD. */
export function writeText(tap: ScalarTap, text: unknown): void {
  if (typeof text !== 'string') {
    throw new TypeError('not a text');
  }
  if (text.length > longestByHand || !writeAscii(tap, text)) {
    tap.writeString(toUSVString(text));
  }
}

/** Nearly all texts of events are ASCII and shorter than this; the longer ones native code writes faster. */
const longestByHand = 256;

/** Writes a text of ASCII alone, looking at each character once. @returns false where it is none, or finds no room */
function writeAscii(tap: ScalarTap, text: string): boolean {
  const { buf } = tap;
  const { length } = text;
  let at = tap.pos;
  if (length >= 64) {
    buf[at] = ((2 * length) & 0x7f) | 0x80;
    buf[at + 1] = (2 * length) >>> 7;
    at += 2;
  } else {
    buf[at] = 2 * length;
    at += 1;
  }
  if (at + length > buf.length) {
    return false;
  }
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x80) {
      return false;
    }
    buf[at + index] = unit;
  }
  tap.pos = at + length;
  return true;
}

class SafeStringType extends types.StringType {
  _read(tap: ScalarTap): string {
    return readText(tap);
  }

  _write(tap: ScalarTap, text: unknown): void {
    writeText(tap, text);
  }
}

class SafeIntType extends types.IntType {
  _read(tap: ScalarTap): number {
    const value = tap.readLong();
    if (value !== (value | 0)) {
      throw new EventDecodeError(`${String(value)} is no 32-bit integer`);
    }
    return value;
  }
}

class SafeLongType extends types.LongType {
  _read(tap: ScalarTap): number {
    const start = tap.pos;
    const value = tap.readLong();
    return Math.abs(value) < firstInexactLong ? value : readExactLong(tap.buf, start);
  }

  _write(tap: ScalarTap, value: unknown): void {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      throw new TypeError('not an integer below 2^53');
    }
    if (value >= 0 && value < firstInexactLong) {
      writeNatural(tap, value);
      return;
    }
    if (Math.abs(value) < firstInexactLong) {
      tap.writeLong(value);
      return;
    }
    for (const byte of exactLongBytes(value)) {
      tap.buf[tap.pos] = byte; // beyond the end nothing is written, and avsc then takes a larger buffer
      tap.pos += 1;
    }
  }

  _check(value: unknown, _flags: unknown, hook?: (value: unknown, type: Type) => void): boolean {
    const safe = Number.isSafeInteger(value);
    if (!safe) {
      hook?.(value, this);
    }
    return safe;
  }
}

/** Four groups of seven bits. */
const halfOfLong = 2 ** 28;

/** A number from 0 to below 2^52: avsc's own writer divides doubles, and every event has a time. */
function writeNatural(tap: ScalarTap, value: number): void {
  const { buf } = tap;
  let at = tap.pos;
  let rest = 2 * value;
  if (rest >= halfOfLong) {
    const low = rest % halfOfLong;
    buf[at] = (low & 0x7f) | 0x80;
    buf[at + 1] = ((low >>> 7) & 0x7f) | 0x80;
    buf[at + 2] = ((low >>> 14) & 0x7f) | 0x80;
    buf[at + 3] = (low >>> 21) | 0x80;
    at += 4;
    rest = (rest - low) / halfOfLong;
  }
  for (; rest >= 0x80; rest >>>= 7) {
    buf[at] = (rest & 0x7f) | 0x80;
    at += 1;
  }
  buf[at] = rest;
  tap.pos = at + 1; // beyond the end nothing is written, and avsc then takes a larger buffer
}

const recentUuids = new RecentTexts(2048, 16, uuidFromBytes);

const bytesBetweenHyphens = [4, 2, 2, 2, 6];
const hyphen = 0x2d;

/** The value of each lower-case hexadecimal digit by its character; 255 for any other. */
const digitValues = Uint8Array.from({ length: 128 }, (_, character) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(character));
  return value < 0 ? 255 : value;
});

/** Writes bytes from the hexadecimal digits in a text. @throws {TypeError} at anything else */
function writeHex(tap: ScalarTap, text: string, from: number, bytes: number): void {
  for (let at = from; at < from + 2 * bytes; at += 2) {
    const high = digitValues[text.charCodeAt(at)] ?? 255;
    const low = digitValues[text.charCodeAt(at + 1)] ?? 255;
    if (high > 15 || low > 15) {
      throw new TypeError('not lower-case hexadecimal digits');
    }
    tap.buf[tap.pos] = (high << 4) | low; // beyond the end nothing is written, and avsc then takes a larger buffer
    tap.pos += 1;
  }
}

/** The UUIDs written last and before: one event after another has the same producer, and of one execution the same. */
let lastUuid = { text: '', bytes: new Uint8Array(16) };
let uuidBefore = { text: '', bytes: new Uint8Array(16) };

function rememberUuid(text: string, buf: Buffer, start: number): void {
  [lastUuid, uuidBefore] = [uuidBefore, lastUuid];
  lastUuid.text = '';
  if (start + 16 <= buf.length) {
    for (let index = 0; index < 16; index += 1) {
      lastUuid.bytes[index] = buf[start + index] ?? 0;
    }
    lastUuid.text = text;
  }
}

function writeBytes(tap: ScalarTap, bytes: Uint8Array): void {
  const { buf, pos } = tap;
  for (let index = 0; index < 16; index += 1) {
    buf[pos + index] = bytes[index] ?? 0; // beyond the end nothing is written, and avsc then takes a larger buffer
  }
  tap.pos = pos + 16;
}

/** A fixed(16) as canonical UUID text. */
class UuidType extends types.LogicalType {
  _read(tap: ScalarTap): string {
    const start = tap.pos;
    tap.pos = start + 16;
    if (tap.pos > tap.buf.length) {
      throw new EventDecodeError('the bytes end within a fixed value');
    }
    return recentUuids.read(tap.buf, start, tap.pos);
  }

  _write(tap: ScalarTap, text: unknown): void {
    if (typeof text !== 'string' || text.length !== 36) {
      throw new TypeError('not a UUID in lower-case canonical form');
    }
    if (text === lastUuid.text) {
      writeBytes(tap, lastUuid.bytes);
      return;
    }
    if (text === uuidBefore.text) {
      writeBytes(tap, uuidBefore.bytes);
      return;
    }
    const start = tap.pos;
    // Straight into the message: every event has two, and a buffer for each would cost more than the rest of the header.
    let from = 0;
    for (const bytes of bytesBetweenHyphens) {
      if (from > 0 && text.charCodeAt(from - 1) !== hyphen) {
        throw new TypeError('not a UUID in lower-case canonical form');
      }
      writeHex(tap, text, from, bytes);
      from += 2 * bytes + 1;
    }
    rememberUuid(text, tap.buf, start);
  }

  protected override _fromValue(bytes: Uint8Array | undefined): string {
    return uuidFromBytes(within(bytes));
  }

  protected override _toValue(text: unknown): Buffer | undefined {
    try {
      return uuidToBytes(text as string);
    } catch {
      return undefined;
    }
  }

  protected override _resolve(writer: Type): ((text: string) => string) | undefined {
    return writer instanceof UuidType ? (text) => text : undefined;
  }
}

/** A fixed as lower-case hexadecimal text: digests. */
class HexType extends types.LogicalType {
  /** Straight from the message: a copy of the bytes for each digest would cost more than its text. */
  _read(tap: ScalarTap): string {
    const start = tap.pos;
    tap.pos = start + sizeBytes(this);
    if (tap.pos > tap.buf.length) {
      throw new EventDecodeError('the bytes end within a fixed value');
    }
    return tap.buf.toString('hex', start, tap.pos);
  }

  _write(tap: ScalarTap, text: unknown): void {
    const bytes = sizeBytes(this);
    if (typeof text !== 'string' || text.length !== 2 * bytes) {
      throw new TypeError(`not ${String(2 * bytes)} hexadecimal digits`);
    }
    writeHex(tap, text, 0, bytes);
  }

  /**
   * As avsc asks before each value of a union; without this it would make the bytes only to see whether it can. Then it
   * names no flags, and the digits need no look: writing them takes one.
   */
  _check(text: unknown, flags?: unknown, hook?: (value: unknown, type: Type) => void): boolean {
    const fits =
      typeof text === 'string' &&
      text.length === 2 * sizeBytes(this) &&
      (flags === undefined || /^[0-9a-f]*$/.test(text));
    if (!fits) {
      hook?.(text, this);
    }
    return fits;
  }

  protected override _fromValue(bytes: Uint8Array | undefined): string {
    const all = within(bytes);
    return Buffer.from(all.buffer, all.byteOffset, all.length).toString('hex');
  }

  protected override _toValue(text: unknown): Buffer | undefined {
    return typeof text === 'string' && /^([0-9a-f]{2})*$/.test(text) ? Buffer.from(text, 'hex') : undefined;
  }

  protected override _resolve(writer: Type): ((text: string) => string) | undefined {
    return writer instanceof HexType && sizeBytes(writer) === sizeBytes(this) ? (text) => text : undefined;
  }
}

/** For avsc's `logicalTypes`. */
export const logicalTypes = { uuid: UuidType, hex: HexType };

const scalars = { string: new SafeStringType(), int: new SafeIntType(), long: new SafeLongType() };

/** For avsc's `typeHook`: our scalars in place of avsc's own. */
export function safeScalarType(schema: Schema): Type | undefined {
  const name = typeof schema === 'object' && 'type' in schema ? schema.type : schema;
  return name === 'string' || name === 'int' || name === 'long' ? scalars[name] : undefined;
}

function sizeBytes(type: avscTypes.LogicalType): number {
  return (type.underlyingType as unknown as { readonly size: number }).size;
}

function within(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) {
    throw new EventDecodeError('the bytes end within a fixed value');
  }
  return bytes;
}
