/** Promise 5: history, then what comes, without a gap between the two. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedBatch } from '../../../ledger/port';
import { rawEvents } from '../../support/rawEvents';
import { collect, eventsByProducer, toHex } from '../../support/readLedger';
import type { ContractContext } from '../ledgerContract';

export function followContract({ ledger, openAgain }: ContractContext): void {
  describe('follow', () => {
    it('delivers history, then what another opening of the ledger appends', async () => {
      const producer = randomUUID();
      await ledger().append(producer, 1, rawEvents(producer, 1, 4));
      const writer = await openAgain();
      const following = collect(ledger().follow(ledger().start, { signal: new AbortController().signal }), 10);
      await writer.append(producer, 5, rawEvents(producer, 5, 3));
      await sleep(30);
      await writer.append(producer, 8, rawEvents(producer, 8, 3));
      expect(eventsByProducer(await following).get(producer)).toEqual(rawEvents(producer, 1, 10).map(toHex));
    });

    it('misses nothing while appends go on as it passes from history to live', async () => {
      const producers = [randomUUID(), randomUUID()];
      const writer = await openAgain();
      const appending = [ledger(), writer].map(async (appender, index) => {
        const producer = producers[index] ?? '';
        for (let first = 1; first <= 97; first += 3) {
          await appender.append(producer, first, rawEvents(producer, first, 3));
        }
      });
      const followers = [0, 5, 20].map(async (delayMillis) => {
        await sleep(delayMillis);
        return collect(ledger().follow(ledger().start, { signal: new AbortController().signal }), 198);
      });
      await Promise.all(appending);
      for (const batches of await Promise.all(followers)) {
        const events = eventsByProducer(batches);
        for (const producer of producers) {
          expect(events.get(producer)).toEqual(rawEvents(producer, 1, 99).map(toHex));
        }
      }
    });

    it('honours marks', async () => {
      const producer = randomUUID();
      await ledger().append(producer, 1, rawEvents(producer, 1, 6));
      const { signal } = new AbortController();
      const batches = await collect(ledger().follow(ledger().start, { signal, known: new Map([[producer, 4]]) }), 2);
      expect(eventsByProducer(batches).get(producer)).toEqual(rawEvents(producer, 5, 2).map(toHex));
    });

    it('ends without an error when its signal aborts: before, while it waits, and between two batches', async () => {
      const producer = randomUUID();
      for (const first of [1, 3, 5]) {
        await ledger().append(producer, first, rawEvents(producer, first, 2));
      }
      expect(await collect(ledger().follow(ledger().start, { signal: AbortSignal.abort() }))).toEqual([]);

      const waiting = new AbortController();
      const end = collect(ledger().follow(await ledger().end(), { signal: waiting.signal }));
      await sleep(20);
      waiting.abort();
      expect(await end).toEqual([]);

      const between = new AbortController();
      const seen: RecordedBatch[] = [];
      for await (const batch of ledger().follow(ledger().start, { signal: between.signal })) {
        seen.push(batch);
        between.abort();
      }
      expect(seen).toHaveLength(1);
    });
  });
}
