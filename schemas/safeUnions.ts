/**
 * Avro's unions of null and one other type, which is all that events have. avsc's own asks each value for its kind and
 * every logical type whether it takes it; here what is not null is written as the other type, which refuses what it
 * cannot take.
 */
import type { Schema, Type } from 'avsc';
import { types } from './avscTypes';
import type { ScalarTap } from './safeScalars';

interface Writer {
  _write(tap: ScalarTap, value: unknown): void;
}

class NullableType extends types.UnwrappedUnionType {
  _write(tap: ScalarTap, value: unknown): void {
    if (value === null) {
      tap.writeLong(0);
    } else {
      tap.writeLong(1);
      (this.types[1] as unknown as Writer)._write(tap, value);
    }
  }
}

/** For avsc's `typeHook`: our union in place of avsc's own, where it is one of null and another type. */
export function nullableType(schema: Schema, options: unknown): Type | undefined {
  const isNullable = Array.isArray(schema) && schema.length === 2 && schema[0] === 'null';
  return isNullable ? new NullableType(schema, options) : undefined;
}
