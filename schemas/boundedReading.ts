/**
 * Makes avsc safe on bytes from outside. Its array and map readers trust the element count in the message and would
 * loop for as many rounds as a forged count says, long past the end of the bytes; here a block never holds more
 * elements than bytes are left, since no element of ours is shorter than one byte.
 */
import { types, type Type } from 'avsc';
import { EventDecodeError } from './errors';

/** The part of avsc's reader that blocks need. */
interface Tap {
  readonly buf: Uint8Array;
  pos: number;
  readLong(): number;
  readString(): string | undefined;
}

/** A type as avsc reads it: `_read` is what generated record readers call. */
interface Readable {
  _read(tap: Tap): unknown;
}

/** Replaces the readers of every array and map within a type. */
export function boundReading(type: Type, seen = new Set<Type>()): void {
  if (seen.has(type)) {
    return;
  }
  seen.add(type);
  if (type instanceof types.ArrayType) {
    const items = type.itemsType as unknown as Readable;
    (type as unknown as Readable)._read = (tap) => {
      const elements: unknown[] = [];
      readBlocks(tap, () => elements.push(items._read(tap)));
      return elements;
    };
    boundReading(type.itemsType, seen);
  } else if (type instanceof types.MapType) {
    const values = type.valuesType as unknown as Readable;
    (type as unknown as Readable)._read = (tap) => {
      const entries: Record<string, unknown> = {};
      readBlocks(tap, () => {
        const key = tap.readString() ?? '';
        Object.defineProperty(entries, key, { value: values._read(tap), enumerable: true, writable: true, configurable: true });
      });
      return entries;
    };
    boundReading(type.valuesType, seen);
  } else if (type instanceof types.RecordType) {
    for (const field of type.fields) {
      boundReading(field.type, seen);
    }
  } else if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType) {
    for (const branch of type.types) {
      boundReading(branch, seen);
    }
  }
}

/** Avro blocks: a count and that many elements, until a count of zero; a negative count is followed by a size. */
function readBlocks(tap: Tap, readElement: () => void): void {
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    if (count < 0) {
      count = -count;
      tap.readLong();
    }
    if (count > tap.buf.length - tap.pos) {
      throw new EventDecodeError(`a list claims ${String(count)} elements where ${String(tap.buf.length - tap.pos)} bytes are left`);
    }
    for (let index = 0; index < count; index += 1) {
      readElement();
    }
  }
}
