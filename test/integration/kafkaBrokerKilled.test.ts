/**
 * A broker killed with kill -9 again and again while a campaign is written and projected: every acknowledged event is
 * there once, and the views are those of the same events in an embedded ledger.
 */
import { randomUUID } from 'node:crypto';
import { once, EventEmitter } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { followLedger } from '../../consumers/projector/projector';
import { queryLag } from '../../consumers/queries/lag';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { allProjections } from '../../projections';
import { encodeEvent, type LedgerEvent } from '../../schemas';
import { describeWithKafka, quickRestarts, startKafka, type KafkaCluster } from '../support/kafkaBroker';
import { collect, eventsByProducer, toHex } from '../support/readLedger';
import { simulated, smallSimulation, type Simulated } from '../support/simulations';
import { temporaryFolder } from '../support/temporaryFolder';
import { digestsOf } from '../support/viewFiles';
import { appendUntilTaken } from '../support/writers';

const kills = 20;
const writers = 8;
const eventsAtOnce = 5;

/** Lets writers through up to a number of events that grows with each life of the broker. */
class Pace {
  acknowledged = 0;
  private taken = 0;
  private readonly raised = new EventEmitter().setMaxListeners(writers);

  constructor(private allowed: number) {}

  async take(events: number): Promise<void> {
    while (this.taken >= this.allowed) {
      await once(this.raised, 'raised');
    }
    this.taken += events;
  }

  allowMore(events: number): void {
    this.allowed += events;
    this.raised.emit('raised');
  }
}

/** Each producer's events, in their order. */
function streamsOf(events: readonly LedgerEvent[]): LedgerEvent[][] {
  const streams = new Map<string, LedgerEvent[]>();
  for (const event of events) {
    const stream = streams.get(event.header.producer) ?? [];
    streams.set(event.header.producer, stream);
    stream.push(event);
  }
  return [...streams.values()];
}

/** Appends each producer's events from its first one on; what is not acknowledged is sent again. */
async function write(ledger: Ledger, streams: readonly (readonly LedgerEvent[])[], pace: Pace): Promise<void> {
  for (const stream of streams) {
    for (let done = 0; done < stream.length;) {
      const events = stream.slice(done, done + eventsAtOnce);
      await pace.take(events.length);
      await appendUntilTaken(ledger, stream[0]?.header.producer ?? '', done + 1, events.map(encodeEvent));
      pace.acknowledged += events.length;
      done += events.length;
    }
  }
}

describeWithKafka('a broker that is killed under load', () => {
  const { folder, remove } = temporaryFolder();
  let cluster: KafkaCluster;
  let onSqlite: Simulated;

  beforeAll(async () => {
    cluster = await startKafka({ properties: () => quickRestarts });
    onSqlite = await simulated({ ...smallSimulation, scale: 0.02, units: null });
  });

  afterAll(async () => {
    onSqlite.remove();
    await cluster.stop();
    remove();
  });

  it(`keeps what it acknowledged to ${String(writers)} producers, once, ${String(kills)} times; the views are right`, async () => {
    const url = cluster.url(`events-${randomUUID()}`);
    const ledgers = await Promise.all(Array.from({ length: writers }, () => openLedger(url)));
    const reader = await openLedger(url);
    const store = StateStore.openForWriting(path.join(folder, 'views.db'));
    const stop = new AbortController();
    const troubles = { onTrouble: () => undefined };
    const projecting = followLedger({ ledger: reader, store, projections: allProjections, ...troubles }, stop.signal);

    const streams = streamsOf(onSqlite.events);
    const eventsEachLife = Math.floor(onSqlite.events.length / (kills + 1));
    const pace = new Pace(eventsEachLife);
    const writing = Promise.all(
      ledgers.map((ledger, index) =>
        write(
          ledger,
          streams.filter((_, number) => number % writers === index),
          pace,
        ),
      ),
    );
    for (let kill = 0; kill < kills; kill += 1) {
      while (pace.acknowledged < (kill + 0.5) * eventsEachLife) {
        await Promise.race([sleep(5), writing, projecting]);
      }
      await cluster.kill(0); // while half of what this life is given is still to be sent
      await cluster.restart(0);

      pace.allowMore(kill === kills - 1 ? Infinity : eventsEachLife);
    }
    await writing;
    while ((await queryLag(store, reader)).lagEvents !== 0) {
      await Promise.race([sleep(50), projecting]);
    }
    stop.abort();
    await projecting;
    expect(digestsOf(store)).toEqual(onSqlite.digests);
    const stored = eventsByProducer(await collect(reader.read(reader.start)));
    expect(stored.size).toBe(streams.length);
    for (const stream of streams) {
      expect(stored.get(stream[0]?.header.producer ?? '')).toEqual(stream.map(encodeEvent).map(toHex));
    }
    store.close();
    await Promise.all([reader, ...ledgers].map((ledger) => ledger.close()));
  }, 1_800_000);
});
