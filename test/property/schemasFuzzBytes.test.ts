/**
 * Whatever the bytes, decoding gives an event or says what is wrong with them. 100,000 cases in all: random bytes, golden
 * messages damaged in every way that a disk, a network or a hostile producer may damage them, and random bodies behind a
 * valid frame.
 */
import fc from 'fast-check';
import { decodeEvent, encodeEvent, EventDecodeError, eventFromJson, eventToJson, readIdentity } from '../../schemas';
import { exactLongBytes } from '../../schemas/longs';
import { frame, framingBytes } from '../../schemas/singleObject';
import { publishedSchemas } from '../../schemas/generated/schemas';
import { allGoldenExamples } from '../support/goldenExamples';

const golden = allGoldenExamples().map((example) => example.bytes);

/** One kind of damage; `at` says where, `value` and `long` what with. */
type Damage = (message: Buffer, at: number, value: number, long: number) => Buffer;

const damages: Readonly<Record<string, Damage>> = {
  flipBit: (message, at, value) => replaced(message, at, (message[at] ?? 0) ^ (1 << (value % 8))),
  setByte: (message, at, value) => replaced(message, at, value),
  truncate: (message, at) => message.subarray(0, at),
  extend: (message, _at, value, long) => Buffer.concat([message, Buffer.alloc(Math.abs(long % 40) + 1, value)]),
  forgeLong: (message, at, value, long) => spliced(message, at, value % 3, Buffer.from(exactLongBytes(long))),
  forgeNegativeCount: (message, at, value, long) =>
    spliced(message, at, value % 2, Buffer.from([...exactLongBytes(-value), ...exactLongBytes(long)])),
  endlessLong: (message, at, value) => spliced(message, at, 1, Buffer.alloc(value, 0xff)),
  dropByte: (message, at) => spliced(message, at, 1, Buffer.alloc(0)),
  repeatPart: (message, at, value) => spliced(message, at, 0, message.subarray(at, at + value)),
  otherType: (message, at) =>
    Buffer.concat([(golden[at % golden.length] ?? message).subarray(0, framingBytes), message.subarray(framingBytes)]),
};

function replaced(message: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(message);
  copy[at] = byte;
  return copy;
}

function spliced(message: Buffer, at: number, drop: number, insert: Buffer): Buffer {
  return Buffer.concat([message.subarray(0, at), insert, message.subarray(at + drop)]);
}

const damaged = fc
  .tuple(
    fc.nat({ max: golden.length - 1 }),
    fc.array(
      fc.tuple(
        fc.constantFrom(...Object.keys(damages)),
        fc.nat({ max: 1_000_000 }),
        fc.nat({ max: 255 }),
        fc.oneof(fc.maxSafeInteger(), fc.nat({ max: 300 })),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([index, steps]) =>
    steps.reduce<Buffer>(
      (message, [name, at, value, long]) => damages[name]?.(message, at % (message.length + 1), value, long) ?? message,
      golden[index] ?? Buffer.alloc(0),
    ),
  );

const framed = fc
  .tuple(fc.constantFrom(...publishedSchemas), fc.uint8Array({ maxLength: 80 }))
  .map(([schema, body]) => frame(schema.fingerprint, body));

/** Messages of the JavaScript engine: they tell a programmer where the code broke, not a person what the bytes lack. */
const engineMessage =
  /is not a function|Cannot read|Cannot convert|undefined|\[object|Invalid array length|out of range/;

/** Counts what came of the bytes; throws where neither an event nor a proper error did. */
function decodeOrTell(bytes: Uint8Array): 'event' | 'error' {
  let event;
  try {
    event = decodeEvent(bytes);
  } catch (error) {
    if (!(error instanceof EventDecodeError) || error.message.length < 20 || engineMessage.test(error.message)) {
      throw error;
    }
    return 'error';
  }
  // What decodes is an event in every respect: it can be shown, written, and read again.
  const written = encodeEvent(eventFromJson(JSON.parse(JSON.stringify(eventToJson(event)))));
  if (!written.equals(encodeEvent(decodeEvent(written)))) {
    throw new Error('the decoded event is not the same when written and read again');
  }
  const identity = readIdentity(written);
  if (identity.producer !== event.header.producer || identity.sequence !== event.header.sequence) {
    throw new Error('the identity read from the bytes is not that of the event');
  }
  return 'event';
}

function check(bytes: fc.Arbitrary<Uint8Array>, runs: number): Record<'event' | 'error', number> {
  const counts = { event: 0, error: 0 };
  fc.assert(
    fc.property(bytes, (each) => {
      counts[decodeOrTell(each)] += 1;
    }),
    { numRuns: runs },
  );
  return counts;
}

describe('decoding bytes from outside', () => {
  it('gives an event or says what is wrong, for any bytes at all', () => {
    const counts = check(fc.uint8Array({ maxLength: 60 }), 20_000);
    expect(counts.event + counts.error).toBeGreaterThanOrEqual(20_000);
  });

  it('gives an event or says what is wrong, for damaged messages of every type', () => {
    const counts = check(damaged, 60_000);
    // Both ways are taken often: a damaged text is still a text, a damaged count hardly ever fits.
    expect(counts.event).toBeGreaterThan(1_000);
    expect(counts.error).toBeGreaterThan(10_000);
  });

  it('gives an event or says what is wrong, for any body behind a valid frame', () => {
    const counts = check(framed, 20_000);
    expect(counts.error).toBeGreaterThan(10_000);
  });

  it('reads an identity or says what is wrong, for damaged messages of every type', () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        try {
          return Number.isSafeInteger(readIdentity(bytes).sequence);
        } catch (error) {
          return error instanceof EventDecodeError;
        }
      }),
      { numRuns: 20_000 },
    );
  });
});
