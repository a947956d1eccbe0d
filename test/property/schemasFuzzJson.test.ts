/**
 * Whatever the JSON, reading it gives an event or names the field that does not fit. 100,000 cases in all: golden events
 * damaged as text and as values, and values of no likeness to an event, also such as no JSON can express.
 */
import fc from 'fast-check';
import { encodeEvent, EventInvalidError, eventFromJson, EventTooLargeToEncodeError, eventTypes } from '../../schemas';
import { allGoldenExamples } from '../support/goldenExamples';

const golden = allGoldenExamples().map((example) => JSON.stringify(example.json));

const awkwardValues: readonly unknown[] = [
  null,
  true,
  '',
  'x',
  '\ud800',
  '__proto__',
  '2026-02-30T00:00:00Z',
  '2026-02-28T24:00:00Z',
  '9999-12-31T23:59:59Z',
  '00000000-0000-0000-0000-00000000000G',
  'D41D8CD98F00B204E9800998ECF8427E',
  0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  [],
  [null],
  [[]],
  {},
  { type: 'FileProduced' },
  { '\udfff': 'half a character as a key' },
];

/** A golden event's text with a character replaced, dropped or put in. */
const damagedText = fc
  .tuple(
    fc.constantFrom(...golden),
    fc.array(
      fc.tuple(
        fc.nat({ max: 4_000 }),
        fc.nat({ max: 1 }),
        fc.constantFrom('', '"', '{', '}', '[', ',', ':', '\\', '0', '9', '-', '.', 'e', 'null', '\\ud800', 'a'),
      ),
      { minLength: 1, maxLength: 2 },
    ),
  )
  .map(([text, steps]) =>
    steps.reduce((now, [at, drop, put]) => {
      const place = at % (now.length + 1);
      return now.slice(0, place) + put + now.slice(place + drop);
    }, text),
  );

/** A golden event with one value, at any depth, replaced, taken out, or joined by a stranger. */
const damagedValue = fc
  .tuple(
    fc.constantFrom(...golden),
    fc.nat({ max: 200 }),
    fc.constantFrom('replace', 'remove', 'join', 'wrap'),
    fc.constantFrom(...awkwardValues),
    fc.constantFrom('__proto__', 'constructor', 'type', 'header', '0', 'sequence'),
  )
  .map(([text, index, how, value, key]) => {
    const event = JSON.parse(text) as Record<string, unknown>;
    const places = placesWithin(event);
    const [holder, name] = places[index % places.length] ?? [event, 'type'];
    if (how === 'remove') {
      Reflect.deleteProperty(holder, name);
    } else if (how === 'join') {
      Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });
    } else {
      Reflect.set(holder, name, how === 'wrap' ? [Reflect.get(holder, name)] : value);
    }
    return event;
  });

function placesWithin(value: object): [object, string][] {
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => [
    [value, key] as [object, string],
    ...(typeof item === 'object' && item !== null ? placesWithin(item) : []),
  ]);
}

const anything = fc.oneof(
  fc.jsonValue(),
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true }),
  fc
    .tuple(
      fc.constantFrom(...eventTypes()),
      fc.dictionary(fc.string({ maxLength: 5 }), fc.anything({ withBigInt: true })),
    )
    .map(([type, fields]) => ({ header: {}, ...fields, type })),
);

/** Throws where neither an event, nor an error that names a field and says what was expected, came of a value. */
function readOrTell(value: unknown): 'event' | 'error' {
  let event;
  try {
    event = eventFromJson(value);
  } catch (error) {
    if (!(error instanceof EventInvalidError) || !/expected|no such field|no event type/.test(error.message)) {
      throw error;
    }
    return 'error';
  }
  try {
    encodeEvent(event); // what is read is an event in every respect
  } catch (error) {
    if (!(error instanceof EventTooLargeToEncodeError)) {
      throw error;
    }
  }
  return 'event';
}

function check<T>(
  values: fc.Arbitrary<T>,
  runs: number,
  read: (value: T) => 'event' | 'error',
): Record<string, number> {
  const counts = { event: 0, error: 0 };
  fc.assert(
    fc.property(values, (value) => {
      counts[read(value)] += 1;
    }),
    { numRuns: runs },
  );
  return counts;
}

describe('reading an event from JSON from outside', () => {
  it('gives an event or names the field, for damaged lines that are still JSON', () => {
    const counts = check(damagedText, 50_000, (text) => {
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        return 'error'; // whoever reads lines tells this with the line's number
      }
      return readOrTell(value);
    });
    expect(counts['event']).toBeGreaterThan(1_000);
  });

  it('gives an event or names the field, for events with a value that does not belong', () => {
    const counts = check(damagedValue, 40_000, readOrTell);
    expect(counts['event']).toBeGreaterThan(1_000);
    expect(counts['error']).toBeGreaterThan(1_000);
  });

  it('gives an event or says what was expected, for any value whatever', () => {
    const counts = check(anything, 10_000, readOrTell);
    expect(counts['error']).toBeGreaterThan(9_000);
  });

  it('refuses a value nested too deep to be shown, as any other', () => {
    const deep = JSON.parse(
      `{"type":"OperatorNoted","header":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    ) as unknown;
    expect(() => eventFromJson(deep)).toThrow(EventInvalidError);
  });
});
