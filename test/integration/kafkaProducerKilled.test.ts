/**
 * Producers killed with kill -9 between sending and being acknowledged: a proxy keeps the broker's answers back until the
 * events are seen in the log. Whoever takes over sends again what was not acknowledged.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { runScript } from '../support/childScript';
import { describeWithKafka } from '../support/kafkaBroker';
import { startProxiedKafka, type ProxiedKafka } from '../support/proxiedKafka';
import { rawEvents } from '../support/rawEvents';
import { collect, eventsByProducer, toHex } from '../support/readLedger';
import { transpiledCopy } from '../support/transpiledCopy';

const kills = 50;
const producersAtOnce = 5;
const eventsAtOnce = 5;
/** One of them may be noting where it stands instead, and then sends nothing while that answer is kept back. */
const longestHoldMillis = 2000;
const scripts = 'test/support/ledgerScripts';

/** One producer, whose process is killed again and again. */
interface Life {
  readonly producer: string;
  /** The last event that a process of it was told is stored. */
  acknowledged: number;
  /** The last event that the ledger held of it when the process before was dead. */
  stored: number;
}

describeWithKafka('a producer killed between sending and being acknowledged', () => {
  const copy = transpiledCopy([
    'schemas',
    'schemas/generated',
    'ledger',
    'ledger/sqlite',
    'ledger/kafka',
    'test/support',
    scripts,
  ]);
  let kafka: ProxiedKafka;

  beforeAll(async () => {
    kafka = await startProxiedKafka();
  });

  afterAll(async () => {
    await kafka.stop();
    copy.remove();
  });

  async function lastSequences(ledger: Ledger, lives: readonly Life[]): Promise<number[]> {
    const last = await ledger.lastSequences(lives.map(({ producer }) => producer));
    return lives.map(({ producer }) => last.get(producer) ?? 0);
  }

  /** @returns how many of the processes had sent what they were not told is stored */
  async function killAll(topic: string, ledger: Ledger, lives: readonly Life[]): Promise<number> {
    const children = lives.map(({ producer, acknowledged }) => {
      const args = [kafka.proxiedUrl(topic), producer, String(acknowledged + 1), String(eventsAtOnce)];
      return runScript(path.join(copy.root, scripts, 'appendFrom.js'), args, { env: copy.env });
    });
    // What was sent before is there already, and none of it is stored twice.
    expect(await Promise.all(children.map((child) => child.line(0)))).toEqual(
      lives.map(
        ({ acknowledged, stored }) => `acked ${String(acknowledged + eventsAtOnce)} ${String(stored - acknowledged)}`,
      ),
    );
    kafka.proxy.holdAnswers();
    const told = await lastSequences(ledger, lives);
    const until = performance.now() + longestHoldMillis;
    const isStoredOfAll = async (): Promise<boolean> =>
      (await lastSequences(ledger, lives)).every((stored, index) => stored > (told[index] ?? 0));
    while (!(await isStoredOfAll()) && performance.now() < until) {
      await sleep(5); // what is stored from now on, nobody is told
    }
    children.forEach((child) => child.process.kill('SIGKILL'));
    const ends = await Promise.all(children.map((child) => child.ended));
    kafka.proxy.cut();
    const stored = await lastSequences(ledger, lives);
    lives.forEach((life, index) => {
      const { signal, lines = [], stderr } = ends[index] ?? {};
      expect([signal, stderr]).toEqual(['SIGKILL', '']);
      life.acknowledged = Number(lines.at(-1)?.split(' ')[1]);
      life.stored = stored[index] ?? 0;
    });
    return lives.filter((life) => life.stored > life.acknowledged).length;
  }

  it(`loses and doubles nothing, ${String(kills)} times`, async () => {
    const topic = `events-${randomUUID()}`;
    const ledger = await openLedger(kafka.cluster.url(topic));
    const lives = Array.from({ length: producersAtOnce }, (): Life => ({
      producer: randomUUID(),
      acknowledged: 0,
      stored: 0,
    }));
    let killed = 0;
    while (killed < kills) {
      killed += await killAll(topic, ledger, lives);
    }
    const stored = eventsByProducer(await collect(ledger.read(ledger.start)));
    for (const life of lives) {
      expect(stored.get(life.producer)).toEqual(rawEvents(life.producer, 1, life.stored).map(toHex));
    }
    // Not even the log has any of them twice.
    const total = lives.reduce((sum, life) => sum + life.stored, 0);
    expect(await ledger.countBetween(ledger.start, await ledger.end())).toBe(total);
    await ledger.close();
  }, 1_800_000);
});
