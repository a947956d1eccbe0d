/**
 * Events as JSON: one object a line, the fields of the newest schema version by name, unions plain, UUIDs and digests
 * as text, timestamps as ISO 8601 in UTC with microseconds.
 */
import { toUSVString } from 'node:util';
import { EventInvalidError } from './errors';
import type { LedgerEvent } from './generated/events';
import { publishedSchemas } from './generated/schemas';
import { shown } from './shown';
import { isUuid } from './uuid';

type Schema = string | Schema[] | ComplexSchema;
interface ComplexSchema {
  readonly type: string;
  readonly logicalType?: string;
  readonly size?: number;
  readonly name?: string;
  readonly fields?: readonly { readonly name: string; readonly type: Schema; readonly default?: unknown }[];
  readonly items?: Schema;
  readonly values?: Schema;
}
/** One direction of the conversion; `field` is the path for error messages. */
type Convert = (value: unknown, field: string) => unknown;
interface Converter {
  readonly toJson: Convert;
  readonly fromJson: Convert;
}

const converters = new Map<string, Converter>();

/** The JSON form of an event, `type` first. */
export function eventToJson(event: LedgerEvent): Record<string, unknown> {
  return { type: event.type, ...(converterFor(event.type).toJson(event, '') as object) };
}

/**
 * The event that a JSON object describes. A field that may be null or has a default may be left out; one
 * that does not exist is refused.
 * @throws {EventInvalidError} naming the first field that does not fit and what was expected
 */
export function eventFromJson(json: unknown): LedgerEvent {
  if (!isObject(json)) {
    throw new EventInvalidError('', 'expected a JSON object with a type and the fields of that event type');
  }
  const { type, ...fields } = json;
  if (typeof type !== 'string') {
    throw new EventInvalidError('type', 'expected the name of an event type');
  }
  return { type, ...(converterFor(type).fromJson(fields, '') as object) } as LedgerEvent;
}

function converterFor(type: string): Converter {
  const ready = converters.get(type);
  if (ready !== undefined) {
    return ready;
  }
  const newest = publishedSchemas.filter((schema) => schema.name === type).at(-1);
  if (newest === undefined) {
    const known = [...new Set(publishedSchemas.map((schema) => schema.name))].join(', ');
    throw new EventInvalidError('type', `${JSON.stringify(type)} is no event type; known are ${known}`);
  }
  const converter = convert(JSON.parse(newest.text) as Schema, new Map());
  converters.set(type, converter);
  return converter;
}

function convert(schema: Schema, named: Map<string, Converter>): Converter {
  if (Array.isArray(schema)) {
    return nullable(convert(schema.find((branch) => branch !== 'null') ?? 'null', named));
  }
  if (typeof schema === 'string') {
    const known = named.get(schema) ?? primitives[schema];
    if (known === undefined) {
      throw new Error(`the schema uses ${schema}, which has no JSON form yet`);
    }
    return known;
  }
  const converter = convertComplex(schema, named);
  if (schema.name !== undefined) {
    named.set(schema.name, converter);
  }
  return converter;
}

function convertComplex(schema: ComplexSchema, named: Map<string, Converter>): Converter {
  if (schema.logicalType === 'timestamp-micros') {
    return { toJson: (value) => microsToIso(value as number), fromJson: isoToMicros };
  }
  if (schema.type === 'fixed') {
    return schema.logicalType === 'uuid' ? uuidText : hexText(schema.size ?? 0);
  }
  if (schema.type === 'record') {
    return record(schema, named);
  }
  if (schema.type === 'array') {
    return array(convert(schema.items ?? 'null', named));
  }
  if (schema.type === 'map') {
    return map(convert(schema.values ?? 'null', named));
  }
  return convert(schema.type, named);
}

function same(accepts: (value: unknown) => boolean, expected: string): Converter {
  return {
    toJson: (value) => value,
    fromJson: (value, field) => {
      if (!accepts(value)) {
        throw new EventInvalidError(field, `expected ${expected}, found ${shown(value)}`);
      }
      return value;
    },
  };
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && toUSVString(value) === value;
}

const primitives: Record<string, Converter> = {
  string: same(isText, 'a text (of whole characters: no half of a surrogate pair)'),
  boolean: same((value) => typeof value === 'boolean', 'true or false'),
  int: same((value) => isInteger(value) && value === (value | 0), 'an integer below 2^31'),
  long: same(isInteger, 'an integer below 2^53'),
};

const uuidText = same((value) => typeof value === 'string' && isUuid(value), 'a UUID in lower-case canonical form');

function hexText(sizeBytes: number): Converter {
  const pattern = new RegExp(`^[0-9a-f]{${String(2 * sizeBytes)}}$`);
  return same(
    (value) => typeof value === 'string' && pattern.test(value),
    `${String(2 * sizeBytes)} hexadecimal digits`,
  );
}

function nullable(converter: Converter): Converter {
  return {
    toJson: (value, field) => (value === null ? null : converter.toJson(value, field)),
    fromJson: (value, field) => (value === null || value === undefined ? null : converter.fromJson(value, field)),
  };
}

function array(items: Converter): Converter {
  return {
    toJson: (value, field) => (value as unknown[]).map((item) => items.toJson(item, field)),
    fromJson: (value, field) => {
      if (!Array.isArray(value)) {
        throw new EventInvalidError(field, `expected a list, found ${shown(value)}`);
      }
      return Array.from(value, (item, index) => items.fromJson(item, `${field}[${String(index)}]`));
    },
  };
}

function map(values: Converter): Converter {
  const each = (value: object, field: string, convertValue: Convert): object =>
    Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convertValue(item, join(field, key))]));
  const key = same(isText, 'a key of whole characters (no half of a surrogate pair)');
  return {
    toJson: (value, field) => each(value as object, field, values.toJson),
    fromJson: (value, field) => {
      if (!isObject(value)) {
        throw new EventInvalidError(field, `expected an object, found ${shown(value)}`);
      }
      Object.keys(value).forEach((name) => key.fromJson(name, field));
      return each(value, field, values.fromJson);
    },
  };
}

function record(schema: ComplexSchema, named: Map<string, Converter>): Converter {
  const fields = (schema.fields ?? []).map((field) => ({
    name: field.name,
    converter: convert(field.type, named),
    absent: field.default,
  }));
  const known = new Set(fields.map((field) => field.name));
  return {
    toJson: (value) =>
      Object.fromEntries(
        fields.map(({ name, converter }) => [name, converter.toJson((value as Record<string, unknown>)[name], name)]),
      ),
    fromJson: (value, path) => {
      if (!isObject(value)) {
        throw new EventInvalidError(path, `expected an object, found ${shown(value)}`);
      }
      const stranger = Object.keys(value).find((key) => !known.has(key));
      if (stranger !== undefined) {
        throw new EventInvalidError(join(path, stranger), `no such field; known are ${[...known].join(', ')}`);
      }
      return Object.fromEntries(
        fields.map(({ name, converter, absent }) => [
          name,
          converter.fromJson(value[name] === undefined ? absent : value[name], join(path, name)),
        ]),
      );
    },
  };
}

/** Microseconds since 1970 as ISO 8601 in UTC: `2026-01-02T03:04:05.678901Z`. */
export function microsToIso(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) {
    return String(micros); // beyond the calendar; a number says more than an exception
  }
  const fraction = String(micros - seconds * 1e6).padStart(6, '0');
  return `${date.toISOString().slice(0, -5)}.${fraction}Z`;
}

const isoTime = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(Z|[+-]\d\d:?\d\d)$/;

function isoToMicros(value: unknown, field: string): number {
  const micros = typeof value === 'string' ? parseIsoTime(value) : value;
  if (!isInteger(micros)) {
    throw new EventInvalidError(
      field,
      `expected a time such as 2026-01-02T03:04:05.678901Z or microseconds since 1970, found ${shown(value)}`,
    );
  }
  return micros;
}

/** Microseconds since 1970; what is finer is cut off. NaN for what is no time, the 31st of February among it. */
function parseIsoTime(text: string): number {
  const [, dateAndTime = '', fraction = '', zone = ''] = isoTime.exec(text) ?? [];
  const local = dateAndTime.replace(' ', 'T');
  const asUtc = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(local)) {
    return Number.NaN;
  }
  return Date.parse(`${local}${zone}`) * 1000 + Number(fraction.padEnd(6, '0'));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
