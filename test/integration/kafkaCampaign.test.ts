/**
 * The model campaign, made small, through a real broker, projected live by other processes while it is written: the
 * views are those of the same campaign in an embedded ledger.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { queryLag } from '../../consumers/queries/lag';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { simulateHscRc1 } from '../../producers/simulator/simulateHscRc1';
import { allProjections } from '../../projections';
import { chanceOf } from '../support/chance';
import { runScript, type ChildScript } from '../support/childScript';
import { describeWithKafka, startKafka, type KafkaCluster } from '../support/kafkaBroker';
import { simulated, smallSimulation } from '../support/simulations';
import { temporaryFolder } from '../support/temporaryFolder';
import { transpiledCopy } from '../support/transpiledCopy';
import { digestsOf } from '../support/viewFiles';

const chance = chanceOf(__filename);

const scripts = 'test/support/projectorScripts';
const kills = 50;
const killed = ['killed-0', 'killed-1'];
const stormReaders = 5;
const simulation = { ...smallSimulation, scale: 0.03, units: null, faults: new Set(['reordered'] as const) };

describeWithKafka('a campaign written through Kafka', () => {
  const copy = transpiledCopy([
    'schemas',
    'schemas/generated',
    'ledger',
    'ledger/sqlite',
    'ledger/kafka',
    'projections',
    ...allProjections.map(({ name }) => `projections/${name}`),
    'consumers/sqliteStore',
    'consumers/projector',
    scripts,
  ]);
  const { folder, remove } = temporaryFolder();
  const url = (cluster: KafkaCluster, topic: string): string => cluster.url(topic, 'partitions=3');
  const topic = `events-${randomUUID()}`;
  const running = new Set<ChildScript>();
  let cluster: KafkaCluster;
  let ledger: Ledger;
  let expected: Record<string, string> = {};

  beforeAll(async () => {
    cluster = await startKafka();
    ledger = await openLedger(url(cluster, topic));
    const onSqlite = await simulated(simulation);
    expected = { ...onSqlite.digests };
    onSqlite.remove();
  });

  afterAll(async () => {
    for (const { process: child } of running) {
      child.kill('SIGKILL');
    }
    await ledger.close();
    await cluster.stop();
    copy.remove();
    remove();
  });

  /** @param dieAt the commit instead of which it kills itself */
  function keepViews(name: string, batchEvents: number, dieAt = 0): ChildScript {
    const script = path.join(copy.root, scripts, 'keepViews.js');
    const args = [url(cluster, topic), path.join(folder, `${name}.db`), String(batchEvents), 'follow', String(dieAt)];
    const child = runScript(script, args, { env: copy.env });
    running.add(child);
    return child;
  }

  async function kill(child: ChildScript): Promise<void> {
    child.process.kill('SIGKILL');
    const { signal, stderr } = await child.ended;
    running.delete(child);
    expect({ signal, stderr }).toMatchObject({ signal: 'SIGKILL' }); // it has not ended by itself before
  }

  /** Whether the views hold all that the ledger holds now. */
  async function isWhole(name: string): Promise<boolean> {
    const file = path.join(folder, `${name}.db`);
    if (!existsSync(file)) {
      return false;
    }
    let views: StateStore;
    try {
      views = StateStore.openForReading(file);
    } catch {
      return false; // the file is there, its tables are not yet
    }
    try {
      return (await queryLag(views, ledger)).lagEvents === 0;
    } finally {
      views.close();
    }
  }

  /** Lives of one projector, each ended after applying and before committing what comes after none or one commit. */
  async function liveAndDie(name: string, lives: number): Promise<void> {
    for (let life = 0; life < lives; life += 1) {
      const commits = life % 2;
      const { signal, lines, stderr } = await keepViews(name, 1 + chance.below(200), commits + 1).ended;
      expect({ signal, commits: lines.length, stderr }).toEqual({ signal: 'SIGKILL', commits, stderr: '' });
    }
  }

  async function digestsOfWhole(name: string, child: ChildScript): Promise<Record<string, string>> {
    while (!(await isWhole(name))) {
      expect(child.process.exitCode).toBeNull();
      await sleep(100);
    }
    await kill(child);
    const views = StateStore.openForReading(path.join(folder, `${name}.db`));
    try {
      return digestsOf(views);
    } finally {
      views.close();
    }
  }

  it(`has the views that it has on SQLite: live, after ${String(kills)} kills between applying and committing, after a storm of readers`, async () => {
    const live = keepViews('live', 10_000);
    const writing = simulateHscRc1(ledger, simulation);
    await Promise.all(killed.map((name) => liveAndDie(name, kills / killed.length)));
    const storm = Array.from({ length: stormReaders }, (_, reader) => keepViews(`storm-${String(reader)}`, 500));
    for (const reader of storm) {
      await reader.line(0);
      await kill(reader);
    }
    await writing;
    expect(await digestsOfWhole('live', live)).toEqual(expected);
    for (const name of killed) {
      expect(await digestsOfWhole(name, keepViews(name, 10_000))).toEqual(expected);
    }
    expect(await digestsOfWhole('storm-0', keepViews('storm-0', 10_000))).toEqual(expected);
  }, 1_800_000);
});
