import fc from 'fast-check';
import { emitJsonLines, EmitLineError, type EmitDefaults } from '../../../producers/emitter/emitJsonLines';
import type { EventDraft } from '../../../producers/outbox/draft';

const defaults: EmitDefaults = { campaign: 'C', unit: null, attempt: null };
const note = (text: string): string => JSON.stringify({ type: 'OperatorNoted', text });

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
    await Promise.resolve();
  }
}

async function emit(
  input: string | Uint8Array,
  given: Partial<EmitDefaults> = {},
  chunkBytes = 7,
): Promise<{ drafts: EventDraft[]; error: unknown; stored: number | null }> {
  const drafts: EventDraft[] = [];
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  try {
    const stored = await emitJsonLines(chunked(bytes, chunkBytes), { ...defaults, ...given }, (batch) => {
      drafts.push(...batch);
      return Promise.resolve();
    });
    return { drafts, error: null, stored };
  } catch (error) {
    return { drafts, error, stored: null };
  }
}

describe('events as JSON lines', () => {
  it('take campaign, unit, attempt and time from the line, else from what is given', async () => {
    const input = `${note('a')}\n\n${JSON.stringify({
      type: 'OperatorNoted',
      header: { campaign: 'D', unit: 'U', attempt: 2, occurredAt: '2026-01-02T03:04:05.000006Z' },
      text: 'b',
    })}`;
    const { drafts, stored } = await emit(input, { unit: 'V' });
    expect(stored).toBe(2);
    expect(drafts.map(({ header }) => header)).toMatchObject([
      { campaign: 'C', unit: 'V', attempt: null },
      { campaign: 'D', unit: 'U', attempt: 2, occurredAt: 1767323045000006 },
    ]);
  });

  it.each([
    ['{', '', 'is not JSON'],
    ['[]', '', 'expected a JSON object'],
    ['{"type":"Nonsense"}', 'type', 'no event type'],
    ['{"type":"OperatorNoted"}', 'text', 'expected'],
    ['{"type":"OperatorNoted","text":"x","nonsense":1}', 'nonsense', 'no such field'],
    ['{"type":"OperatorNoted","text":"x","header":{"attempt":"one"}}', 'header.attempt', 'expected'],
    ['{"type":"OperatorNoted","text":"x","header":{"sequence":1}}', 'header.sequence', 'given by the outbox'],
    ['{"type":"OperatorNoted","text":"x","header":{"campaign":null}}', 'header.campaign', 'which campaign'],
    ['{"type":"OperatorNoted","text":"x","header":[]}', 'header', 'expected an object'],
    [JSON.stringify({ type: 'OperatorNoted', text: 'x'.repeat(300_000) }), '', 'an event may take'],
    ['x'.repeat(2 * 1024 * 1024 + 1), '', 'at most'],
  ])('refuse a bad line by number and field, and store what comes before it: %.40s', async (line, field, problem) => {
    const { drafts, error } = await emit(`${note('a')}\n${note('b')}\n\n${line}\n${note('c')}\n`, {}, 65_536);
    expect(drafts).toHaveLength(2);
    expect(error).toBeInstanceOf(EmitLineError);
    expect(error).toMatchObject({ line: 4, field, stored: 2 });
    expect((error as EmitLineError).message).toContain(problem);
    expect((error as EmitLineError).message).toContain('the 2 events before it are stored');
  });

  it('refuse bytes that are no UTF-8', async () => {
    const { error } = await emit(Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xff]), Buffer.from('"}\n')]));
    expect(error).toMatchObject({ line: 1, stored: 0 });
  });

  it('raise nothing but that error, whatever comes in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        fc.integer({ min: 1, max: 50 }),
        async (bytes, chunkBytes) => {
          const { error } = await emit(bytes, {}, chunkBytes);
          expect(error === null || error instanceof EmitLineError).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('are stored as they come, before the stream goes on', async () => {
    const texts: string[] = [];
    const storedBefore: number[] = [];
    async function* trickle(): AsyncGenerator<Uint8Array> {
      for (const text of ['a', 'b', 'c']) {
        storedBefore.push(texts.length);
        yield Buffer.from(`${note(text)}\n`);
        await Promise.resolve();
      }
    }
    await emitJsonLines(trickle(), defaults, (batch) => {
      texts.push(...batch.map((draft) => JSON.stringify(draft)));
      return Promise.resolve();
    });
    expect(storedBefore).toEqual([0, 1, 2]);
  });
});
