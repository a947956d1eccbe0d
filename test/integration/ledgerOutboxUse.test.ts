/** What an outbox needs of the embedded ledger: sequences given inside the transaction, notes beside it, pruning. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { EventRefusedError, HistoryPrunedError } from '../../ledger/errors';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { runScript } from '../support/childScript';
import { rawEvent, rawEvents } from '../support/rawEvents';
import { collect, eventsByProducer, toHex } from '../support/readLedger';
import { temporaryFolder } from '../support/temporaryFolder';

describe('an embedded ledger used as an outbox', () => {
  const producer = randomUUID();
  let file = '';
  let remove: () => void = () => undefined;
  let ledger: SqliteLedger;

  beforeEach(() => {
    const made = temporaryFolder();
    remove = made.remove;
    file = path.join(made.folder, 'outbox.db');
    ledger = SqliteLedger.open(file);
  });

  afterEach(async () => {
    await ledger.close();
    remove();
  });

  it('gives the next sequence inside the transaction', async () => {
    await ledger.append(producer, 1, rawEvents(producer, 1, 3));
    expect(await ledger.appendNext(producer, (first) => rawEvents(producer, first, 2))).toMatchObject({ stored: 2 });
    const events = eventsByProducer(await collect(ledger.read(ledger.start))).get(producer);
    expect(events).toEqual(rawEvents(producer, 1, 5).map(toHex));
  });

  it('gives each of many appends made together its own sequences', async () => {
    await Promise.all(
      Array.from({ length: 50 }, () => ledger.appendNext(producer, (first) => rawEvents(producer, first, 2))),
    );
    expect(eventsByProducer(await collect(ledger.read(ledger.start))).get(producer)).toHaveLength(100);
  });

  it('gives sequences to many processes at once without a gap or a double', async () => {
    const script = path.resolve(__dirname, '../support/ledgerScripts/appendNext.ts');
    const children = Array.from({ length: 8 }, () => runScript(script, [file, producer, '25']));
    for (const { ended } of children) {
      expect(await ended).toMatchObject({ code: 0, stderr: '' });
    }
    expect(eventsByProducer(await collect(ledger.read(ledger.start))).get(producer)).toHaveLength(200);
    expect((await ledger.notes()).size).toBe(8);
  });

  it('changes notes together with the events, or neither', async () => {
    await ledger.appendNext(producer, (first, transaction) => {
      transaction.setNote('execution/1', 'alive');
      transaction.setNote('execution/2', 'alive');
      return [rawEvent(producer, first)];
    });
    await expect(
      ledger.appendNext(producer, (first, transaction) => {
        transaction.setNote('execution/3', 'alive');
        transaction.deleteNote('execution/1');
        throw new TypeError(`no event ${String(first)}`);
      }),
    ).rejects.toThrow('no event 2');
    await expect(
      ledger.appendNext(producer, (first, transaction) => {
        transaction.deleteNote('execution/1');
        return [rawEvent(producer, first + 1)];
      }),
    ).rejects.toBeInstanceOf(EventRefusedError);
    expect([...(await ledger.notes())]).toEqual([
      ['execution/1', 'alive'],
      ['execution/2', 'alive'],
    ]);
    await ledger.appendNext(producer, (_, transaction) => {
      expect(transaction.notes().get('execution/1')).toBe('alive');
      transaction.deleteNote('execution/1');
      return [];
    });
    expect([...(await ledger.notes()).keys()]).toEqual(['execution/2']);
    expect((await ledger.lastSequences([producer])).get(producer)).toBe(1);
  });

  it('takes back only the failed one of transactions made together', async () => {
    const outcomes = await Promise.allSettled([
      ledger.appendNext(producer, (first) => rawEvents(producer, first, 1)),
      ledger.appendNext(producer, (_, transaction) => {
        transaction.setNote('never', 'kept');
        throw new Error('meant to fail');
      }),
      ledger.appendNext(producer, (first) => rawEvents(producer, first, 1)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await ledger.notes()).size).toBe(0);
    expect((await ledger.lastSequences([producer])).get(producer)).toBe(2);
  });

  describe('when it is pruned', () => {
    let positions: string[] = [];

    beforeEach(async () => {
      positions = [];
      for (const first of [1, 4, 7, 10]) {
        positions.push((await ledger.append(producer, first, rawEvents(producer, first, 3))).end);
      }
    });

    it('keeps the batches that are not wholly below the mark', async () => {
      expect(await ledger.prune(producer, 8)).toBe(2);
      const rest = await collect(ledger.read(ledger.start, { known: new Map([[producer, 6]]) }));
      expect(eventsByProducer(rest).get(producer)).toEqual(rawEvents(producer, 7, 6).map(toHex));
      expect(await ledger.prune(producer, 8)).toBe(0);
    });

    it('remembers the last sequence and never hands out a position twice, also when nothing is left', async () => {
      expect(await ledger.prune(producer, 12)).toBe(4);
      await ledger.close();
      ledger = SqliteLedger.open(file);
      expect((await ledger.lastSequences([producer])).get(producer)).toBe(12);
      expect(await ledger.end()).toBe(positions[3]);
      expect(await collect(ledger.read(await ledger.end()))).toEqual([]);
      const { end } = await ledger.append(producer, 13, rawEvents(producer, 13, 1));
      expect(positions).not.toContain(end);
      expect(eventsByProducer(await collect(ledger.read(positions[3] ?? ''))).get(producer)).toHaveLength(1);
      expect(await ledger.countBetween(positions[3] ?? '', end)).toBe(1);
      expect(await ledger.countBetween(ledger.start, end)).toBeNull();
    });

    it('tells a reader that needs what is gone, but not one that has it', async () => {
      await ledger.prune(producer, 6);
      const lacking = collect(ledger.read(ledger.start));
      await expect(lacking).rejects.toBeInstanceOf(HistoryPrunedError);
      await expect(lacking).rejects.toMatchObject({ prunedThrough: new Map([[producer, 6]]) });
      await expect(collect(ledger.read(positions[0] ?? ''))).rejects.toBeInstanceOf(HistoryPrunedError);
      expect(eventsByProducer(await collect(ledger.read(positions[1] ?? ''))).get(producer)).toHaveLength(6);
      const known = new Map([[producer, 5]]);
      await expect(collect(ledger.read(ledger.start, { known }))).rejects.toBeInstanceOf(HistoryPrunedError);
    });

    it('acknowledges pruned events that are sent again', async () => {
      await ledger.prune(producer, 6);
      expect(await ledger.append(producer, 5, rawEvents(producer, 5, 9))).toMatchObject({ stored: 1, duplicates: 8 });
      expect(await ledger.append(producer, 1, rawEvents(producer, 1, 2))).toMatchObject({ stored: 0, duplicates: 2 });
    });
  });
});
