/**
 * A node on which 100 sidecars end at once while the broker is away for a minute: all of them end as their jobs did, say
 * where their events are, and the node's agent brings them once the broker is back.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { decodeEvent, type LedgerEvent } from '../../schemas';
import { execCode, ExecWorld, ofType, until } from '../support/execWorld';
import { describeWithKafka, startKafka, type KafkaCluster } from '../support/kafkaBroker';
import { collect, eventsByProducer } from '../support/readLedger';
import { jsonLines } from '../support/runCli';
import type { TranspiledCopy } from '../support/transpiledCopy';

const sidecars = 100;
const awayMillis = 60_000;

describeWithKafka('a node whose broker is away for a minute', () => {
  const topic = `events-${randomUUID()}`;
  let code: TranspiledCopy;
  let world: ExecWorld;
  let cluster: KafkaCluster;
  let ledger: Ledger;
  let env: Record<string, string> = {};

  beforeAll(async () => {
    code = execCode();
    world = new ExecWorld(code);
    cluster = await startKafka();
    env = { TRACTLEDGER_URL: cluster.url(topic), TRACTLEDGER_KAFKA_PATIENCE_SECONDS: '2' };
    ledger = await openLedger(cluster.url(topic));
  });

  afterAll(async () => {
    await ledger.close();
    await cluster.stop();
    world.remove();
    code.remove();
  });

  const job = (n: number): string[] => ['--campaign', 'C', '--unit', 'U', '--task', 'T', '--data-id', `n=${String(n)}`];

  async function eventsInLedger(): Promise<LedgerEvent[]> {
    const batches = await collect(ledger.read(ledger.start));
    expect(eventsByProducer(batches).size).toBe(1); // and they are in order
    return batches.flatMap(({ events }) => events.map((event) => decodeEvent(event)));
  }

  it(`has the events of ${String(sidecars)} sidecars once, over a connection that its agent keeps`, async () => {
    const agent = world.startCli(['relay', '--follow'], { env });
    let log = '';
    agent.process.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const told = (message: string): Record<string, unknown>[] =>
      jsonLines((log.match(/^\{.*\}$/gm) ?? []).join('\n')).filter(({ msg }) => msg === message);
    const untilDrained = (): Promise<void> =>
      until(async () => {
        expect([agent.process.exitCode, log]).toEqual([null, log]);
        return (await world.waiting()).length === 0;
      });
    const runAndDrain = async (n: number): Promise<void> => {
      await world.exec([...job(n), '--no-drain'], ['true'], { env });
      await untilDrained();
    };
    for (const n of [1, 2, 3]) {
      await runAndDrain(n);
    }
    expect(told('opened the ledger')).toHaveLength(1);

    const killedAt = performance.now();
    await cluster.kill(0);
    const ends = await Promise.all(
      Array.from({ length: sidecars }, (_, n) =>
        world.exec(job(100 + n), ['sh', '-c', `exit ${String(n % 2)}`], { env }),
      ),
    );
    expect(ends.map(({ exitCode }) => exitCode)).toEqual(ends.map((_, n) => n % 2));
    expect(ends.filter(({ stderr }) => !stderr.includes('events wait in'))).toEqual([]);
    const waiting = await world.waiting();
    expect(ofType(waiting, 'ExecutionStarted')).toHaveLength(sidecars);
    await sleep(Math.max(0, awayMillis - (performance.now() - killedAt)));
    await until(() => told('the ledger takes no events for now; trying again').some((line) => line['waiting'] === waiting.length)); // prettier-ignore
    await cluster.restart(0);
    await untilDrained();
    expect(told('opened the ledger').length).toBeGreaterThan(1);

    const openedBefore = told('opened the ledger').length;
    for (const n of [4, 5, 6]) {
      await runAndDrain(n);
    }
    expect(told('opened the ledger')).toHaveLength(openedBefore);
    agent.process.kill('SIGTERM');
    expect((await agent.ended).exitCode).toBe(0);
    const events = await eventsInLedger();
    expect(new Set(ofType(events, 'ExecutionStarted').map(({ execution }) => execution)).size).toBe(sidecars + 6);
    expect(ofType(events, 'ExecutionSucceeded')).toHaveLength(sidecars / 2 + 6);
    expect(ofType(events, 'ExecutionFailed')).toHaveLength(sidecars / 2);
  }, 1_800_000);
});
