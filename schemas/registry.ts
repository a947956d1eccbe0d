/**
 * Every schema ever published, as avsc types made when first needed: parsing all of them would cost more than many a
 * short job takes.
 */
import type { Schema, Type } from 'avsc';
import { Type as AvscType } from './avscTypes';
import type { LedgerEvent } from './generated/events';
import { publishedSchemas } from './generated/schemas';
import { safeBlockType } from './safeBlocks';
import { nullableType } from './safeUnions';
import { logicalTypes, safeScalarType } from './safeScalars';

/** The name of an event type, for example `FileProduced`. */
export type EventType = LedgerEvent['type'];

/** One published schema, ready to read and write. */
export interface EventSchema {
  readonly name: EventType;
  readonly version: number;
  /** 16 hexadecimal digits, in the order the bytes have in a message. */
  readonly fingerprint: string;
  readonly type: Type;
  /** Reads a body of this version into the newest version's shape. */
  readonly read: (body: Buffer) => unknown;
}

type Published = (typeof publishedSchemas)[number];

const byFingerprint = new Map<string, Published>(publishedSchemas.map((schema) => [schema.fingerprint, schema]));
const newestByName = new Map<string, Published>(publishedSchemas.map((schema) => [schema.name, schema]));
const made = new Map<string, EventSchema>();

/** The schema with a fingerprint, or undefined where none is known. */
export function schemaByFingerprint(fingerprint: string): EventSchema | undefined {
  const ready = made.get(fingerprint);
  if (ready !== undefined) {
    return ready;
  }
  const published = byFingerprint.get(fingerprint);
  return published === undefined ? undefined : make(published);
}

/** The newest schema of an event type, or undefined where the name is none. */
export function newestSchema(name: string): EventSchema | undefined {
  const published = newestByName.get(name);
  return published === undefined ? undefined : schemaByFingerprint(published.fingerprint);
}

/** The names of all event types. */
export function eventTypes(): readonly EventType[] {
  return [...newestByName.keys()] as EventType[];
}

function make(published: Published): EventSchema {
  const type = parseSchema(published.text);
  const schema: EventSchema = { ...published, type, read: reader(published, type) };
  made.set(published.fingerprint, schema);
  return schema;
}

/** A schema's text as an avsc type that is safe on bytes from outside. */
export function parseSchema(text: string): Type {
  return AvscType.forSchema(JSON.parse(text) as Schema, {
    logicalTypes,
    typeHook: (part, options) => safeScalarType(part) ?? safeBlockType(part, options) ?? nullableType(part, options),
  });
}

function reader(published: Published, writer: Type): (body: Buffer) => unknown {
  const newest = newestByName.get(published.name);
  if (newest === undefined || newest === published) {
    return (body) => writer.fromBuffer(body) as unknown;
  }
  const readerType = schemaByFingerprint(newest.fingerprint)?.type ?? parseSchema(newest.text);
  const resolver = readerType.createResolver(writer);
  return (body) => readerType.fromBuffer(body, resolver) as unknown;
}
