/** The relay: every event of one ledger in another, once, in order, byte for byte, whatever happens on the way. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { HistoryPrunedError, LedgerUnreachableError, SequenceConflictError } from '../../ledger/errors';
import type { Ledger } from '../../ledger/port';
import { relay, type RelayProgress } from '../../ledger/relay';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { chanceOf } from '../support/chance';
import { runScript } from '../support/childScript';
import { flakyLedger, type Weather } from '../support/flakyLedger';
import { rawEvents } from '../support/rawEvents';
import { collect, eventsByProducer } from '../support/readLedger';
import { temporaryFolder } from '../support/temporaryFolder';

const chance = chanceOf(__filename);

const kills = 25;

describe('the relay', () => {
  const producers = [randomUUID(), randomUUID(), randomUUID()];
  let folder = '';
  let remove: () => void = () => undefined;
  let from: SqliteLedger;
  let to: SqliteLedger;

  beforeEach(() => {
    ({ folder, remove } = temporaryFolder());
    from = SqliteLedger.open(path.join(folder, 'from.db'));
    to = SqliteLedger.open(path.join(folder, 'to.db'));
  });

  afterEach(async () => {
    await Promise.all([from.close(), to.close()]);
    remove();
  });

  async function fill(ledger: Ledger, rounds: number, eventsPerBatch = 3): Promise<void> {
    const last = await ledger.lastSequences(producers);
    for (let round = 0; round < rounds; round += 1) {
      for (const producer of producers) {
        const first = (last.get(producer) ?? 0) + round * eventsPerBatch + 1;
        await ledger.append(producer, first, rawEvents(producer, first, eventsPerBatch));
      }
    }
  }

  async function fillUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await fill(from, 1);
      await sleep(5);
    }
  }

  async function expectSame(): Promise<void> {
    const [source, target] = await Promise.all(
      [from, to].map(async (ledger) => eventsByProducer(await collect(ledger.read(ledger.start)))),
    );
    expect(target).toEqual(source);
  }

  it('copies everything, and nothing a second time', async () => {
    await fill(from, 20);
    const first = await relay(from, to);
    expect(first).toMatchObject({ events: 180, stored: 180, position: await from.end() });
    await expectSame();
    expect(await relay(from, to)).toMatchObject({ events: 180, stored: 0 });
    await fill(from, 1);
    expect(await relay(from, to, { startAt: first.position })).toMatchObject({ events: 9, stored: 9 });
    await expectSame();
  });

  it('copies into a ledger that has other producers and part of these', async () => {
    await fill(from, 5);
    await fill(to, 2, 2);
    const other = randomUUID();
    await to.append(other, 1, rawEvents(other, 1, 4));
    await relay(from, to);
    for (const producer of producers) {
      expect((await to.lastSequences([producer])).get(producer)).toBe(15);
    }
  });

  it('takes a saved position only as a hint', async () => {
    await fill(from, 4);
    const ahead = await from.end();
    await fill(from, 1);
    // Nothing of what the hint promises is there.
    expect(await relay(from, to, { startAt: ahead })).toMatchObject({ stored: 45 });
    await expectSame();
    expect(await relay(from, to, { startAt: to.start })).toMatchObject({ stored: 0 });
  });

  it('tells its progress only for what the target holds', async () => {
    await fill(from, 10);
    const told: RelayProgress[] = [];
    await relay(from, to, { onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toMatchObject({ events: 90, stored: 90, position: await from.end() });
    const other = SqliteLedger.open(path.join(folder, 'other.db'));
    for (const { position } of told.slice(0, 3)) {
      await relay(from, other);
      expect(await relay(from, other, { startAt: position })).toMatchObject({ stored: 0 });
    }
    await other.close();
  });

  it('travels many small batches of one producer as few appends', async () => {
    const [producer = ''] = producers;
    for (let first = 1; first <= 300; first += 1) {
      await from.append(producer, first, rawEvents(producer, first, 1));
    }
    const told: RelayProgress[] = [];
    await relay(from, to, { onProgress: (progress) => told.push(progress) });
    expect(told.length).toBeLessThan(30);
    await expectSame();
  });

  it('fails when the target has other events under the same identities', async () => {
    const [producer = ''] = producers;
    await from.append(producer, 1, rawEvents(producer, 1, 3));
    await to.append(producer, 1, rawEvents(producer, 1, 1, 'other'));
    // What the target has is not compared; what is sent and contradicts is.
    await relay(from, to);
    const racing: Ledger = {
      ...flakyLedger(to, () => 'fair'),
      lastSequences: () => Promise.resolve(new Map([[producer, 0]])),
    };
    await expect(relay(from, racing)).rejects.toBeInstanceOf(SequenceConflictError);
  });

  it('follows until its signal aborts', async () => {
    await fill(from, 2);
    const stop = new AbortController();
    let relayed = 0;
    const running = relay(from, to, {
      follow: true,
      signal: stop.signal,
      onProgress: ({ events }) => (relayed = events),
    });
    await fill(from, 5);
    while (relayed < 63) {
      await sleep(5);
    }
    stop.abort();
    expect(await running).toMatchObject({ stored: 63 });
    await expectSame();
  });

  it('waits, while it follows, for a target that is away, and ends even then when told', async () => {
    await fill(from, 2);
    let weather: Weather = 'lostBefore';
    const troubles: unknown[] = [];
    const stop = new AbortController();
    const running = relay(
      from,
      flakyLedger(to, () => weather),
      {
        follow: true,
        signal: stop.signal,
        onTrouble: (error) => {
          troubles.push(error);
          weather = troubles.length < 2 ? 'lostAfter' : 'fair';
        },
        onProgress: ({ events }) => {
          if (events === 18) {
            stop.abort();
          }
        },
      },
    );
    await running;
    expect(troubles.length).toBeGreaterThanOrEqual(2);
    await expectSame();

    const away = new AbortController();
    await fill(from, 1);
    const waiting = relay(
      from,
      flakyLedger(to, () => 'lostBefore'),
      {
        follow: true,
        signal: away.signal,
        onTrouble: () => {
          away.abort();
        },
      },
    );
    await waiting;
  });

  it('fails, when it does not follow, for a target that is away', async () => {
    await fill(from, 1);
    const away = relay(
      from,
      flakyLedger(to, () => 'lostBefore'),
    );
    await expect(away).rejects.toBeInstanceOf(LedgerUnreachableError);
  });

  it('ends in the same events wherever it fails and is started again', async () => {
    await fill(from, 6);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Weather>('fair', 'fair', 'lostBefore', 'lostAfter'), { maxLength: 20 }),
        async (forecast) => {
          const target = SqliteLedger.open(path.join(folder, `${randomUUID()}.db`));
          const days = [...forecast];
          const flaky = flakyLedger(target, () => days.shift() ?? 'fair');
          for (let done = false; !done;) {
            done = await relay(from, flaky).then(
              () => true,
              () => false,
            );
          }
          const [source, copy] = await Promise.all(
            [from, target].map(async (ledger) => eventsByProducer(await collect(ledger.read(ledger.start)))),
          );
          expect(copy).toEqual(source);
          await target.close();
        },
      ),
      { numRuns: 20 },
    );
  });

  it('drains an outbox that is pruned behind it, and goes on after', async () => {
    const [producer = ''] = producers;
    await from.append(producer, 1, rawEvents(producer, 1, 10));
    await relay(from, to);
    await from.prune(producer, (await to.lastSequences([producer])).get(producer) ?? 0);
    expect(await relay(from, to)).toMatchObject({ events: 0, stored: 0 });
    await from.append(producer, 11, rawEvents(producer, 11, 5));
    expect(await relay(from, to)).toMatchObject({ stored: 5 });
    expect(eventsByProducer(await collect(to.read(to.start))).get(producer)).toHaveLength(15);
  });

  it('says so when a pruned outbox meets a target that lacks what was pruned', async () => {
    const [producer = ''] = producers;
    await from.append(producer, 1, rawEvents(producer, 1, 10));
    await from.prune(producer, 10);
    await expect(relay(from, to)).rejects.toBeInstanceOf(HistoryPrunedError);
  });

  it(`loses and doubles nothing when it is killed ${String(kills)} times, with two at once`, async () => {
    const script = path.resolve(__dirname, '../support/ledgerScripts/relayUntilKilled.ts');
    const urls = [`sqlite:${path.join(folder, 'from.db')}`, `sqlite:${path.join(folder, 'to.db')}`];
    const done = new AbortController();
    const filler = fillUntil(done.signal);
    try {
      for (let kill = 0; kill < kills; kill += 1) {
        const pair = [runScript(script, urls), runScript(script, urls)];
        await Promise.all(pair.map((child) => child.line(0)));
        await sleep(chance.fraction() * 20);
        for (const { process: child } of pair) {
          child.kill('SIGKILL');
        }
        for (const { ended } of pair) {
          expect(await ended).toMatchObject({ signal: 'SIGKILL', stderr: '' });
        }
      }
    } finally {
      done.abort();
      await filler;
    }
    await relay(from, to);
    await expectSame();
  });
});
