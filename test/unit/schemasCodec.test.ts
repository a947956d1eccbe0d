/** The codec's bounds, and messages made to harm whoever decodes them. */
import { Type, type Schema } from 'avsc';
import {
  decodeEvent,
  encodeEvent,
  EventDecodeError,
  EventInvalidError,
  EventTooLargeToEncodeError,
  frame,
  maxEventBytes,
  newestSchema,
  readIdentity,
  UnknownSchemaError,
  type EventType,
  type FileProduced,
  type LedgerEvent,
  type OperatorNoted,
} from '../../schemas';
import { exactLongBytes } from '../../schemas/longs';
import { parseSchema } from '../../schemas/registry';

const header = {
  producer: '0193f2a1-7c40-7d10-9b32-5f0c6d1e2a77',
  sequence: 7,
  occurredAt: 1_538_996_531_000_250,
  campaign: 'HSC-RC1',
  unit: 'tract=9813',
  attempt: 1,
};

function note(text: string, more: Partial<OperatorNoted['header']> = {}): OperatorNoted {
  const rest = { job: null, path: null, ticket: null, notedBy: null };
  return { type: 'OperatorNoted', header: { ...header, ...more }, text, ...rest };
}

function produced(metadata: FileProduced['metadata']): FileProduced {
  return {
    type: 'FileProduced',
    header,
    execution: header.producer,
    datasetType: 'img_corr',
    path: 'CORR-0001228-049.fits',
    sizeBytes: null,
    md5: null,
    sha256: null,
    dataId: null,
    metadata,
    contentDigest: null,
  };
}

/** A message whose body is that of an event up to a text, and then what is given. */
function messageEndingIn(event: LedgerEvent, lastText: string, tail: Uint8Array): Buffer {
  const bytes = encodeEvent(event);
  const at = bytes.lastIndexOf(lastText);
  return Buffer.concat([bytes.subarray(0, at - 1), tail]);
}

function message(type: EventType, body: Uint8Array): Buffer {
  return frame(newestSchema(type)?.fingerprint ?? '', body);
}

describe('the size of an event', () => {
  const overhead = encodeEvent(note('x'.repeat(200_000))).length - 200_000;

  it(`may be ${String(maxEventBytes)} bytes encoded`, () => {
    const bytes = encodeEvent(note('x'.repeat(maxEventBytes - overhead)));
    expect(bytes).toHaveLength(256 * 1024);
    expect(decodeEvent(bytes)).toMatchObject({ type: 'OperatorNoted' });
  });

  it('may not be a byte more, and the error says how large the event is', () => {
    const tooLarge = (): Buffer => encodeEvent(note('x'.repeat(maxEventBytes - overhead + 1)));
    expect(tooLarge).toThrow(EventTooLargeToEncodeError);
    expect(tooLarge).toThrow('this OperatorNoted takes 262145 bytes encoded and an event may take 262144');
  });

  it('is counted in bytes, not in characters', () => {
    expect(() => encodeEvent(note('δ'.repeat(maxEventBytes / 2)))).toThrow(EventTooLargeToEncodeError);
  });
});

describe('encoding', () => {
  it.each<[string, LedgerEvent, RegExp]>([
    ['a fraction', note('', { sequence: 1.5 }), /^field header\.sequence: 1\.5 is not "long"$/],
    ['an integer beyond 2^53', note('', { sequence: 2 ** 53 }), /^field header\.sequence: 9007199254740992 is not/],
    ['a big integer', note('', { sequence: 5n as unknown as number }), /^field header\.sequence: 5 is not/],
    ['an int beyond 2^31', note('', { attempt: 2 ** 31 }), /^field header\.attempt: 2147483648 is not/],
    [
      'a producer in capitals',
      note('', { producer: header.producer.toUpperCase() }),
      /^field header\.producer: "0193F2A1/,
    ],
    ['a missing text', note(undefined as unknown as string), /^field text: nothing is not "string"$/],
    ['metadata that is a list', produced([] as unknown as FileProduced['metadata']), /^field metadata: \[\] is not/],
    ['a number in metadata', produced({ EXPTIME: 30 as unknown as string }), /^field metadata\.EXPTIME: 30 is not/],
    ['an unknown type', { type: 'JobEaten' } as unknown as LedgerEvent, /^field type: "JobEaten" is no event type$/],
    ['a name that every object has', { type: 'toString' } as unknown as LedgerEvent, /^field type: "toString" is no/],
  ])('refuses %s, naming the field', (_what, event, problem) => {
    expect(() => encodeEvent(event)).toThrow(EventInvalidError);
    expect(() => encodeEvent(event)).toThrow(problem);
  });

  it('refuses an event whose own getter throws, or that holds itself', () => {
    const throwing = note('');
    Object.defineProperty(throwing, 'text', {
      get: () => {
        throw new RangeError('no text today');
      },
    });
    expect(() => encodeEvent(throwing)).toThrow(new EventInvalidError('', 'no text today'));
    const circular: Record<string, unknown> = {};
    circular['itself'] = circular;
    expect(() => encodeEvent(note(circular as unknown as string))).toThrow(
      /^field text: a object that cannot be shown/,
    );
  });

  it.each([2 ** 52, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER, -(2 ** 52), -(2 ** 52) - 1, Number.MIN_SAFE_INTEGER])(
    'keeps the integer %d exactly',
    (sequence) => {
      const bytes = encodeEvent(note('', { sequence, occurredAt: sequence }));
      expect(decodeEvent(bytes).header).toMatchObject({ sequence, occurredAt: sequence });
      expect(readIdentity(bytes).sequence).toBe(sequence);
    },
  );

  it('writes half of a character as the replacement character, also in a key', () => {
    for (const half of ['\ud834', `${'x'.repeat(100)}\udf06`]) {
      const whole = half.replace(/[\ud800-\udfff]/, '\ufffd');
      expect(decodeEvent(encodeEvent(note(half)))).toMatchObject({ text: whole });
      expect(decodeEvent(encodeEvent(produced({ [half]: half })))).toMatchObject({ metadata: { [whole]: whole } });
    }
  });

  it('writes the same metadata as the same bytes, in the order of UTF-8', () => {
    const keys = ['\u{1d706}', '\uffee', 'z', '', 'a', '__proto__'];
    const forwards = encodeEvent(produced(Object.fromEntries(keys.map((key) => [key, key]))));
    const backwards = encodeEvent(produced(Object.fromEntries(keys.reverse().map((key) => [key, key]))));
    expect(forwards.equals(backwards)).toBe(true);
    expect(forwards.indexOf('\uffee')).toBeLessThan(forwards.indexOf('\u{1d706}'));
  });
});

describe('decoding', () => {
  it('keeps a key called __proto__ as a key', () => {
    const { metadata } = decodeEvent(encodeEvent(produced(Object.fromEntries([['__proto__', 'x']])))) as FileProduced;
    expect(Object.keys(metadata)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
  });

  it('names a fingerprint that is not known here', () => {
    const unknown = frame('0123456789abcdef', Buffer.alloc(40));
    expect(() => decodeEvent(unknown)).toThrow(UnknownSchemaError);
    expect(() => decodeEvent(unknown)).toThrow(/0123456789abcdef is known here; the event comes from a newer producer/);
    expect(readIdentity(unknown).producer).toBe('00000000-0000-0000-0000-000000000000');
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['no bytes', Buffer.alloc(0), /^0 bytes are too few/],
    ['JSON', Buffer.from('{"type":"OperatorNoted"}'), /^an event begins with the bytes c301 .* this with 7b22$/],
    ['the end of the frame', message('JobHeld', Buffer.alloc(0)), /the bytes end within a fixed value/],
    ['an end within a text', encodeEvent(note('a remark')).subarray(0, -6), /a text claims 8 bytes where \d are left/],
    ['a byte too many', Buffer.concat([encodeEvent(note('a')), Buffer.alloc(1)]), /there are bytes left after its end/],
    [
      'a text that is no UTF-8',
      messageEndingIn(note('§'), '§', Buffer.from([4, 0xc3, 0x28, 0, 0, 0, 0])),
      /a text of 2 bytes at byte \d+ of the body is not UTF-8/,
    ],
    [
      'a text of negative length',
      messageEndingIn(note('§'), '§', Buffer.from([1, 0, 0, 0])),
      /a text claims -1 bytes where 3 are left/,
    ],
    [
      'a text of a length beyond any number',
      messageEndingIn(note('§'), '§', Buffer.alloc(300, 0xff)),
      /a text claims \S+ bytes where 0 are left/,
    ],
    [
      'a list of 2^40',
      inputs(exactLongBytes(2 ** 40)),
      /a list claims 1099511627776 elements where \d+ bytes are left/,
    ],
    ['a list of minus 2^40', inputs([...exactLongBytes(-(2 ** 40)), 2]), /a list claims 1099511627776 elements where/],
    ['a union branch that is none', messageEndingIn(note('§'), '§', Buffer.from([0, 8])), /invalid union index: 4/],
    ['an int beyond 2^31', inputs([0, ...exactLongBytes(2 ** 31), 2]), /2147483648 is no 32-bit integer/],
    ['a sequence beyond 2^53', identity(exactLongBytesOf(2n ** 60n)), /an integer is cut off or beyond 2\^53/],
  ])('says what is wrong with %s', (_what, bytes, problem) => {
    expect(() => decodeEvent(bytes)).toThrow(EventDecodeError);
    expect(() => decodeEvent(bytes)).toThrow(problem);
  });

  it('accepts a replacement character that was written as such', () => {
    expect(decodeEvent(encodeEvent(note('\ufffd')))).toMatchObject({ text: '\ufffd' });
  });

  /** An InputsUsed up to its list of files, and then what is given. */
  function inputs(tail: readonly number[]): Buffer {
    const basis = 'declared§';
    const event = { header, execution: header.producer, job: '', basis, files: [], part: 1, parts: 1 };
    const bytes = encodeEvent({ type: 'InputsUsed', ...event });
    const end = bytes.indexOf(basis) + Buffer.byteLength(basis);
    return Buffer.concat([bytes.subarray(0, end), Buffer.from(tail), Buffer.alloc(8)]);
  }

  function identity(sequence: readonly number[]): Buffer {
    return message('OperatorNoted', Buffer.from([...Buffer.alloc(16), ...sequence, ...Buffer.alloc(10)]));
  }

  function exactLongBytesOf(value: bigint): number[] {
    const bytes: number[] = [];
    for (let zigzag = value * 2n; zigzag > 0n; zigzag >>= 7n) {
      bytes.push(Number(zigzag & 0x7fn) | (zigzag >= 0x80n ? 0x80 : 0));
    }
    return bytes;
  }
});

describe('a later version of a record within lists and maps', () => {
  const part = (fields: object[]): object => ({ type: 'record', name: 'Part', fields });
  const whole = (fields: object[], more: object[] = []): Schema =>
    ({
      type: 'record',
      name: 'Whole',
      fields: [
        { name: 'list', type: { type: 'array', items: part(fields) } },
        { name: 'map', type: { type: 'map', values: 'Part' } },
        ...more,
      ],
    }) as unknown as Schema;
  const path = { name: 'path', type: 'string' };
  const size = { name: 'size', type: ['null', 'long'], default: null };

  it('reads what the earlier one wrote', () => {
    const writer = parseSchema(JSON.stringify(whole([path])));
    const reader = parseSchema(JSON.stringify(whole([path, size])));
    const bytes = writer.toBuffer({ list: [{ path: 'a' }, { path: 'b' }], map: { x: { path: 'c' } } });
    expect(reader.fromBuffer(bytes, reader.createResolver(writer))).toEqual({
      list: [
        { path: 'a', size: null },
        { path: 'b', size: null },
      ],
      map: { x: { path: 'c', size: null } },
    });
  });

  it('passes over a list that it does not know, however its size is forged', () => {
    const stranger = { name: 'stranger', type: { type: 'array', items: 'string' } };
    const writer = parseSchema(JSON.stringify(whole([path], [stranger, { name: 'last', type: 'string' }])));
    const reader = parseSchema(JSON.stringify(whole([path], [{ name: 'last', type: 'string' }])));
    const resolver = reader.createResolver(writer);
    const written = writer.toBuffer({ list: [], map: {}, stranger: ['a', 'b'], last: 'end' });
    expect(reader.fromBuffer(written, resolver)).toMatchObject({ last: 'end' });
    // A block of one element, its size such that a reader who trusts it comes back to the block's beginning.
    const endless = Buffer.from([0, 0, ...exactLongBytes(-1), ...exactLongBytes(-2), 2, 0x61, 0, 2, 0x65]);
    expect(reader.fromBuffer(endless, resolver)).toMatchObject({ last: 'e' });
  });
});

describe('the bytes', () => {
  it('are what plain avsc reads, so that any Avro reader can', () => {
    const event = produced({ OBJECT: 'α', SEEING: null });
    const schema = newestSchema('FileProduced');
    const plain = Type.forSchema(
      JSON.parse(schema === undefined ? '' : JSON.stringify(schema.type.schema())) as Schema,
    );
    expect(plain.fromBuffer(encodeEvent(event).subarray(10))).toMatchObject({
      header: { sequence: 7, producer: Buffer.from(header.producer.replaceAll('-', ''), 'hex') },
      metadata: { OBJECT: 'α', SEEING: null },
    });
  });
});
