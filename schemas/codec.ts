/** Events between their TypeScript form and their bytes. The same event is always the same bytes. */
import type { Type } from 'avsc';
import { errorMessage } from './systemError';
import { EventDecodeError, EventInvalidError, UnknownSchemaError } from './errors';
import type { LedgerEvent } from './generated/events';
import { newestSchema, schemaByFingerprint, type EventSchema } from './registry';
import { shown } from './shown';
import { framingBytes, framingOf, maxEventBytes, readFingerprint, writeMessage } from './singleObject';

/** An encoded event over {@link maxEventBytes}. */
export class EventTooLargeToEncodeError extends Error {
  override readonly name = 'EventTooLargeToEncodeError';

  constructor(
    type: string,
    readonly sizeBytes: number,
  ) {
    super(
      `this ${type} takes ${String(sizeBytes)} bytes encoded and an event may take ${String(maxEventBytes)}; ` +
        `send lists in parts and long texts by digest`,
    );
  }
}

/**
 * An event as one Avro single-object message of the newest schema version of its type.
 * @throws {EventInvalidError} naming the field that does not fit; {@link EventTooLargeToEncodeError}
 */
export function encodeEvent(event: LedgerEvent): Buffer {
  return writeMessage((space, at) => writeEvent(event, space, at));
}

/**
 * As {@link encodeEvent}, into a buffer from an offset on.
 * @returns the offset behind the message, or, where the buffer is too short, how many bytes it lacks as a negative number
 */
export function writeEvent(event: LedgerEvent, space: Buffer, at: number): number {
  const schema = newestSchema(event.type);
  if (schema === undefined) {
    throw new EventInvalidError('type', `${shown(event.type)} is no event type`);
  }
  let end: number;
  try {
    end = schema.type.encode(event, space, at + framingBytes);
  } catch (error) {
    throw firstProblem(schema.type, event, error);
  }
  if (end - at > maxEventBytes) {
    throw new EventTooLargeToEncodeError(event.type, end - at);
  }
  if (end >= 0) {
    space.set(framingOf(schema.fingerprint), at);
  }
  return end;
}

/**
 * The event that a message holds, in the newest version's shape whichever version wrote it.
 * @throws {UnknownSchemaError} for an unknown fingerprint, {@link EventDecodeError} for bytes that are no such event
 */
export function decodeEvent(message: Uint8Array): LedgerEvent {
  const schema = schemaOf(message);
  const body = Buffer.from(message.buffer, message.byteOffset + framingBytes, message.length - framingBytes);
  try {
    const event = schema.read(body) as { type: string };
    event.type = schema.name;
    return event as LedgerEvent;
  } catch (error) {
    throw new EventDecodeError(`${where(schema)} cannot be read: ${inOurWords(error)}`);
  }
}

/** A schema that was met, and the last half of its fingerprint; under the first half. */
const met = new Map<number, { readonly rest: number; readonly schema: EventSchema }>();

/** The schema that a message names. Its bytes alone find it again: a text for each event would only be thrown away. */
function schemaOf(message: Uint8Array): EventSchema {
  const known = met.get(fourBytes(message, 2));
  const isFramed = message.length >= framingBytes && message[0] === 0xc3 && message[1] === 0x01;
  if (isFramed && known?.rest === fourBytes(message, 6)) {
    return known.schema;
  }
  const fingerprint = readFingerprint(message);
  const schema = schemaByFingerprint(fingerprint);
  if (schema === undefined) {
    throw new UnknownSchemaError(fingerprint);
  }
  met.set(fourBytes(message, 2), { rest: fourBytes(message, 6), schema });
  return schema;
}

function fourBytes(message: Uint8Array, at: number): number {
  return (
    (message[at] ?? 0) | ((message[at + 1] ?? 0) << 8) | ((message[at + 2] ?? 0) << 16) | ((message[at + 3] ?? 0) << 24)
  );
}

/** The field that avsc stumbled over: its writer does not tell, its check does. */
function firstProblem(type: Type, event: LedgerEvent, error: unknown): EventInvalidError {
  try {
    type.isValid(event, {
      errorHook: (path, found, expected) => {
        throw new EventInvalidError(fieldPath(path), `${shown(found)} is not ${expected.toString()}`);
      },
    });
  } catch (problem) {
    if (problem instanceof EventInvalidError) {
      return problem;
    }
  }
  return new EventInvalidError('', errorMessage(error));
}

/** As {@link EventInvalidError} has it: `files[0].path`. */
function fieldPath(path: readonly string[]): string {
  return path.reduce((whole, part) => {
    const indexed = /^\d+$/.test(part) ? `[${part}]` : `.${part}`;
    return whole === '' ? part : whole + indexed;
  }, '');
}

function where(schema: EventSchema): string {
  return `a ${schema.name} (version ${String(schema.version)})`;
}

/** What avsc says of bytes, for people. */
const avscMessages: Readonly<Record<string, string>> = {
  'truncated buffer': 'the bytes end within it',
  'trailing data': 'there are bytes left after its end',
};

function inOurWords(error: unknown): string {
  const message = errorMessage(error);
  return avscMessages[message] ?? message;
}
