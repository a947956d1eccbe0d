/**
 * Avro's arrays and maps, safe on bytes from outside, and maps the same bytes for the same entries.
 *
 * avsc's own readers trust the element count in the message: a forged one makes them allocate and loop for as many
 * rounds as it says, long past the end of the bytes. Here a block never holds more elements than bytes are left, since
 * no element of ours is shorter than one byte. And Avro leaves the order of a map's entries to the writer; ours is by
 * the keys' UTF-8 bytes.
 */
import { types, type Schema, type Type } from 'avsc';
import { EventDecodeError } from './errors';
import { compareUtf8 } from './utf8';

/** The part of avsc's reader and writer that blocks need. */
interface Tap {
  readonly buf: Uint8Array;
  readonly pos: number;
  readLong(): number;
  readString(): string | undefined;
  writeLong(value: number): void;
  writeString(value: string): void;
}

/** A type as avsc's generated record readers and writers call it. */
interface Coder {
  _read(tap: Tap): unknown;
  _write(tap: Tap, value: unknown): void;
}

class SafeArrayType extends types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as Coder;
    const elements: unknown[] = [];
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let index = 0; index < count; index += 1) {
        elements.push(items._read(tap));
      }
    }
    return elements;
  }
}

class SafeMapType extends types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const values = this.valuesType as unknown as Coder;
    const entries: Record<string, unknown> = {};
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let index = 0; index < count; index += 1) {
        setEntry(entries, tap.readString() ?? '', values._read(tap));
      }
    }
    return entries;
  }

  _write(tap: Tap, value: unknown): void {
    const entries = value as Record<string, unknown>;
    const values = this.valuesType as unknown as Coder;
    const keys = Object.keys(entries).sort(compareUtf8);
    if (keys.length > 0) {
      tap.writeLong(keys.length);
      for (const key of keys) {
        tap.writeString(key);
        values._write(tap, entries[key]);
      }
    }
    tap.writeLong(0);
  }
}

/** For avsc's `typeHook`: our arrays and maps in place of avsc's own. */
export function safeBlockType(schema: Schema, options: unknown): Type | undefined {
  if (typeof schema !== 'object' || !('type' in schema)) {
    return undefined;
  }
  if (schema.type === 'array') {
    return new SafeArrayType(schema, options);
  }
  return schema.type === 'map' ? new SafeMapType(schema, options) : undefined;
}

/** The element count of the next block: zero ends the list, a negative one is followed by the block's size. */
function readCount(tap: Tap): number {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.readLong();
  }
  const left = tap.buf.length - tap.pos;
  if (count > left) {
    throw new EventDecodeError(`a list claims ${String(count)} elements where ${String(left)} bytes are left`);
  }
  return count;
}

function setEntry(entries: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(entries, key, { value, enumerable: true, writable: true, configurable: true });
  } else {
    entries[key] = value;
  }
}
