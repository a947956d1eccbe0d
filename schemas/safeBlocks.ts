/**
 * Makes avsc's arrays and maps safe on bytes from outside, and maps the same bytes for the same entries. Its array and map readers trust the element count in the message and would
 * loop for as many rounds as a forged count says, long past the end of the bytes; here a block never holds more
 * elements than bytes are left, since no element of ours is shorter than one byte. Avro leaves the order of a map's
 * entries to the writer; ours is by the keys' UTF-8 bytes.
 */
import { types, type Type } from 'avsc';
import { EventDecodeError } from './errors';
import { compareUtf8 } from './utf8';

/** The part of avsc's reader and writer that blocks need. */
interface Tap {
  readonly buf: Uint8Array;
  pos: number;
  readLong(): number;
  readString(): string | undefined;
  writeLong(value: number): void;
  writeString(value: string): void;
}

/** A type as avsc reads and writes it: what its generated record readers and writers call. */
interface Coder {
  _read(tap: Tap): unknown;
  _write(tap: Tap, value: unknown): void;
}

/** Replaces the readers of every array and map within a type, and the writers of maps. */
export function makeBlocksSafe(type: Type, seen = new Set<Type>()): void {
  if (seen.has(type)) {
    return;
  }
  seen.add(type);
  if (type instanceof types.ArrayType) {
    const items = type.itemsType as unknown as Coder;
    (type as unknown as Coder)._read = (tap) => {
      const elements: unknown[] = [];
      readBlocks(tap, () => elements.push(items._read(tap)));
      return elements;
    };
    makeBlocksSafe(type.itemsType, seen);
  } else if (type instanceof types.MapType) {
    const values = type.valuesType as unknown as Coder;
    (type as unknown as Coder)._read = (tap) => {
      const entries: Record<string, unknown> = {};
      readBlocks(tap, () => {
        const key = tap.readString() ?? '';
        Object.defineProperty(entries, key, {
          value: values._read(tap),
          enumerable: true,
          writable: true,
          configurable: true,
        });
      });
      return entries;
    };
    const write = (type as unknown as Coder)._write.bind(type);
    (type as unknown as Coder)._write = (tap, value) => {
      const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
      if (keys.length < 2) {
        write(tap, value);
        return;
      }
      tap.writeLong(keys.length);
      for (const key of keys.sort(compareUtf8)) {
        tap.writeString(key);
        values._write(tap, (value as Record<string, unknown>)[key]);
      }
      tap.writeLong(0);
    };
    makeBlocksSafe(type.valuesType, seen);
  } else if (type instanceof types.RecordType) {
    for (const field of type.fields as { readonly type: Type }[]) {
      makeBlocksSafe(field.type, seen);
    }
  } else if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType) {
    for (const branch of type.types as Type[]) {
      makeBlocksSafe(branch, seen);
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
      throw new EventDecodeError(
        `a list claims ${String(count)} elements where ${String(tap.buf.length - tap.pos)} bytes are left`,
      );
    }
    for (let index = 0; index < count; index += 1) {
      readElement();
    }
  }
}
