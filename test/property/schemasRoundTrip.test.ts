/** Events survive every way they travel, unchanged and as the same bytes. */
import fc from 'fast-check';
import {
  decodeEvent,
  encodeEvent,
  eventFromJson,
  eventToJson,
  eventTypes,
  readIdentity,
  type LedgerEvent,
} from '../../schemas';
import { arbitraryEvent, arbitraryEvents } from '../support/arbitraryEvents';

/** The same entries in another order, at every depth. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(reordered);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reordered(item)]),
  );
}

/** Plain objects all the way, as a comparison by value needs. */
function plain(event: LedgerEvent): unknown {
  return JSON.parse(JSON.stringify(event));
}

describe('an event', () => {
  it.each(eventTypes())('of type %s is the same after its bytes and after its JSON', (type) => {
    fc.assert(
      fc.property(arbitraryEvents[type] as fc.Arbitrary<LedgerEvent>, (event) => {
        const bytes = encodeEvent(event);
        const decoded = decodeEvent(bytes);
        expect(plain(decoded)).toEqual(plain(event));
        expect(encodeEvent(decoded).equals(bytes)).toBe(true);
        const json = JSON.stringify(eventToJson(event));
        expect(encodeEvent(eventFromJson(JSON.parse(json))).equals(bytes)).toBe(true);
        expect(eventToJson(decoded)).toEqual(JSON.parse(json));
      }),
      { numRuns: 100 },
    );
  });

  it('is the same bytes in whatever order its fields and its metadata were put', () => {
    fc.assert(
      fc.property(arbitraryEvent, (event) => {
        expect(encodeEvent(reordered(event) as LedgerEvent).equals(encodeEvent(event))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('tells its identity without being decoded', () => {
    fc.assert(
      fc.property(arbitraryEvent, (event) => {
        const { producer, sequence } = event.header;
        expect(readIdentity(encodeEvent(event))).toEqual({ producer, sequence });
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same bytes when read from a view into a larger memory', () => {
    fc.assert(
      fc.property(arbitraryEvent, fc.nat({ max: 9 }), (event, offset) => {
        const bytes = encodeEvent(event);
        const memory = new Uint8Array(bytes.length + 20).fill(0xee);
        memory.set(bytes, offset);
        const view = memory.subarray(offset, offset + bytes.length);
        expect(plain(decodeEvent(view))).toEqual(plain(event));
        expect(readIdentity(view)).toEqual(readIdentity(bytes));
      }),
      { numRuns: 1_000 },
    );
  });
});
