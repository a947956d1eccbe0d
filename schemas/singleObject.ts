/**
 * Avro single-object messages: C3 01, the writer schema's fingerprint, the body (Apache Avro specification,
 * "Single-object encoding"). Every event's first field is the header, whose first fields are producer and sequence, so
 * a ledger can read an event's identity without knowing its type.
 */
import { EventDecodeError } from './errors';
import { readExactLong } from './longs';
import { uuidFromBytes } from './uuid';

/** The largest encoded event, bytes; what can be larger comes in parts. */
export const maxEventBytes = 256 * 1024;

/** Bytes before the body. */
export const framingBytes = 10;

const sequenceOffset = framingBytes + 16;

/** Who wrote an event and where it stands in that producer's order. */
export interface EventIdentity {
  readonly producer: string;
  readonly sequence: number;
}

/** The message around a body. @param fingerprint 16 hexadecimal digits */
export function frame(fingerprint: string, body: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(framingBytes + body.length);
  message.set(framingOf(fingerprint), 0);
  message.set(body, framingBytes);
  return message;
}

/** What encoded events are written into, one behind the other: a buffer for each would cost more than filling it. */
let slab = Buffer.allocUnsafeSlow(0);
let slabUsed = 0;
const slabBytes = 64 * 1024;

/**
 * A message that is written straight into its place.
 * @param write writes it into a buffer from an offset on; answers the offset behind it, or, where the buffer is too
 * short, how many bytes it lacks as a negative number. Called again where it was.
 * @throws what `write` throws
 */
export function writeMessage(write: (space: Buffer, from: number) => number): Buffer {
  let end = write(slab, slabUsed);
  if (end < 0) {
    const bytes = slab.length - slabUsed - end;
    slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes));
    slabUsed = 0;
    end = write(slab, 0);
  }
  const message = slab.subarray(slabUsed, end);
  slabUsed = end;
  return message;
}

/** The framing of each schema that was written so far; there are few. */
const framings = new Map<string, Uint8Array>();

/** The ten bytes before the body. @param fingerprint 16 hexadecimal digits */
export function framingOf(fingerprint: string): Uint8Array {
  let known = framings.get(fingerprint);
  if (known === undefined) {
    known = Buffer.from(`c301${fingerprint}`, 'hex');
    framings.set(fingerprint, known);
  }
  return known;
}

/**
 * The writer schema's fingerprint, 16 hexadecimal digits.
 * @throws {EventDecodeError} where the bytes are no single-object message
 */
export function readFingerprint(message: Uint8Array): string {
  if (message.length < framingBytes) {
    throw new EventDecodeError(
      `${String(message.length)} bytes are too few for an event: the framing alone takes ${String(framingBytes)}`,
    );
  }
  if (message[0] !== 0xc3 || message[1] !== 0x01) {
    const found = Buffer.from(message.subarray(0, 2)).toString('hex');
    throw new EventDecodeError(`an event begins with the bytes c301 (Avro single-object encoding), this with ${found}`);
  }
  return Buffer.from(message.buffer, message.byteOffset + 2, 8).toString('hex');
}

/**
 * Producer and sequence of any event, also of a type that is not known here.
 * @throws {EventDecodeError} where the bytes are no single-object message or end within the identity
 */
export function readIdentity(message: Uint8Array): EventIdentity {
  readFingerprint(message);
  if (message.length <= sequenceOffset) {
    throw new EventDecodeError(`the event ends after ${String(message.length)} bytes, within its header`);
  }
  return { producer: uuidFromBytes(message, framingBytes), sequence: readSequence(message) };
}

function readSequence(message: Uint8Array): number {
  // Zigzag varint (Avro specification, "Primitive types"); beyond 2^31 bit operations no longer do.
  let value = 0;
  let factor = 1;
  for (let offset = sequenceOffset; offset < message.length && offset < sequenceOffset + 8; offset += 1) {
    const byte = message[offset] ?? 0;
    value += (byte & 0x7f) * factor;
    if ((byte & 0x80) === 0) {
      if (!Number.isSafeInteger(value)) {
        return readExactLong(message, sequenceOffset);
      }
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    factor *= 128;
  }
  throw new EventDecodeError('the sequence in the event header is cut off or beyond 2^53');
}
