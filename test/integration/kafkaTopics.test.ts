/** The topics of a ledger on Kafka: how they are made, which are refused, what is found in them without reading it all. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { ConfigResourceTypes, Kafka, logLevel, type Admin } from 'kafkajs';
import {
  LedgerDamagedError,
  LedgerRefusedError,
  LedgerUnreachableError,
  PositionError,
  SequenceConflictError,
  SequenceGapError,
} from '../../ledger/errors';
import { Fetcher } from '../../ledger/kafka/fetcher';
import { partitionOf } from '../../ledger/kafka/partitionOf';
import { ProducerIndex } from '../../ledger/kafka/producerIndex';
import { readSettings } from '../../ledger/kafka/settings';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger, LedgerDamage } from '../../ledger/port';
import { relay } from '../../ledger/relay';
import { describeWithKafka, startKafka, type KafkaCluster } from '../support/kafkaBroker';
import { rawEvent, rawEvents } from '../support/rawEvents';
import { collect, eventsByProducer, toHex } from '../support/readLedger';
import { temporaryFolder } from '../support/temporaryFolder';

describeWithKafka('a ledger on Kafka', () => {
  let cluster: KafkaCluster;
  let admin: Admin;
  let topic: string;
  let opened: Ledger[] = [];

  beforeAll(async () => {
    cluster = await startKafka();
    admin = await cluster.admin();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  beforeEach(() => {
    topic = `events-${randomUUID()}`;
  });

  afterEach(async () => {
    await Promise.all(opened.map((ledger) => ledger.close()));
    opened = [];
  });

  async function open(options?: string, mustExist = false): Promise<Ledger> {
    const ledger = await openLedger(cluster.url(topic, options), { mustExist });
    opened.push(ledger);
    return ledger;
  }

  async function createTopic(configEntries: { name: string; value: string }[], numPartitions = 3): Promise<void> {
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries }] });
  }

  async function produce(records: readonly { key: string; value: Uint8Array }[], partition: number): Promise<void> {
    const kafka = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: () => () => partition });
    await producer.connect();
    await producer.send({ topic, messages: records.map(({ key, value }) => ({ key, value: Buffer.from(value) })) });
    await producer.disconnect();
  }

  describe('its topics', () => {
    it('are made so that they keep every event', async () => {
      await open('partitions=5');
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      });
      const settings = new Map(resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue]));
      expect(Object.fromEntries(settings)).toMatchObject({
        'cleanup.policy': 'delete',
        'retention.ms': '-1',
        'retention.bytes': '-1',
        'unclean.leader.election.enable': 'false',
        'message.timestamp.type': 'LogAppendTime',
      });
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic, `${topic}.producers`] });
      expect(topics.map(({ partitions }) => partitions.length)).toEqual([5, 5]);
    });

    it('are not made for a ledger that must exist', async () => {
      await expect(open('partitions=3', true)).rejects.toThrow(/there is no ledger at kafka:.*check the topic's name/);
      expect(await admin.listTopics()).not.toContain(topic);
    });

    it('are refused where they would lose events, with every reason, unless told otherwise', async () => {
      await createTopic([
        { name: 'retention.ms', value: '86400000' },
        { name: 'cleanup.policy', value: 'compact,delete' },
      ]);
      const refused = open();
      await expect(refused).rejects.toBeInstanceOf(LedgerRefusedError);
      await expect(refused).rejects.toThrow(/cleanup\.policy is compact.*retention\.ms is 86400000/);
      const ledger = await open('unfit=accept');
      const producer = randomUUID();
      expect(await ledger.append(producer, 1, rawEvents(producer, 1, 2))).toMatchObject({ stored: 2 });
    });

    it('are refused once their number of partitions has changed', async () => {
      await (await open()).close();
      await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
      await expect(open()).rejects.toThrow(/made with 3 partitions and has 4 now|has 4 now/);
    });

    it('may be made by several processes at once: it is one ledger', async () => {
      const ledgers = await Promise.all([open(), open(), open(), open()]);
      expect(new Set(ledgers.map(({ start }) => start)).size).toBe(1);
    });

    it('that were made anew are another ledger: positions of the old one are refused', async () => {
      const old = await open();
      await old.close();
      await admin.deleteTopics({ topics: [topic, `${topic}.producers`] });
      let ledger: Ledger | null = null;
      while (ledger === null) {
        ledger = await open().catch(() => null); // the broker takes a moment to forget the old topics
      }
      await expect(collect(ledger.read(old.start))).rejects.toBeInstanceOf(PositionError);
    });

    it('that are made anew under an open ledger end its appends: the events before would be missing', async () => {
      const producer = randomUUID();
      const ledger = await open();
      await ledger.append(producer, 1, rawEvents(producer, 1, 3));
      await admin.deleteTopics({ topics: [topic, `${topic}.producers`] });
      let another: Ledger | null = null;
      while (another === null) {
        another = await open().catch(() => null);
      }
      const append = ledger.append(producer, 4, [rawEvent(producer, 4)]);
      await expect(append).rejects.toThrow(LedgerRefusedError);
      await expect(append).rejects.toThrow(/has lost its end.*made anew/);
    });

    it('of a broker that is not there are an error that says so within seconds', async () => {
      const nobody = openLedger('kafka://127.0.0.1:1/events?patienceSeconds=1');
      await expect(nobody).rejects.toBeInstanceOf(LedgerUnreachableError);
    });
  });

  describe('where its producers end', () => {
    it('is found without reading what others have appended', async () => {
      const settings = readSettings(cluster.url(topic, 'partitions=1'), {});
      const ledger = await open('partitions=1');
      const [early, many] = [randomUUID(), randomUUID()];
      await ledger.append(early, 1, rawEvents(early, 1, 7));
      for (let first = 1; first <= 20_000; first += 2_000) {
        await ledger.append(many, first, rawEvents(many, first, 2_000, 'x'));
      }
      await ledger.close(); // notes where both end
      const fetcher = new Fetcher(settings);
      const [, ledgerId = ''] = ledger.start.split(':');
      const index = new ProducerIndex({ address: settings.address, ledgerId, topic, partitionCount: 1 });
      const states = await index.lookUp(fetcher, [early, many, randomUUID()]);
      await fetcher.disconnect();
      const found = [...states.values()].map(({ sequence, recordsRead }) => ({ sequence, recordsRead }));
      expect(found.map(({ sequence }) => sequence)).toEqual([7, 20_000, 0]);
      const again = await open('partitions=1');
      expect(await again.append(early, 8, [rawEvent(early, 8)])).toMatchObject({ stored: 1 });
      expect(await again.append(many, 19_990, rawEvents(many, 19_990, 11, 'x'))).toMatchObject({ duplicates: 11 });
    });

    it('is noted: a second look reads nothing', async () => {
      const ledger = await open('partitions=1');
      const producer = randomUUID();
      await ledger.append(producer, 1, rawEvents(producer, 1, 100));
      await ledger.close();
      const fetcher = new Fetcher(readSettings(cluster.url(topic), {}));
      const [, ledgerId = ''] = ledger.start.split(':');
      const index = new ProducerIndex({ address: ledger.address, ledgerId, topic, partitionCount: 1 });
      expect((await index.lookUp(fetcher, [producer])).get(producer)).toMatchObject({ sequence: 100, recordsRead: 0 });
      await fetcher.disconnect();
    });

    it('is found anew where the notes are gone', async () => {
      const first = await open();
      const producers = [randomUUID(), randomUUID(), randomUUID()];
      for (const producer of producers) {
        await first.append(producer, 1, rawEvents(producer, 1, 10));
      }
      await first.close();
      await admin.deleteTopics({ topics: [`${topic}.producers`] });
      let again: Ledger | null = null;
      while (again === null) {
        again = await open().catch(() => null);
      }
      expect(await again.lastSequences(producers)).toEqual(new Map(producers.map((producer) => [producer, 10])));
    });

    it('decides about gaps and conflicts after a restart, too', async () => {
      const producer = randomUUID();
      const first = await open();
      await first.append(producer, 1, rawEvents(producer, 1, 5));
      await first.close();
      const again = await open();
      await expect(again.append(producer, 7, rawEvents(producer, 7, 1))).rejects.toBeInstanceOf(SequenceGapError);
      await expect(again.append(producer, 4, [rawEvent(producer, 4, 'other')])).rejects.toBeInstanceOf(
        SequenceConflictError,
      );
      expect(await again.append(producer, 4, rawEvents(producer, 4, 4))).toMatchObject({ stored: 2, duplicates: 2 });
    });

    it('is decided by the log where two claim the same sequence: one wins, the other is told', async () => {
      const rivals = await Promise.all([open(), open(), open()]);
      for (let round = 0; round < 10; round += 1) {
        const claim = randomUUID();
        const outcomes = await Promise.allSettled(
          rivals.map((rival, index) => rival.append(claim, 1, [rawEvent(claim, 1, `claimed by ${String(index)}`)])),
        );
        const losses = outcomes
          .filter((outcome) => outcome.status === 'rejected')
          .map(({ reason }) => reason as unknown);
        expect(losses).toHaveLength(rivals.length - 1);
        losses.forEach((loss) => {
          expect(loss).toBeInstanceOf(SequenceConflictError);
        });
      }
    });
  });

  describe('what readers meet', () => {
    it('is an error that says so where events have expired', async () => {
      const ledger = await open('partitions=1');
      const producer = randomUUID();
      await ledger.append(producer, 1, rawEvents(producer, 1, 10));
      await admin.fetchTopicOffsets(topic); // has the client look up who leads the topic
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
      const reading = collect(ledger.read(ledger.start));
      await expect(reading).rejects.toBeInstanceOf(LedgerDamagedError);
      await expect(reading).rejects.toThrow(/begins at offset 4.*expired or was deleted/);
      const { signal } = new AbortController();
      await expect(collect(ledger.follow(ledger.start, { signal }))).rejects.toThrow(/expired or was deleted/);
    });

    it('is damage where a record is no event, and the rest where damage is only reported', async () => {
      const ledger = await open('partitions=1');
      const producer = randomUUID();
      await ledger.append(producer, 1, rawEvents(producer, 1, 2));
      await produce([{ key: 'x', value: Buffer.from('no event') }], 0);
      await ledger.append(producer, 3, rawEvents(producer, 3, 2));
      await expect(collect(ledger.read(ledger.start))).rejects.toThrow(/a record is no event.*offset 2/);
      const damages: LedgerDamage[] = [];
      const read = await collect(ledger.read(ledger.start, { onDamage: (damage) => damages.push(damage) }));
      expect(eventsByProducer(read).get(producer)).toHaveLength(4);
      expect(damages).toHaveLength(1);
    });

    it('is each event once, and the other one reported, where a second writer got past all checks', async () => {
      const ledger = await open();
      const producer = randomUUID();
      const partition = partitionOf(producer, 3);
      await ledger.append(producer, 1, rawEvents(producer, 1, 3));
      await produce(
        [
          { key: producer, value: rawEvent(producer, 2) },
          { key: producer, value: rawEvent(producer, 3, 'other') },
        ],
        partition,
      );
      const damages: LedgerDamage[] = [];
      const batches = await collect(ledger.read(ledger.start, { onDamage: (damage) => damages.push(damage) }));
      expect(eventsByProducer(batches).get(producer)).toEqual(rawEvents(producer, 1, 3).map(toHex));
      expect(damages).toMatchObject([{ producer, firstSequence: 3, lastSequence: 3 }]);
      // Nothing lies between what the reader has and the end, though the log goes on.
      expect(await ledger.countBetween(batches.at(-1)?.position ?? '', await ledger.end())).toBe(0);
    });
  });

  it('is relayed from an embedded one and back, byte for byte', async () => {
    const { folder, remove } = temporaryFolder();
    const from = await openLedger(`sqlite:${path.join(folder, 'from.db')}`);
    const back = await openLedger(`sqlite:${path.join(folder, 'back.db')}`);
    opened.push(from, back);
    const producers = Array.from({ length: 9 }, () => randomUUID());
    for (const first of [1, 31, 61]) {
      for (const producer of producers) {
        await from.append(producer, first, rawEvents(producer, first, 30));
      }
    }
    const kafka = await open();
    expect(await relay(from, kafka)).toMatchObject({ events: 810, stored: 810 });
    expect(await relay(from, kafka)).toMatchObject({ events: 810, stored: 0 });
    expect(await relay(kafka, back)).toMatchObject({ stored: 810 });
    const before = eventsByProducer(await collect(from.read(from.start)));
    expect(eventsByProducer(await collect(back.read(back.start)))).toEqual(before);
    remove();
  });
});
