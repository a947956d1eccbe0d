/**
 * Whatever comes on standard input as JSON lines, every line is stored as an event or the first that is none is named,
 * with its number, and what was before it is stored. Some 100,000 lines, damaged as text and as bytes, cut into chunks
 * anywhere.
 */
import fc from 'fast-check';
import { emitJsonLines, EmitLineError } from '../../producers/emitter/emitJsonLines';
import type { EventDraft } from '../../producers/outbox/draft';
import { allGoldenExamples } from '../support/goldenExamples';

const defaults = { campaign: 'HSC-RC1', unit: null, attempt: null };

const goodLines = allGoldenExamples().map(({ json }) => {
  const { occurredAt, campaign } = json['header'] as { occurredAt: string; campaign: string };
  return JSON.stringify({ ...json, header: { occurredAt, campaign } });
});

/** Lines, some of them damaged; the damage as bytes put in place of others. */
const lines = fc.array(
  fc.tuple(
    fc.constantFrom(...goodLines, '', '  ', '{"type":"OperatorNoted","text":"§"}'),
    fc.option(
      fc.tuple(
        fc.nat({ max: 1_000_000 }),
        fc.nat({ max: 2 }),
        fc.constantFrom('"', '{', '}', '\\ud800', '\\u0000', '9', '-', '\r', '\n', '\0', 'x', '__proto__'),
        fc.boolean(),
      ),
      { freq: 3 },
    ),
    fc.boolean(),
  ),
  { minLength: 1, maxLength: 40 },
);

/** The bytes of a stream: of its lines, only those are damaged that say so. */
const stream = fc.tuple(lines, fc.array(fc.nat({ max: 3_000 }), { maxLength: 6 })).map(([parts, cuts]) => {
  const damageAt = cuts[0] ?? 0;
  const bytes = Buffer.concat(
    parts.map(([line, damage, noEnd], index) => {
      const whole = Buffer.from(`${line}\n`);
      if (damage === null || index !== damageAt % parts.length) {
        return whole;
      }
      const [at, drop, put, asByte] = damage;
      const place = at % whole.length;
      const insert = asByte ? Buffer.from([0x80 | drop]) : Buffer.from(put);
      return Buffer.concat([whole.subarray(0, place), insert, whole.subarray(place + (noEnd ? drop : 0))]);
    }),
  );
  return { bytes, cuts };
});

async function* inChunks(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer, void> {
  let from = 0;
  for (const cut of cuts) {
    yield await Promise.resolve(bytes.subarray(from, from + cut));
    from += cut;
  }
  yield bytes.subarray(from);
}

describe('events as JSON lines from outside', () => {
  it('are stored up to the first line that is none, which is named', async () => {
    let refused = 0;
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(stream, async ({ bytes, cuts }) => {
        const drafts: EventDraft[] = [];
        const append = (more: readonly EventDraft[]): Promise<void> => {
          drafts.push(...more);
          return Promise.resolve();
        };
        const texts = bytes.toString('latin1').split('\n');
        const notEmpty = (text: string): boolean => text.trim() !== '';
        try {
          const stored = await emitJsonLines(inChunks(bytes, cuts), defaults, append);
          accepted += 1;
          expect(stored).toBe(texts.filter(notEmpty).length);
          expect(drafts).toHaveLength(stored);
        } catch (error) {
          if (!(error instanceof EmitLineError)) {
            throw error;
          }
          refused += 1;
          expect(error.stored).toBe(drafts.length);
          expect(texts.slice(0, error.line - 1).filter(notEmpty)).toHaveLength(drafts.length);
          expect(notEmpty(texts[error.line - 1] ?? '')).toBe(true);
          expect(error.message).toMatch(/^line \d+: .{10}/s);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(accepted).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
  });
});
