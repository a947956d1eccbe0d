/** Promises 3 and 4: each event once and in order, from any position, with marks; positions name their ledger. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { PositionError } from '../../../ledger/errors';
import type { Ledger, Position, RecordedBatch } from '../../../ledger/port';
import { rawEvents } from '../../support/rawEvents';
import { collect, eventsByProducer, toHex } from '../../support/readLedger';
import type { ContractContext } from '../ledgerContract';

/** The clock may be that of another machine. */
const clockToleranceMicros = 180_000_000;

async function fill(ledger: Ledger, producers: readonly string[], counts: readonly number[]): Promise<Position> {
  let end = ledger.start;
  const next = new Map(producers.map((producer) => [producer, 1]));
  for (const [index, count] of counts.entries()) {
    const producer = producers[index % producers.length] ?? '';
    const first = next.get(producer) ?? 1;
    ({ end } = await ledger.append(producer, first, rawEvents(producer, first, count)));
    next.set(producer, first + count);
  }
  return end;
}

/** The marks of a reader that has read these batches. */
function marksOf(batches: readonly RecordedBatch[]): Map<string, number> {
  return new Map(batches.map(({ producer, firstSequence, events }) => [producer, firstSequence + events.length - 1]));
}

export function readContract(context: ContractContext): void {
  const { ledger, openAgain, openOther } = context;

  describe('read', () => {
    it('has nothing to read in an empty ledger', async () => {
      expect(await collect(ledger().read(ledger().start))).toEqual([]);
      expect(await collect(ledger().read(await ledger().end()))).toEqual([]);
    });

    it('delivers each event once with the time of recording', async () => {
      const producers = [randomUUID(), randomUUID()];
      const before = Date.now() * 1000;
      await fill(ledger(), producers, [3, 1, 4, 1, 5]);
      const batches = await collect(ledger().read(ledger().start));
      const events = eventsByProducer(batches);
      expect(events.get(producers[0] ?? '')).toEqual(rawEvents(producers[0] ?? '', 1, 12).map(toHex));
      expect(events.get(producers[1] ?? '')).toEqual(rawEvents(producers[1] ?? '', 1, 2).map(toHex));
      for (const { recordedAtMicros } of batches) {
        expect(Number.isSafeInteger(recordedAtMicros)).toBe(true);
        expect(Math.abs(recordedAtMicros - before)).toBeLessThan(clockToleranceMicros);
      }
    });

    it('ends where the ledger ended at the call, however many readings begin at once', async () => {
      const producer = randomUUID();
      await ledger().append(producer, 1, rawEvents(producer, 1, 2));
      const readings = Array.from({ length: 8 }, () => ledger().read(ledger().start));
      await ledger().append(producer, 3, rawEvents(producer, 3, 2));
      for (const reading of readings) {
        const read = eventsByProducer(await collect(reading)).get(producer) ?? [];
        expect(read).toEqual(rawEvents(producer, 1, 2).map(toHex));
      }
    });

    it('resumes from every position, also after being opened again', async () => {
      await fill(ledger(), [randomUUID(), randomUUID(), randomUUID()], [2, 3, 1, 1, 4, 2, 5]);
      const all = await collect(ledger().read(ledger().start));
      const again = await openAgain();
      for (const [index, { position }] of all.entries()) {
        const rest = await collect(again.read(position));
        expect(rest.flatMap(({ events }) => events.map(toHex))).toEqual(
          all.slice(index + 1).flatMap(({ events }) => events.map(toHex)),
        );
      }
      expect(all.at(-1)?.position).toBe(await again.end());
    });

    it('leaves out what the reader has by its marks, also from within a batch', async () => {
      const producers = [randomUUID(), randomUUID()];
      await fill(ledger(), producers, [5, 4, 3, 2]);
      const total = [8, 6];
      await fc.assert(
        fc.asyncProperty(fc.nat(8), fc.nat(6), async (...known) => {
          const marks = new Map(producers.map((producer, index) => [producer, known[index] ?? 0]));
          const events = eventsByProducer(await collect(ledger().read(ledger().start, { known: marks })));
          for (const [index, producer] of producers.entries()) {
            const from = known[index] ?? 0;
            const expected = rawEvents(producer, from + 1, (total[index] ?? 0) - from).map(toHex);
            expect(events.get(producer) ?? []).toEqual(expected);
          }
        }),
        { numRuns: 30 },
      );
    });

    it('gives a reader that stops anywhere and resumes with position and marks every event once', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 10 }),
          fc.integer({ min: 1, max: 3 }),
          fc.nat(30),
          async (counts, producerCount, stopAfter) => {
            const before = await ledger().end();
            const producers = Array.from({ length: producerCount }, () => randomUUID());
            await fill(ledger(), producers, counts);
            const first = await collect(ledger().read(before), stopAfter);
            const from = first.at(-1)?.position ?? before;
            const rest = await collect(ledger().read(from, { known: marksOf(first) }));
            const events = [...eventsByProducer([...first, ...rest]).values()].flat();
            expect(events).toHaveLength(counts.reduce((sum, count) => sum + count, 0));
          },
        ),
        { numRuns: 30 },
      );
    });

    it('may be left at any batch and read by several at once', async () => {
      const producer = randomUUID();
      await fill(ledger(), [producer], [5, 5, 5]);
      const [left, whole, other] = await Promise.all([
        collect(ledger().read(ledger().start), 1),
        collect(ledger().read(ledger().start)),
        collect(ledger().read(ledger().start)),
      ]);
      expect(left.length).toBeLessThanOrEqual(whole.length);
      expect(eventsByProducer(whole)).toEqual(eventsByProducer(other));
      expect(eventsByProducer(whole).get(producer)).toHaveLength(15);
    });
  });

  describe('positions', () => {
    it('are strings that survive JSON', async () => {
      await fill(ledger(), [randomUUID()], [2]);
      for (const position of [ledger().start, await ledger().end()]) {
        expect(typeof position).toBe('string');
        expect(JSON.parse(JSON.stringify(position))).toBe(position);
      }
    });

    it('are told by append: reading from there gives what came after', async () => {
      const producer = randomUUID();
      const { end } = await ledger().append(producer, 1, rawEvents(producer, 1, 2));
      await ledger().append(producer, 3, rawEvents(producer, 3, 2));
      const rest = eventsByProducer(await collect(ledger().read(end, { known: new Map([[producer, 2]]) })));
      expect(rest.get(producer)).toEqual(rawEvents(producer, 3, 2).map(toHex));
    });

    it('of another ledger are refused', async () => {
      const other = await openOther();
      const producer = randomUUID();
      await other.append(producer, 1, rawEvents(producer, 1, 2));
      await ledger().append(producer, 1, rawEvents(producer, 1, 2));
      for (const foreign of [other.start, await other.end()]) {
        await expect(collect(ledger().read(foreign))).rejects.toBeInstanceOf(PositionError);
        await expect(ledger().countBetween(foreign, await ledger().end())).rejects.toBeInstanceOf(PositionError);
        const { signal } = new AbortController();
        await expect(collect(ledger().follow(foreign, { signal }))).rejects.toBeInstanceOf(PositionError);
      }
    });

    it('that are none are refused', async () => {
      for (const rubbish of ['', '0', 'null', `${ledger().start}x`, '-1', '{}']) {
        await expect(collect(ledger().read(rubbish))).rejects.toBeInstanceOf(PositionError);
      }
    });

    it('tell how many events lie between them, where that is cheap', async () => {
      const producers = [randomUUID(), randomUUID()];
      await fill(ledger(), producers, [3, 4]);
      const middle = await ledger().end();
      const end = await fill(ledger(), [randomUUID()], [5]);
      expect([12, null]).toContain(await ledger().countBetween(ledger().start, end));
      expect([5, null]).toContain(await ledger().countBetween(middle, end));
      expect([0, null]).toContain(await ledger().countBetween(end, end));
    });
  });
}
