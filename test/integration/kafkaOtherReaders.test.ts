/** Clients that are not ours read the topic: kcat for the bytes, Avro's own decoder in Java for the content. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { readSchemaFiles } from '../../scripts/generateEvents';
import { openLedger } from '../../ledger/openLedger';
import { simulateHscRc1 } from '../../producers/simulator/simulateHscRc1';
import { decodeEvent } from '../../schemas';
import { readIdentity } from '../../schemas/singleObject';
import { allGoldenExamples } from '../support/goldenExamples';
import { describeWithKafka, kafkaClassPath, startKafka, type KafkaCluster } from '../support/kafkaBroker';
import { collect } from '../support/readLedger';
import { smallSimulation } from '../support/simulations';

const schemas = path.resolve(__dirname, '../../schemas');
const javaReader = path.resolve(__dirname, '../support/kafka/ReadEvents.java');
const maxOutputBytes = 256 * 1024 * 1024;

function run(command: string, args: readonly string[], input: Buffer = Buffer.alloc(0)): Buffer {
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, maxBuffer: maxOutputBytes });
  if (error !== undefined || status !== 0) {
    throw new Error(`${command} ended with ${String(status)}\n${error?.message ?? stderr.toString()}`);
  }
  return stdout;
}

/** What Avro's own decoder finds in messages that stand behind their lengths. */
function decodedByAvro(framed: Buffer): unknown[] {
  const files = readSchemaFiles().map(({ file }) => path.join(schemas, file));
  const lines = run('java', ['-cp', kafkaClassPath, javaReader, ...files], framed).toString('utf8');
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** Our own reading of a message, in the shape of the other one. */
function decodedHere(event: Uint8Array): Record<string, unknown> {
  const { type, ...fields } = decodeEvent(event);
  return { [`org.tractledger.${type}`]: JSON.parse(JSON.stringify(fields)) as unknown };
}

function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}

/** Undoes {@link framed} for many. */
function messagesOf(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    messages.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return messages;
}

/** By producer and sequence: clients read the partitions in whatever order. */
function byIdentity(messages: readonly Uint8Array[]): Uint8Array[] {
  const placed = messages.map((message) => ({ message, ...readIdentity(message) }));
  placed.sort((a, b) => (a.producer === b.producer ? a.sequence - b.sequence : a.producer < b.producer ? -1 : 1));
  return placed.map(({ message }) => message);
}

describeWithKafka(
  'readers that are not ours',
  () => {
    let cluster: KafkaCluster;
    const topic = `events-${randomUUID()}`;
    let ours: Uint8Array[] = [];

    beforeAll(async () => {
      cluster = await startKafka();
      const ledger = await openLedger(cluster.url(topic));
      await simulateHscRc1(ledger, smallSimulation);
      ours = (await collect(ledger.read(ledger.start))).flatMap(({ events }) => [...events]);
      await ledger.close();
    });

    afterAll(async () => {
      await cluster.stop();
    });

    function kcat(format: string): Buffer {
      return run('kcat', ['-C', '-q', '-e', '-b', cluster.brokers.join(','), '-t', topic, '-o', 'beginning', '-f', format]); // prettier-ignore
    }

    it('get each event byte for byte with kcat, and its content from the schemas with Avro for Java', () => {
      const received = kcat('%R%s');
      expect(ours.length).toBeGreaterThan(1000);
      expect(Buffer.concat(byIdentity(messagesOf(received)))).toEqual(Buffer.concat(byIdentity(ours)));
      const theirs = decodedByAvro(received);
      expect(theirs).toEqual(messagesOf(received).map(decodedHere));
    });

    it('find the producer as the key, and all events of one in one partition, in their order', () => {
      const records = kcat('%k %p %o\n').toString().trimEnd().split('\n');
      const partitions = new Map<string, Set<string>>();
      for (const record of records) {
        const [key = '', partition = ''] = record.split(' ');
        partitions.set(key, (partitions.get(key) ?? new Set()).add(partition));
      }
      expect([...partitions.keys()].sort()).toEqual([...new Set(ours.map((event) => readIdentity(event).producer))].sort()); // prettier-ignore
      expect([...partitions.values()].every(({ size }) => size === 1)).toBe(true);
      const next = new Map<string, number>();
      for (const message of messagesOf(kcat('%R%s'))) {
        const { producer, sequence } = readIdentity(message);
        expect(sequence).toBe(next.get(producer) ?? 1);
        next.set(producer, sequence + 1);
      }
    });

    it('decode every version of every event that was ever published', () => {
      const examples = allGoldenExamples();
      const theirs = decodedByAvro(Buffer.concat(examples.map(({ bytes }) => framed(bytes))));
      expect(theirs).toHaveLength(examples.length);
      examples.forEach(({ bytes }, index) => {
        // What an older version does not know is null to us and absent to them.
        expect(decodedHere(bytes)).toMatchObject(theirs[index] as object);
      });
    });
  },
  ['kcat', 'javac'],
);
