/** A bad network between clients and broker, and either of the two paused: nothing lost, nothing doubled, no silence. */
import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger, RecordedBatch } from '../../ledger/port';
import { runScript, type ChildScript } from '../support/childScript';
import { describeWithKafka } from '../support/kafkaBroker';
import { startProxiedKafka, type ProxiedKafka } from '../support/proxiedKafka';
import { rawEvent, rawEvents } from '../support/rawEvents';
import { collect, eventsByProducer, toHex } from '../support/readLedger';
import { transpiledCopy } from '../support/transpiledCopy';
import { expectAllOnce, Writer } from '../support/writers';

const pauseMillis = 30_000;
const scripts = 'test/support/ledgerScripts';

/** A producer and events of 20 kB that cannot be made smaller. */
function incompressible(count: number): [string, Uint8Array[]] {
  const producer = randomUUID();
  return [producer, Array.from({ length: count }, (_, index) => rawEvent(producer, index + 1, randomBytes(20_000)))];
}

/** Follows a ledger from its start on and keeps what comes, and what it is told of troubles. */
class Follower {
  readonly batches: RecordedBatch[] = [];
  readonly troubles: string[] = [];
  private readonly stopping = new AbortController();
  private readonly following: Promise<void>;

  constructor(private readonly ledger: Ledger) {
    this.following = this.follow();
  }

  async untilEvents(count: number): Promise<void> {
    while (this.batches.reduce((sum, { events }) => sum + events.length, 0) < count) {
      await Promise.race([sleep(20), this.following]);
    }
  }

  async stop(): Promise<Map<string, string[]>> {
    this.stopping.abort();
    await this.following;
    return eventsByProducer(this.batches);
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    const onTrouble = ({ message }: Error): void => {
      this.troubles.push(message);
    };
    for await (const batch of this.ledger.follow(this.ledger.start, { signal, onTrouble })) {
      this.batches.push(batch);
    }
  }
}

describeWithKafka('a ledger behind a bad network', () => {
  const copy = transpiledCopy([
    'schemas',
    'schemas/generated',
    'ledger',
    'ledger/sqlite',
    'ledger/kafka',
    'test/support',
    scripts,
  ]);
  const running = new Set<ChildScript>();
  let kafka: ProxiedKafka;
  let opened: Ledger[] = [];

  beforeAll(async () => {
    kafka = await startProxiedKafka();
  });

  afterEach(async () => {
    running.forEach((child) => child.process.kill('SIGKILL'));
    running.clear();
    await Promise.all(opened.map((ledger) => ledger.close()));
    opened = [];
  });

  afterAll(async () => {
    await kafka.stop();
    copy.remove();
  });

  async function open(url: string): Promise<Ledger> {
    const ledger = await openLedger(url);
    opened.push(ledger);
    return ledger;
  }

  function start(script: string, args: readonly string[]): ChildScript {
    const child = runScript(path.join(copy.root, scripts, script), args, { env: copy.env });
    running.add(child);
    return child;
  }

  it('loses and doubles nothing through cuts and half-open links', async () => {
    const ledger = await open(kafka.proxiedUrl(`events-${randomUUID()}`));
    const writers = [new Writer(ledger), new Writer(ledger), new Writer(ledger)];
    for (const fault of [kafka.proxy.cut, kafka.proxy.freeze, kafka.proxy.cut]) {
      await Promise.all(writers.map((writer) => writer.untilMore(30)));
      fault();
    }
    await Promise.all(writers.map((writer) => writer.untilMore(30)));
    await Promise.all(writers.map((writer) => writer.stop()));
    await expectAllOnce(ledger, writers);
  }, 600_000);

  it('appends and reads megabytes over a slow link, in requests that are over in time', async () => {
    const topic = `events-${randomUUID()}`;
    const [near, far] = [await open(kafka.cluster.url(topic)), await open(kafka.proxiedUrl(topic))];
    const history = new Map(Array.from({ length: 3 }, () => incompressible(40)));
    for (const [producer, events] of history) {
      await near.append(producer, 1, events);
    }
    kafka.proxy.slowDown({ bytesPerSecond: 100_000, delayMillis: 100 });
    try {
      const follower = new Follower(far);
      const [producer, events] = incompressible(30);
      await far.append(producer, 1, events);
      await follower.untilEvents(3 * 40 + events.length);
      expect(follower.troubles).toEqual([]);
      const expected = [...history.set(producer, events)].map(([name, sent]) => [name, sent.map(toHex)] as const);
      expect(await follower.stop()).toEqual(new Map(expected));
    } finally {
      kafka.proxy.slowDown(null);
    }
  }, 600_000);

  it('goes on by itself after 30 s without the broker, of which followers tell, and after 30 s without its clients', async () => {
    const topic = `events-${randomUUID()}`;
    const url = kafka.cluster.url(topic);
    const ledger = await open(url);
    const writers = [new Writer(ledger), new Writer(ledger)];
    const follower = new Follower(await open(url));
    const paused = randomUUID();
    const clients = [start('appendFrom.js', [url, paused, '1', '5']), start('followEvents.js', [url, '1000000000'])];
    await Promise.all([...writers.map((writer) => writer.untilMore(50)), ...clients.map((client) => client.line(5))]);

    clients.forEach((client) => client.process.kill('SIGSTOP'));
    await sleep(pauseMillis / 2);
    await Promise.all(writers.map((writer) => writer.untilMore(50))); // others do not notice
    kafka.cluster.signal(0, 'SIGSTOP');
    await sleep(pauseMillis / 2);
    clients.forEach((client) => client.process.kill('SIGCONT'));
    await sleep(pauseMillis / 2);
    while (!follower.troubles.join().includes('did not answer')) {
      await sleep(100);
    }
    kafka.cluster.signal(0, 'SIGCONT');

    const written = clients.map(({ lines }) => lines.length);
    await Promise.all([
      ...writers.map((writer) => writer.untilMore(50)),
      ...clients.map((client, index) => client.line((written[index] ?? 0) + 5)),
    ]);
    await Promise.all(writers.map((writer) => writer.stop()));
    const [appending] = clients;
    appending?.process.kill('SIGKILL');
    await appending?.ended;
    await expectAllOnce(ledger, writers);
    const stored = eventsByProducer(await collect(ledger.read(ledger.start)));
    const events = stored.get(paused) ?? [];
    expect(events).toEqual(rawEvents(paused, 1, events.length).map(toHex));
    await follower.untilEvents([...stored.values()].reduce((sum, { length }) => sum + length, 0));
    expect(await follower.stop()).toEqual(stored);
  }, 600_000);
});
