/**
 * A live projector on Kafka: how long after an append is acknowledged its events are in the views, at 2,000 events/s; and
 * what four processes append into one topic together. The projector is the compiled command in a process of its own.
 * Prints a line of JSON.
 *
 *   npm run build && node -r ./scripts/typescript.cjs bench/kafkaLive.ts [EVENTS]
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { StateStore } from '../consumers/sqliteStore/stateStore';
import { openLedger } from '../ledger/openLedger';
import { startKafka, type KafkaCluster } from '../test/support/kafkaBroker';
import { rawEvents } from '../test/support/rawEvents';
import { temporaryFolder } from '../test/support/temporaryFolder';
import { hscShapedAppends } from './hscShapedEvents';

const eventsPerSecond = 2000;
const warmUpAppends = 40;
const latencyEvents = 40_000;
const producerProcesses = 4;
const eventsAtOnce = 500;
const eventBytes = 170;

/** An acknowledged append. */
interface Waiting {
  readonly producer: string;
  /** The views hold it once they hold this event of the producer. */
  readonly lastSequence: number;
  readonly acknowledgedAt: number;
}

/** Appends at a steady pace, into a topic as it is made by default, while another process projects. */
async function measureLatency(cluster: KafkaCluster, wanted: number): Promise<Record<string, number>> {
  const { folder, remove } = temporaryFolder();
  const url = cluster.url(`bench-${randomUUID()}`, 'partitions=12');
  const ledger = await openLedger(url);
  const file = path.join(folder, 'views.db');
  const command = [path.resolve(__dirname, '../dist/cli/main.js'), 'project', '--follow'];
  const projector = spawn(process.execPath, [...command, '--ledger', url, '--views', file], { stdio: 'ignore' });
  const waiting: Waiting[] = [];
  const millis: number[] = [];
  let appended = 0;
  let isOver = false;
  const watching = watchViews(file, waiting, millis, projector, () => isOver);
  let began = performance.now();
  for (const { producer, firstSequence, events } of hscShapedAppends(wanted)) {
    await sleep(Math.max(0, began + (1000 * appended) / eventsPerSecond - performance.now()));
    await ledger.append(producer, firstSequence, events);
    appended += events.length;
    const lastSequence = firstSequence + events.length - 1;
    waiting.push({ producer, lastSequence, acknowledgedAt: performance.now() });
    if (appended === events.length) {
      await untilVisible(waiting, watching); // the projector's process takes a while to be there
      began = performance.now();
    }
  }
  const took = performance.now() - began;
  isOver = true;
  await watching;
  projector.kill('SIGTERM');
  await once(projector, 'close');
  await ledger.close();
  remove();
  const counted = millis.slice(warmUpAppends).sort((a, b) => a - b);
  const quantile = (part: number): number => counted[Math.floor(part * (counted.length - 1))] ?? Infinity;
  return {
    kafkaVisibleMedianMillis: quantile(0.5),
    kafkaVisibleP99Millis: quantile(0.99),
    kafkaVisibleMostMillis: quantile(1),
    kafkaVisibleEventsPerSecond: Math.round((1000 * appended) / took),
  };
}

async function untilVisible(waiting: readonly Waiting[], watching: Promise<void>): Promise<void> {
  while (waiting.length > 0) {
    await Promise.race([sleep(5), watching]);
  }
}

/** Notes when the views hold what waits, until all is over and nothing waits. */
async function watchViews(
  file: string,
  waiting: Waiting[],
  millis: number[],
  projector: ChildProcess,
  isOver: () => boolean,
): Promise<void> {
  let views: StateStore | null = null;
  while (!isOver() || waiting.length > 0) {
    if (projector.exitCode !== null) {
      throw new Error(`the projector ended with exit code ${String(projector.exitCode)}`);
    }
    views ??= tryOpen(file);
    const held = views === null ? new Map<string, number>() : heldByViews(views);
    const now = performance.now();
    for (const [index, { producer, lastSequence, acknowledgedAt }] of [...waiting.entries()].reverse()) {
      if ((held.get(producer) ?? 0) >= lastSequence) {
        millis.push(now - acknowledgedAt);
        waiting.splice(index, 1);
      }
    }
    await sleep(2);
  }
  views?.close();
}

/** The last event of each producer that the views hold: of the view of jobs, as all views are committed together. */
function heldByViews(views: StateStore): ReadonlyMap<string, number> {
  const marks = views.query<{ producer: string; sequence: number }>(
    `SELECT producer, sequence FROM marks WHERE projection = 'jobs' AND place = 'live'`,
  );
  return new Map(marks.map(({ producer, sequence }) => [producer, sequence]));
}

function tryOpen(file: string): StateStore | null {
  try {
    return StateStore.openForReading(file);
  } catch {
    return null; // the projector has not made it yet
  }
}

/** Four processes that begin together. */
async function measureProducers(cluster: KafkaCluster, events: number): Promise<Record<string, number>> {
  const url = cluster.url(`bench-${randomUUID()}`, 'partitions=12');
  await (await openLedger(url)).close();
  const loader = path.resolve(__dirname, '../scripts/typescript.cjs');
  const each = Math.ceil(events / producerProcesses / eventsAtOnce) * eventsAtOnce;
  const children = Array.from({ length: producerProcesses }, () =>
    spawn(process.execPath, ['-r', loader, __filename, 'produce', url, String(each)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const outputs = children.map(({ stdout }) => createInterface({ input: stdout })[Symbol.asyncIterator]());
  await Promise.all(outputs.map((lines) => lines.next()));
  const began = performance.now();
  children.forEach(({ stdin }) => {
    stdin.write('go\n');
  });
  const cpuSeconds = await Promise.all(outputs.map(async (lines) => Number((await lines.next()).value)));
  const seconds = (performance.now() - began) / 1000;
  return {
    kafkaFourProcessesPerSecond: Math.round((producerProcesses * each) / seconds),
    kafkaFourProcessesCpuCores: cpuSeconds.reduce((sum, one) => sum + one, 0) / seconds,
  };
}

/** One of them: ready, waits for the word, appends, tells the CPU seconds that it took. */
async function produce(url: string, events: number): Promise<void> {
  const ledger = await openLedger(url);
  const producer = randomUUID();
  await ledger.append(producer, 1, rawEvents(producer, 1, 1));
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  const before = process.cpuUsage();
  for (let first = 2; first < 2 + events; first += eventsAtOnce) {
    await ledger.append(producer, first, rawEvents(producer, first, eventsAtOnce, randomBytes(eventBytes)));
  }
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${String((user + system) / 1e6)}\n`);
  await ledger.close();
  process.stdin.destroy();
}

async function main(events: number): Promise<void> {
  const cluster = await startKafka();
  try {
    const latency = await measureLatency(cluster, Math.min(events, latencyEvents));
    const producers = await measureProducers(cluster, events);
    process.stdout.write(`${JSON.stringify({ ...latency, ...producers })}\n`);
  } finally {
    await cluster.stop();
  }
}

const [, , first = '200000', url = '', events = '0'] = process.argv;
void (first === 'produce' ? produce(url, Number(events)) : main(Number(first)));
