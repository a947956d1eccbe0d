/** Events as JSON by example: what a producer in another language may write, and what it is told. */
import { EventInvalidError, eventFromJson, eventToJson, eventTypes, microsToIso } from '../../schemas';

const header = { producer: '0193f2a1-7c40-7d10-9b32-5f0c6d1e2a77', sequence: 7, occurredAt: 0, campaign: 'HSC-RC1' };
const note = { type: 'OperatorNoted', header, text: 'GPFS away' };

function at(occurredAt: unknown): unknown {
  return eventFromJson({ ...note, header: { ...header, occurredAt } }).header.occurredAt;
}

describe('an event from JSON', () => {
  it('may leave out what may be null', () => {
    expect(eventFromJson(note)).toEqual({
      type: 'OperatorNoted',
      header: { ...header, unit: null, attempt: null },
      text: 'GPFS away',
      job: null,
      path: null,
      ticket: null,
      notedBy: null,
    });
  });

  it('has every field in its JSON, and its type first', () => {
    const json = eventToJson(eventFromJson(note));
    expect(Object.keys(json)).toEqual(['type', 'header', 'text', 'job', 'path', 'ticket', 'notedBy']);
    expect(json['header']).toEqual({ ...header, occurredAt: '1970-01-01T00:00:00.000000Z', unit: null, attempt: null });
  });

  it.each<[string, unknown, string]>([
    ['a list', [], 'event: expected a JSON object with a type and the fields of that event type'],
    ['nothing', undefined, 'event: expected a JSON object with a type'],
    ['no type', { header }, 'field type: expected the name of an event type'],
    [
      'an unknown type',
      { type: 'JobEaten' },
      `field type: "JobEaten" is no event type; known are ${eventTypes().join(', ')}`,
    ],
    ['a stranger', { ...note, colour: 'red' }, 'field colour: no such field; known are header, text, job'],
    [
      'a stranger within',
      { ...note, header: { ...header, host: 'x' } },
      'field header.host: no such field; known are producer',
    ],
    ['a stranger called __proto__', JSON.parse(`{"type":"JobHeld","__proto__":1}`), 'field __proto__: no such field'],
    ['a missing text', { type: 'OperatorNoted', header }, 'field text: expected a text'],
    ['a number as text', { ...note, text: 7 }, 'field text: expected a text (of whole characters'],
    ['half a character', { ...note, text: '\ud834' }, 'no half of a surrogate pair), found "\\ud834"'],
    ['null where none may be', { ...note, text: null }, 'found null'],
    ['a missing header', { type: 'OperatorNoted', text: '' }, 'field header: expected an object, found nothing'],
    [
      'an int beyond 2^31',
      { ...note, header: { ...header, attempt: 2 ** 31 } },
      'header.attempt: expected an integer below 2^31',
    ],
    [
      'a fraction',
      { ...note, header: { ...header, sequence: 0.5 } },
      'header.sequence: expected an integer below 2^53, found 0.5',
    ],
    [
      'a UUID in capitals',
      { ...note, header: { ...header, producer: header.producer.toUpperCase() } },
      'in lower-case',
    ],
    ['a text longer than it can show', { ...note, job: ['x'.repeat(99)] }, `found ["${'x'.repeat(75)}...`],
    [
      'a file that is none',
      {
        type: 'InputsUsed',
        header,
        execution: header.producer,
        job: 'j',
        basis: 'declared',
        files: [{ path: 'a' }, { path: 1 }],
      },
      'field files[1].path: expected a text',
    ],
    [
      'a digest of the wrong length',
      { type: 'FileRegistered', header, path: 'a', datasetType: 'raw', md5: 'd41d8cd9' },
      'field md5: expected 32 hexadecimal digits, found "d41d8cd9"',
    ],
  ])('refuses %s, naming the field', (_what, json, problem) => {
    expect(() => eventFromJson(json)).toThrow(EventInvalidError);
    expect(() => eventFromJson(json)).toThrow(problem);
  });

  it('says which field in the error itself', () => {
    let field: unknown;
    try {
      eventFromJson({ ...note, header: { ...header, sequence: '7' } });
    } catch (error) {
      field = (error as EventInvalidError).field;
    }
    expect(field).toBe('header.sequence');
  });
});

describe('a time in JSON', () => {
  it.each<[unknown, number]>([
    ['2026-01-02T03:04:05.678901Z', 1_767_323_045_678_901],
    ['2026-01-02T03:04:05Z', 1_767_323_045_000_000],
    ['2026-01-02 03:04:05.6Z', 1_767_323_045_600_000],
    ['2026-01-02T05:04:05.678901+02:00', 1_767_323_045_678_901],
    ['2026-01-01T21:34:05.678901-0530', 1_767_323_045_678_901],
    ['2026-01-02T03:04:05.678901999Z', 1_767_323_045_678_901],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000_000],
    ['1969-12-31T23:59:59.999999Z', -1],
    [1_767_323_045_678_901, 1_767_323_045_678_901],
    [-1, -1],
  ])('%j is %d microseconds since 1970', (text, micros) => {
    expect(at(text)).toBe(micros);
  });

  it.each([
    '2026-01-02T03:04:05', // of which zone?
    '2026-01-02',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00+99:00',
    '9999-12-31T23:59:59Z',
    'yesterday',
    '',
    1.5,
    2 ** 53,
    null,
    true,
  ])('is not %j', (value) => {
    expect(() => at(value)).toThrow(
      /^field header\.occurredAt: expected a time such as 2026-01-02T03:04:05\.678901Z or micro/,
    );
  });

  it.each([0, 1, -1, 1_767_323_045_678_901, -1_000_000, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    'is the same after being written: %d',
    (micros) => {
      expect(at(microsToIso(micros))).toBe(micros);
    },
  );
});
