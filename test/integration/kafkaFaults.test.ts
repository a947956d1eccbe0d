/** Brokers that are killed, stopped and cut off: what was acknowledged is there once, and everything goes on by itself. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError, LedgerUnreachableError } from '../../ledger/errors';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger, RecordedBatch } from '../../ledger/port';
import { describeWithKafka, startKafka, type KafkaCluster } from '../support/kafkaBroker';
import { rawEvents } from '../support/rawEvents';
import { collect, eventsByProducer, toHex } from '../support/readLedger';
import { startTcpProxy, type TcpProxy } from '../support/tcpProxy';

const eventsAtOnce = 10;

/** A writer that appends until it is told to stop; what fails in a way that may pass is sent again. */
class Writer {
  readonly producer = randomUUID();
  acknowledged = 0;
  readonly done: Promise<void>;
  private stopped = false;

  constructor(private readonly ledger: Ledger) {
    this.done = this.run();
  }

  stop(): Promise<void> {
    this.stopped = true;
    return this.done;
  }

  /** Resolves once so many more events are acknowledged. */
  async untilMore(events: number): Promise<void> {
    const goal = this.acknowledged + events;
    while (this.acknowledged < goal) {
      await Promise.race([sleep(10), this.done]);
    }
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const first = this.acknowledged + 1;
      try {
        await this.ledger.append(this.producer, first, rawEvents(this.producer, first, eventsAtOnce));
        this.acknowledged += eventsAtOnce;
      } catch (error) {
        if (!(error instanceof LedgerError) || !error.retriable) {
          throw error;
        }
      }
    }
  }
}

async function expectAllOnce(ledger: Ledger, writers: readonly Writer[]): Promise<void> {
  const stored = eventsByProducer(await collect(ledger.read(ledger.start)));
  for (const { producer, acknowledged } of writers) {
    const events = stored.get(producer) ?? [];
    expect(events.length).toBeGreaterThanOrEqual(acknowledged);
    expect(events).toEqual(rawEvents(producer, 1, events.length).map(toHex));
  }
}

describeWithKafka('a ledger on one broker', () => {
  let cluster: KafkaCluster;
  let opened: Ledger[] = [];

  beforeAll(async () => {
    cluster = await startKafka();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  afterEach(async () => {
    await Promise.all(opened.map((ledger) => ledger.close()));
    opened = [];
  });

  async function open(url: string): Promise<Ledger> {
    const ledger = await openLedger(url);
    opened.push(ledger);
    return ledger;
  }

  it('keeps what it acknowledged to 8 producers, once, through kill -9 of the broker; a follower goes on by itself', async () => {
    const url = cluster.url(`events-${randomUUID()}`);
    const ledgers = [await open(url), await open(url)];
    const reader = await open(url);
    const writers = Array.from({ length: 8 }, (_, index) => new Writer(ledgers[index % 2] ?? reader));
    const stop = new AbortController();
    const followed: RecordedBatch[] = [];
    const following = (async () => {
      const troubles = { signal: stop.signal, onTrouble: () => undefined };
      for await (const batch of reader.follow(reader.start, troubles)) {
        followed.push(batch);
      }
    })();
    for (let kill = 0; kill < 3; kill += 1) {
      await Promise.all(writers.map((writer) => writer.untilMore(50)));
      await cluster.kill(0);
      await cluster.restart(0);
    }
    await Promise.all(writers.map((writer) => writer.untilMore(50)));
    await Promise.all(writers.map((writer) => writer.stop()));
    await expectAllOnce(reader, writers);
    const stored = eventsByProducer(await collect(reader.read(reader.start)));
    const total = [...stored.values()].reduce((sum, events) => sum + events.length, 0);
    while (followed.reduce((sum, { events }) => sum + events.length, 0) < total) {
      await Promise.race([sleep(20), following]);
    }
    stop.abort();
    await following;
    expect(eventsByProducer(followed)).toEqual(stored);
  }, 600_000);

  it('waits out a broker that is stopped for some seconds', async () => {
    const ledger = await open(cluster.url(`events-${randomUUID()}`));
    const writers = [new Writer(ledger), new Writer(ledger)];
    await Promise.all(writers.map((writer) => writer.untilMore(50)));
    cluster.signal(0, 'SIGSTOP');
    await sleep(5_000);
    cluster.signal(0, 'SIGCONT');
    await Promise.all(writers.map((writer) => writer.untilMore(50)));
    await Promise.all(writers.map((writer) => writer.stop()));
    await expectAllOnce(ledger, writers);
  });

  it('says within its patience that a stopped broker does not answer, and goes on when it does', async () => {
    const ledger = await open(cluster.url(`events-${randomUUID()}`, 'partitions=3&patienceSeconds=1'));
    const producer = randomUUID();
    await ledger.append(producer, 1, rawEvents(producer, 1, 3));
    cluster.signal(0, 'SIGSTOP');
    try {
      const append = ledger.append(producer, 4, rawEvents(producer, 4, 3));
      await expect(append).rejects.toBeInstanceOf(LedgerUnreachableError);
    } finally {
      cluster.signal(0, 'SIGCONT');
    }
    let result: unknown = null;
    while (result === null) {
      result = await ledger.append(producer, 4, rawEvents(producer, 4, 3)).catch(() => null);
    }
    expect(eventsByProducer(await collect(ledger.read(ledger.start))).get(producer)).toEqual(
      rawEvents(producer, 1, 6).map(toHex),
    );
  });
});

describeWithKafka('a ledger behind a bad network', () => {
  let cluster: KafkaCluster;
  let proxy: TcpProxy;

  beforeAll(async () => {
    cluster = await startKafka({
      // Clients are sent to the proxy, which listens beside the broker's own port.
      properties: ({ spare }) => ({ 'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(spare)}` }),
      behindProxy: async ({ client, spare }) => {
        proxy = await startTcpProxy(spare, client);
      },
    });
  });

  afterAll(async () => {
    await cluster.stop();
    await proxy.close();
  });

  it('loses and doubles nothing through cuts and half-open links', async () => {
    const ledger = await openLedger(cluster.url(`events-${randomUUID()}`));
    const writers = [new Writer(ledger), new Writer(ledger), new Writer(ledger)];
    for (const fault of [proxy.cut, proxy.freeze, proxy.cut]) {
      await Promise.all(writers.map((writer) => writer.untilMore(30)));
      fault();
    }
    await Promise.all(writers.map((writer) => writer.untilMore(30)));
    await Promise.all(writers.map((writer) => writer.stop()));
    await expectAllOnce(ledger, writers);
    await ledger.close();
  }, 600_000);
});

describeWithKafka('a ledger on three brokers', () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    cluster = await startKafka({ count: 3 });
  }, 600_000);

  afterAll(async () => {
    await cluster.stop();
  });

  it('goes on without one of them, fails clearly without two, and loses nothing', async () => {
    const ledger = await openLedger(cluster.url(`events-${randomUUID()}`, 'partitions=3&patienceSeconds=2'));
    const writers = [new Writer(ledger), new Writer(ledger), new Writer(ledger), new Writer(ledger)];
    await Promise.all(writers.map((writer) => writer.untilMore(30)));
    await cluster.kill(2);
    await Promise.all(writers.map((writer) => writer.untilMore(30)));
    await Promise.all(writers.map((writer) => writer.stop()));
    await cluster.kill(1);
    const producer = randomUUID();
    const refused = ledger.append(producer, 1, rawEvents(producer, 1, 2));
    await expect(refused).rejects.toBeInstanceOf(LedgerUnreachableError);
    await Promise.all([cluster.restart(1), cluster.restart(2)]);
    let result: unknown = null;
    while (result === null) {
      result = await ledger.append(producer, 1, rawEvents(producer, 1, 2)).catch(() => null);
    }
    await expectAllOnce(ledger, writers);
    const stored = eventsByProducer(await collect(ledger.read(ledger.start))).get(producer);
    expect(stored).toEqual(rawEvents(producer, 1, 2).map(toHex));
    await ledger.close();
  }, 600_000);
});
