/** Canonical data IDs, whatever the values hold, and the order that makes them canonical. */
import fc from 'fast-check';
import {
  canonicalDataId,
  compareUtf8,
  DataIdError,
  jobName,
  parseDataId,
  untypedValue,
  type DataId,
} from '../../schemas';
import { arbitraryDataId, arbitraryText } from '../support/arbitraryEvents';

/** An order by bytes, the slow way. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

describe('a canonical data ID', () => {
  it('is the same text in whatever order its keys were put', () => {
    fc.assert(
      fc.property(arbitraryDataId, (dataId) => {
        const reversed = Object.fromEntries(Object.entries(dataId).reverse());
        expect(canonicalDataId(reversed)).toBe(canonicalDataId(dataId));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is read back as the same data ID and becomes the same text again', () => {
    fc.assert(
      fc.property(arbitraryDataId, (dataId) => {
        const text = canonicalDataId(dataId);
        expect(parseDataId([text])).toEqual(dataId);
        expect(JSON.parse(text)).toEqual(dataId);
        expect(canonicalDataId(parseDataId([text]))).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });

  it('differs for different data IDs', () => {
    fc.assert(
      fc.property(arbitraryDataId, arbitraryDataId, (one, other) => {
        const same = compareEntries(one, other);
        expect(canonicalDataId(one) === canonicalDataId(other)).toBe(same);
      }),
      { numRuns: 1_000 },
    );
  });

  it('has its keys in the order of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(arbitraryDataId, (dataId) => {
        const keys = [...canonicalDataId(dataId).matchAll(/[{,]("(?:[^"\\]|\\.)*"):/g)].map(
          ([, key]) => JSON.parse(key ?? '""') as string,
        );
        expect([...keys].sort(compareBytes)).toEqual(keys);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same from key=value texts as from JSON, for values that only a text can be', () => {
    const texts = fc.dictionary(
      arbitraryText.filter((key) => key !== '' && !key.includes('=') && !key.trimStart().startsWith('{')),
      arbitraryText,
      { maxKeys: 4, noNullPrototype: true },
    );
    fc.assert(
      fc.property(texts, (values) => {
        const pairs = Object.entries(values).map(([key, value]) => `${key}=${value}`);
        const typed = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, untypedValue(value)]));
        expect(canonicalDataId(parseDataId(pairs))).toBe(canonicalDataId(typed));
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses a value that is neither a text nor an integer below 2^53', () => {
    const other = fc.oneof(
      fc.double().filter((value) => !Number.isSafeInteger(value)),
      fc.constantFrom(null, true, [], {}, undefined),
    );
    fc.assert(
      fc.property(other, (value) => {
        expect(() => canonicalDataId({ visit: value as number })).toThrow(DataIdError);
      }),
    );
  });
});

describe('an untyped value', () => {
  it('is an integer only where its text is how that integer is written', () => {
    fc.assert(
      fc.property(fc.oneof(arbitraryText, fc.maxSafeInteger().map(String), fc.double().map(String)), (text) => {
        const value = untypedValue(text);
        expect(String(value)).toBe(text);
        expect(typeof value === 'string' || Number.isSafeInteger(value)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the order by UTF-8', () => {
  it('is that of the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Math.sign(compareBytes(a, b)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('tells any two different texts apart, halves of characters too', () => {
    const units = fc.array(fc.constantFrom(0x61, 0x3b4, 0xd834, 0xd835, 0xdf06, 0xe000, 0xffee), { maxLength: 4 });
    const text = units.map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(compareUtf8(a, b) === 0).toBe(a === b);
        expect(Math.sign(compareUtf8(a, b))).toBe(-Math.sign(compareUtf8(b, a)) + 0);
        if (compareUtf8(a, b) < 0 && compareUtf8(b, c) < 0) {
          expect(compareUtf8(a, c)).toBeLessThan(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the name of a job', () => {
  it('tells tasks and data IDs apart', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z]{1,12}$/), arbitraryDataId, (task, dataId) => {
        expect(jobName(task, canonicalDataId(dataId))).toBe(`${task} ${canonicalDataId(dataId)}`);
        expect(jobName(task, null)).toBe(task);
      }),
    );
  });
});

function compareEntries(one: DataId, other: DataId): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => Object.hasOwn(one, key) && Object.hasOwn(other, key) && one[key] === other[key]);
}
