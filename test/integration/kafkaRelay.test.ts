/** Relays to and from a real broker, killed anywhere: each event once, in order, byte for byte. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { chanceOf } from '../support/chance';
import { runScript } from '../support/childScript';
import { describeWithKafka, startKafka, type KafkaCluster } from '../support/kafkaBroker';
import { rawEvents } from '../support/rawEvents';
import { collect, eventsByProducer } from '../support/readLedger';
import { runCli } from '../support/runCli';
import { temporaryFolder } from '../support/temporaryFolder';
import { transpiledCopy } from '../support/transpiledCopy';

const chance = chanceOf(__filename);

const kills = 6;
const scripts = 'test/support/ledgerScripts';

describeWithKafka('a relay', () => {
  const copy = transpiledCopy(['schemas', 'schemas/generated', 'ledger', 'ledger/sqlite', 'ledger/kafka', scripts]);
  const { folder, remove } = temporaryFolder();
  let cluster: KafkaCluster;
  let opened: Ledger[] = [];

  beforeAll(async () => {
    cluster = await startKafka();
  });

  afterEach(async () => {
    await Promise.all(opened.map((ledger) => ledger.close()));
    opened = [];
  });

  afterAll(async () => {
    await cluster.stop();
    copy.remove();
    remove();
  });

  async function open(url: string): Promise<Ledger> {
    const ledger = await openLedger(url);
    opened.push(ledger);
    return ledger;
  }

  const sqlite = (): string => `sqlite:${path.join(folder, `${randomUUID()}.db`)}`;
  const kafka = (options?: string): string => cluster.url(`events-${randomUUID()}`, options);

  const eventsOf = async (ledger: Ledger): Promise<Map<string, string[]>> =>
    new Map([...eventsByProducer(await collect(ledger.read(ledger.start)))].sort());

  /** Producers that take turns until the signal aborts. @returns how many events there are then */
  async function write(ledger: Ledger, signal: AbortSignal): Promise<number> {
    const producers = Array.from({ length: 5 }, () => randomUUID());
    let first = 1;
    for (; !signal.aborted; first += 4) {
      for (const producer of producers) {
        await ledger.append(producer, first, rawEvents(producer, first, 4));
      }
      await sleep(2);
    }
    return producers.length * (first - 1);
  }

  it.each([
    ['an embedded ledger to Kafka', sqlite, kafka],
    ['Kafka to an embedded ledger', kafka, sqlite],
  ])(`from %s, killed ${String(kills)} times while more is appended, ends in the same events`, async (_, from, to) => {
    const urls = [from(), to()];
    const [source, target] = [await open(urls[0] ?? ''), await open(urls[1] ?? '')];
    const done = new AbortController();
    const writing = write(source, done.signal);
    try {
      for (let kill = 0; kill < kills; kill += 1) {
        const relaying = runScript(path.join(copy.root, scripts, 'relayUntilKilled.js'), urls, { env: copy.env });
        if (kill > 0) {
          await relaying.line(chance.below(10));
        }
        await sleep(chance.fraction() * 300);
        relaying.process.kill('SIGKILL');
        expect((await relaying.ended).signal).toBe('SIGKILL');
      }
    } finally {
      done.abort();
      await writing;
    }
    const { exitCode, stdout } = await runCli(['relay', urls[0] ?? '', '--ledger', urls[1] ?? '', '--json'], {
      cwd: folder,
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ events: await writing });
    expect(await eventsOf(target)).toEqual(await eventsOf(source));
  });
});
