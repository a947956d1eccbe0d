/**
 * The ledger on Kafka against bare kafkajs on the same broker: appending and reading the same bytes in the same batches.
 * The two take turns, so that a busy machine slows both. Prints a line of JSON.
 *
 *   node -r ./scripts/typescript.cjs bench/kafka.ts [EVENTS]
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { openLedger } from '../ledger/openLedger';
import { startKafka, type KafkaCluster } from '../test/support/kafkaBroker';
import { rawEvents } from '../test/support/rawEvents';

const eventsAtOnce = 500;
const eventBytes = 170;

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function measure(cluster: KafkaCluster, events: number): Promise<Record<string, number>> {
  const topic = `bench-${randomUUID()}`;
  const bareTopic = `${topic}-bare`;
  const ledger = await openLedger(cluster.url(topic, 'partitions=1'));
  const kafka = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: bareTopic, numPartitions: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer({ maxInFlightRequests: 1, createPartitioner: () => () => 0 });
  await producer.connect();
  const name = randomUUID();
  let appendSeconds = 0;
  let bareAppendSeconds = 0;
  for (let first = 1; first <= events; first += eventsAtOnce) {
    const batch = rawEvents(name, first, eventsAtOnce, randomBytes(eventBytes));
    const messages = batch.map((value) => ({ key: name, value: Buffer.from(value) }));
    bareAppendSeconds += await seconds(async () => {
      await producer.send({ topic: bareTopic, acks: -1, compression: CompressionTypes.GZIP, messages });
    });
    appendSeconds += await seconds(async () => {
      await ledger.append(name, first, batch);
    });
  }
  await producer.disconnect();
  let readSeconds = Infinity;
  let bareReadSeconds = Infinity;
  for (let round = 0; round < 3; round += 1) {
    bareReadSeconds = Math.min(bareReadSeconds, await readBare(kafka, bareTopic, events));
    readSeconds = Math.min(
      readSeconds,
      await seconds(async () => {
        let seen = 0;
        for await (const batch of ledger.read(ledger.start)) {
          seen += batch.events.length;
        }
        if (seen !== events) {
          throw new Error(`${String(seen)} of ${String(events)} events were read`);
        }
      }),
    );
  }
  await ledger.close();
  return {
    kafkaAppendRatio: bareAppendSeconds / appendSeconds,
    kafkaReadRatio: bareReadSeconds / readSeconds,
    kafkaAppendedPerSecond: Math.round(events / appendSeconds),
    kafkaReadPerSecond: Math.round(events / readSeconds),
  };
}

/** From the first batch, so that joining the group does not count. */
async function readBare(kafka: Kafka, topic: string, events: number): Promise<number> {
  const consumer = kafka.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let began = 0;
  let seen = 0;
  const took = await new Promise<number>((resolve, reject) => {
    consumer.on('consumer.group_join', () => {
      began = performance.now();
    });
    consumer
      .run({
        autoCommit: false,
        eachBatch: ({ batch }) => {
          seen += batch.messages.length;
          if (seen === events) {
            resolve((performance.now() - began) / 1000);
          }
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return took;
}

async function main(): Promise<void> {
  const events = Number(process.argv[2] ?? 100_000);
  const cluster = await startKafka();
  try {
    process.stdout.write(`${JSON.stringify(await measure(cluster, events))}\n`);
  } finally {
    await cluster.stop();
  }
}

void main();
