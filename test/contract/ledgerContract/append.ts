/** Promises 1 and 2: what is acknowledged is stored, and sending again is safe. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { SequenceConflictError, SequenceGapError } from '../../../ledger/errors';
import type { Ledger } from '../../../ledger/port';
import { rawEvent, rawEvents } from '../../support/rawEvents';
import { collect, eventsByProducer, toHex } from '../../support/readLedger';
import type { ContractContext } from '../ledgerContract';

async function storedHex(ledger: Ledger, producer: string): Promise<string[]> {
  return eventsByProducer(await collect(ledger.read(ledger.start))).get(producer) ?? [];
}

export function appendContract({ ledger, openAgain }: ContractContext): void {
  describe('append', () => {
    it('stores events byte for byte, in order, under any type', async () => {
      const producer = randomUUID();
      const events = [...rawEvents(producer, 1, 3), rawEvent(producer, 4, Buffer.alloc(200_000, 7))];
      const result = await ledger().append(producer, 1, events);
      expect(result).toMatchObject({ stored: 4, duplicates: 0 });
      expect(await storedHex(ledger(), producer)).toEqual(events.map(toHex));
    });

    it('keeps what it acknowledged when it is opened again', async () => {
      const producer = randomUUID();
      const events = rawEvents(producer, 1, 5);
      await ledger().append(producer, 1, events);
      await ledger().close();
      const again = await openAgain();
      expect(await storedHex(again, producer)).toEqual(events.map(toHex));
      expect((await again.lastSequences([producer])).get(producer)).toBe(5);
    });

    it('acknowledges events that are sent again and stores them once', async () => {
      const producer = randomUUID();
      const events = rawEvents(producer, 1, 5);
      const first = await ledger().append(producer, 1, events);
      expect(await ledger().append(producer, 1, events)).toEqual({ stored: 0, duplicates: 5, end: first.end });
      expect(await ledger().append(producer, 3, events.slice(2, 4))).toMatchObject({ stored: 0, duplicates: 2 });
      expect(await storedHex(ledger(), producer)).toEqual(events.map(toHex));
    });

    it('completes a batch of which the beginning is stored', async () => {
      const producer = randomUUID();
      const events = rawEvents(producer, 1, 9);
      await ledger().append(producer, 1, events.slice(0, 4));
      expect(await ledger().append(producer, 3, events.slice(2))).toMatchObject({ stored: 5, duplicates: 2 });
      expect(await storedHex(ledger(), producer)).toEqual(events.map(toHex));
    });

    it('refuses a jump ahead, naming both numbers, and stores nothing of it', async () => {
      const producer = randomUUID();
      await ledger().append(producer, 1, rawEvents(producer, 1, 2));
      const gap = ledger().append(producer, 5, rawEvents(producer, 5, 2));
      await expect(gap).rejects.toBeInstanceOf(SequenceGapError);
      await expect(gap).rejects.toMatchObject({ producer, expected: 3, got: 5, retriable: false });
      expect(await storedHex(ledger(), producer)).toHaveLength(2);
    });

    it('refuses other bytes under a stored identity, and stores nothing of that batch', async () => {
      const producer = randomUUID();
      const events = rawEvents(producer, 1, 4);
      await ledger().append(producer, 1, events);
      const other = [rawEvent(producer, 3), rawEvent(producer, 4, 'other'), rawEvent(producer, 5)];
      const conflict = ledger().append(producer, 3, other);
      await expect(conflict).rejects.toBeInstanceOf(SequenceConflictError);
      await expect(conflict).rejects.toMatchObject({ producer, sequence: 4, retriable: false });
      expect(await storedHex(ledger(), producer)).toEqual(events.map(toHex));
    });

    it('lets one of two writers that race for the same sequence win', async () => {
      const producer = randomUUID();
      const second = await openAgain();
      const contenders = ['one', 'two'].map((filling) => rawEvent(producer, 1, filling));
      const outcomes = await Promise.allSettled(
        [ledger(), second].map((writer, index) => writer.append(producer, 1, contenders.slice(index, index + 1))),
      );
      expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
      const stored = await storedHex(ledger(), producer);
      expect(stored).toHaveLength(1);
      expect(contenders.map(toHex)).toContain(stored[0]);
    });

    it('takes many concurrent appends of many producers', async () => {
      const producers = Array.from({ length: 20 }, () => randomUUID());
      await Promise.all(
        producers.map(async (producer) => {
          for (const first of [1, 4, 7]) {
            await ledger().append(producer, first, rawEvents(producer, first, 3));
          }
        }),
      );
      const stored = eventsByProducer(await collect(ledger().read(ledger().start)));
      for (const producer of producers) {
        expect(stored.get(producer)).toEqual(rawEvents(producer, 1, 9).map(toHex));
      }
    });

    it('takes the appends of one producer that do not wait for each other, in the order of the calls', async () => {
      const producer = randomUUID();
      const results = await Promise.all(
        [1, 2, 3, 4, 5].map((sequence) => ledger().append(producer, sequence, [rawEvent(producer, sequence)])),
      );
      expect(results.map(({ stored }) => stored)).toEqual([1, 1, 1, 1, 1]);
    });

    it('fails only the refused one of appends that were made together', async () => {
      const [good, bad] = [randomUUID(), randomUUID()];
      const outcomes = await Promise.allSettled([
        ledger().append(good, 1, rawEvents(good, 1, 2)),
        ledger().append(bad, 2, rawEvents(bad, 2, 2)),
        ledger().append(good, 3, rawEvents(good, 3, 2)),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await storedHex(ledger(), good)).toHaveLength(4);
      expect(await storedHex(ledger(), bad)).toHaveLength(0);
    });

    it('takes thousands of events at once', async () => {
      const producer = randomUUID();
      const events = rawEvents(producer, 1, 5000, Buffer.alloc(500, 3));
      expect(await ledger().append(producer, 1, events)).toMatchObject({ stored: 5000 });
      expect(await storedHex(ledger(), producer)).toEqual(events.map(toHex));
      expect(await ledger().append(producer, 4000, events.slice(3999))).toMatchObject({ duplicates: 1001 });
    });

    it('does nothing for no events', async () => {
      const producer = randomUUID();
      expect(await ledger().append(producer, 1, [])).toMatchObject({ stored: 0, duplicates: 0 });
      expect((await ledger().lastSequences([producer])).get(producer)).toBe(0);
    });

    it('knows the last sequence of each producer, 0 of an unknown one', async () => {
      const [known, unknown] = [randomUUID(), randomUUID()];
      await ledger().append(known, 1, rawEvents(known, 1, 3));
      expect(await ledger().lastSequences([known, unknown])).toEqual(
        new Map([
          [known, 3],
          [unknown, 0],
        ]),
      );
    });

    it('ends in the same events whatever is sent twice, too far ahead, contradicting or in pieces', async () => {
      await fc.assert(
        fc.asyncProperty(attempts, (sent) => checkAgainstModel(ledger(), sent)),
        { numRuns: 60 },
      );
    });
  });
}

/** One append of a producer's events; `filling` other than '' contradicts what was stored before. */
interface Attempt {
  readonly writer: number;
  readonly firstSequence: number;
  readonly count: number;
  readonly filling: string;
}

const attempts = fc.array(
  fc.record<Attempt>({
    writer: fc.nat(2),
    firstSequence: fc.integer({ min: 1, max: 12 }),
    count: fc.nat(6),
    filling: fc.oneof({ weight: 8, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constant('other') }),
  }),
  { maxLength: 12 },
);

/** The rule of promise 2 over a plain list, beside the ledger. */
async function checkAgainstModel(ledger: Ledger, sent: readonly Attempt[]): Promise<void> {
  const producers = [randomUUID(), randomUUID(), randomUUID()];
  const model = producers.map((): string[] => []);
  const before = await ledger.end();
  for (const { writer, firstSequence, count, filling } of sent) {
    const producer = producers[writer] ?? '';
    const stored = model[writer] ?? [];
    const events = rawEvents(producer, firstSequence, count, filling);
    const hex = events.map(toHex);
    const outcome = await ledger.append(producer, firstSequence, events).catch((error: unknown) => error);
    const overlap = stored.slice(firstSequence - 1, firstSequence - 1 + count);
    if (firstSequence > stored.length + 1) {
      expect(outcome).toBeInstanceOf(SequenceGapError);
    } else if (overlap.some((event, index) => event !== hex[index])) {
      expect(outcome).toBeInstanceOf(SequenceConflictError);
    } else {
      expect(outcome).toMatchObject({ stored: count - overlap.length, duplicates: overlap.length });
      stored.push(...hex.slice(overlap.length));
    }
  }
  const read = eventsByProducer(await collect(ledger.read(before)));
  expect(producers.map((producer) => read.get(producer) ?? [])).toEqual(model);
}
