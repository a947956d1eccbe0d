/** Brokers that do not answer, and two of three that are killed: errors within the patience, and everything goes on. */
import { randomUUID } from 'node:crypto';
import { LedgerUnreachableError } from '../../ledger/errors';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { describeWithKafka, startKafka, type KafkaCluster } from '../support/kafkaBroker';
import { rawEvents } from '../support/rawEvents';
import { collect, eventsByProducer, toHex } from '../support/readLedger';
import { expectAllOnce, Writer } from '../support/writers';

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

describeWithKafka('a ledger on three brokers', () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    cluster = await startKafka({ count: 3 });
  }, 600_000);

  afterAll(async () => {
    await cluster.stop();
  });

  it('goes on without one of them, fails clearly without two, and loses nothing', async () => {
    const topic = `events-${randomUUID()}`;
    await (await openLedger(cluster.url(topic))).close();
    let ledger: Ledger | null = null;
    while (ledger === null) {
      // One of the three may not have heard of the new topic yet.
      ledger = await openLedger(cluster.url(topic, 'patienceSeconds=2')).catch(() => null);
    }
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
