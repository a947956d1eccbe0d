/** Texts found again by their bytes are the texts that the bytes make, whatever falls on one place. */
import fc from 'fast-check';
import { RecentTexts } from '../../schemas/recentTexts';

it('answers what the bytes make, however often and in whatever order texts come', () => {
  const someTexts = fc.array(fc.oneof(fc.constantFrom('a', 'ab', 'é', '', '\ufffd'), fc.string({ unit: 'binary' })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(someTexts, fc.array(fc.nat({ max: 20 })), (texts, order) => {
      const recent = new RecentTexts(2, 8, (bytes, start, end) => bytes.toString('utf8', start, end));
      for (const which of order) {
        const text = texts[which % texts.length] ?? '';
        const bytes = Buffer.from(`x${text}y`);
        expect(recent.read(bytes, 1, bytes.length - 1)).toBe(bytes.toString('utf8', 1, bytes.length - 1));
      }
    }),
  );
});

it('makes a text once while the same bytes come again', () => {
  let made = 0;
  const recent = new RecentTexts(4, 16, (bytes, start, end) => {
    made += 1;
    return bytes.toString('utf8', start, end);
  });
  const bytes = Buffer.from('tract=9813, tract=9813');
  expect([recent.read(bytes, 0, 10), recent.read(bytes, 12, 22)]).toEqual(['tract=9813', 'tract=9813']);
  expect(made).toBe(1);
});

it('keeps nothing of bytes that make no text', () => {
  const recent = new RecentTexts(4, 16, () => {
    throw new Error('no text');
  });
  const bytes = Buffer.from('ab');
  expect(() => recent.read(bytes, 0, 2)).toThrow('no text');
  expect(() => recent.read(bytes, 0, 2)).toThrow('no text');
});
