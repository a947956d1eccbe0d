/** Promise 6: what goes wrong has an error of its own, with the ledger's address and whether trying again can help. */
import { randomUUID } from 'node:crypto';
import {
  EventRefusedError,
  EventTooLargeError,
  LedgerError,
  LedgerRefusedError,
  type SequenceGapError,
} from '../../../ledger/errors';
import { maxEventBytes } from '../../../schemas/singleObject';
import { rawEvent, rawEvents } from '../../support/rawEvents';
import { collect } from '../../support/readLedger';
import type { ContractContext } from '../ledgerContract';

export function errorContract({ ledger }: ContractContext): void {
  describe('errors', () => {
    it('refuse what is no event', async () => {
      const producer = randomUUID();
      const bad = [
        Buffer.alloc(0),
        Buffer.from('c301'),
        Buffer.alloc(60),
        Buffer.from(rawEvent(producer, 1)).subarray(0, 26),
      ];
      for (const event of bad) {
        await expect(ledger().append(producer, 1, [event])).rejects.toBeInstanceOf(EventRefusedError);
      }
      expect((await ledger().lastSequences([producer])).get(producer)).toBe(0);
    });

    it('refuse a header that contradicts the arguments, and nothing of the batch is stored', async () => {
      const [producer, other] = [randomUUID(), randomUUID()];
      const contradictions = [
        [rawEvent(producer, 1), rawEvent(producer, 3)],
        [rawEvent(producer, 1), rawEvent(other, 2)],
        [rawEvent(producer, 2)],
        [rawEvent(producer, 1), rawEvent(producer, 1)],
      ];
      for (const events of contradictions) {
        await expect(ledger().append(producer, 1, events)).rejects.toBeInstanceOf(EventRefusedError);
      }
      expect(await collect(ledger().read(ledger().start))).toEqual([]);
    });

    it('refuse a producer that is no UUID and a sequence that is no count', async () => {
      const producer = randomUUID();
      for (const name of ['', 'me', producer.toUpperCase(), `${producer} `]) {
        await expect(ledger().append(name, 1, [])).rejects.toBeInstanceOf(EventRefusedError);
        await expect(ledger().lastSequences([name])).rejects.toBeInstanceOf(EventRefusedError);
      }
      for (const sequence of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
        await expect(ledger().append(producer, sequence, [])).rejects.toBeInstanceOf(EventRefusedError);
      }
    });

    it('refuse an event over the size limit and take one at the limit', async () => {
      const producer = randomUUID();
      const filling = maxEventBytes - rawEvent(producer, 1, '').length;
      const atLimit = rawEvent(producer, 1, Buffer.alloc(filling));
      const overLimit = rawEvent(producer, 1, Buffer.alloc(filling + 1));
      await expect(ledger().append(producer, 1, [overLimit])).rejects.toBeInstanceOf(EventTooLargeError);
      expect(await ledger().append(producer, 1, [atLimit])).toMatchObject({ stored: 1 });
    });

    it('carry the address and whether trying again can help', async () => {
      const producer = randomUUID();
      const error: unknown = await ledger()
        .append(producer, 7, rawEvents(producer, 7, 1))
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(LedgerError);
      const { address, retriable, message, name } = error as SequenceGapError;
      expect({ address, retriable, name }).toEqual({
        address: ledger().address,
        retriable: false,
        name: 'SequenceGapError',
      });
      expect(message).toContain(ledger().address);
    });

    it('meet every use of a closed ledger', async () => {
      const producer = randomUUID();
      const closed = ledger();
      await closed.close();
      await closed.close();
      const { signal } = new AbortController();
      for (const use of [
        () => closed.append(producer, 1, rawEvents(producer, 1, 1)),
        () => closed.lastSequences([producer]),
        () => closed.end(),
        () => collect(closed.read(closed.start)),
        () => collect(closed.follow(closed.start, { signal })),
      ]) {
        await expect(use()).rejects.toBeInstanceOf(LedgerRefusedError);
      }
    });

    it('finish what was begun before closing', async () => {
      const producer = randomUUID();
      const begun = ledger().append(producer, 1, rawEvents(producer, 1, 3));
      await ledger().close();
      expect(await begun).toMatchObject({ stored: 3 });
    });
  });
}
