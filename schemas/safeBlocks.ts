/**
 * Avro's arrays and maps, safe on bytes from outside, and maps the same bytes for the same entries.
 *
 * avsc's own readers trust the element count in the message: a forged one makes them allocate and loop for as many
 * rounds as it says, long past the end of the bytes. Here a block never holds more elements than bytes are left, since
 * no element of ours is shorter than one byte. And Avro leaves the order of a map's entries to the writer; ours is by
 * the keys' UTF-8 bytes.
 */
import type { Schema, Type } from 'avsc';
import { types } from './avscTypes';
import { EventDecodeError } from './errors';
import { readText, writeText, type ScalarTap } from './safeScalars';
import { compareUtf8 } from './utf8';

/** A type as avsc's generated record readers and writers call it. */
interface Coder {
  _read(tap: ScalarTap): unknown;
  _write(tap: ScalarTap, value: unknown): void;
}

class SafeArrayType extends types.ArrayType {
  _read(tap: ScalarTap): unknown[] {
    const items = this.itemsType as unknown as Coder;
    const elements: unknown[] = [];
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let index = 0; index < count; index += 1) {
        elements.push(items._read(tap));
      }
    }
    return elements;
  }

  // avsc's own would follow a forged block size backwards, for ever.
  _skip(tap: ScalarTap): void {
    this._read(tap);
  }
}

class SafeMapType extends types.MapType {
  _read(tap: ScalarTap): Record<string, unknown> {
    const values = this.valuesType as unknown as Coder;
    const entries: Record<string, unknown> = {};
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let index = 0; index < count; index += 1) {
        setEntry(entries, readText(tap), values._read(tap));
      }
    }
    return entries;
  }

  _skip(tap: ScalarTap): void {
    this._read(tap);
  }

  _write(tap: ScalarTap, value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TypeError('not a map');
    }
    const entries = value as Record<string, unknown>;
    const values = this.valuesType as unknown as Coder;
    const keys = Object.keys(entries);
    if (!areSorted(keys)) {
      keys.sort(compareUtf8);
    }
    if (keys.length > 0) {
      tap.writeLong(keys.length);
      for (const key of keys) {
        writeText(tap, key);
        values._write(tap, entries[key]);
      }
    }
    tap.writeLong(0);
  }
}

/** Most maps are made in order. */
function areSorted(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index += 1) {
    if (compareUtf8(keys[index - 1] ?? '', keys[index] ?? '') > 0) {
      return false;
    }
  }
  return true;
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
function readCount(tap: ScalarTap): number {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.readLong();
  }
  const left = Math.max(0, tap.buf.length - tap.pos);
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
