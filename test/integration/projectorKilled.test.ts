/** A projector that is killed at any instant, with kill -9, goes on where its last commit was. */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { project } from '../../consumers/projector/projector';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import { openLedger } from '../../ledger/openLedger';
import { allProjections } from '../../projections';
import { chanceOf } from '../support/chance';
import { runScript, type ChildScript } from '../support/childScript';
import { temporaryFolder } from '../support/temporaryFolder';
import { transpiledCopy } from '../support/transpiledCopy';
import { digestsOf } from '../support/viewFiles';

const chance = chanceOf(__filename);

const scripts = 'test/support/projectorScripts';
/** What the projector's process needs, transpiled once: it is started some sixty times. */
const copy = transpiledCopy([
  'schemas',
  'schemas/generated',
  'ledger',
  'ledger/sqlite',
  'projections',
  ...allProjections.map(({ name }) => `projections/${name}`),
  'consumers/sqliteStore',
  'consumers/projector',
  scripts,
]);
const followerKills = 50;
const rebuildKills = 8;
const { folder, remove } = temporaryFolder();
const url = `sqlite:${path.join(folder, 'ledger.db')}`;
const views = path.join(folder, 'views.db');
afterAll(() => {
  remove();
  copy.remove();
});

/** How many lives ended while they had something to do, and how far the views were at each end. */
interface Lives {
  readonly killedAfterCommits: number[];
  readonly eventsAtDeath: number[];
}

it('ends in the digests of an undisturbed run, killed 50 times while another process appends', async () => {
  const appender = runScript(path.resolve(__dirname, '../..', scripts, 'appendCampaigns.ts'), [url, '20151']);
  await appender.line(2);
  const lives = await followAndKill(followerKills, appender);
  appender.process.stdin?.end();
  const { code, stderr, lines } = await appender.ended;
  expect([code, stderr]).toEqual([0, '']);
  const expected = await undisturbed(path.join(folder, 'undisturbed.db'));
  expect(expected.events).toBe(Number(lines.at(-1)?.split(' ')[1]));

  expect(lives.killedAfterCommits).toHaveLength(followerKills);
  expect(lives.eventsAtDeath).toEqual([...lives.eventsAtDeath].sort((a, b) => a - b)); // never a step back
  expect(new Set(lives.eventsAtDeath).size).toBeGreaterThan(followerKills / 2); // each life brought them on
  expect(Math.max(...lives.eventsAtDeath)).toBeLessThanOrEqual(expected.events);
  expect(await undisturbed(views)).toEqual(expected);

  await rebuildAndKill(expected.digests);
  const rebuilt = keepViews('rebuild', 1000);
  expect((await rebuilt.ended).code).toBe(0);
  expect(await undisturbed(views)).toEqual(expected);
}, 600_000);

function keepViews(work: 'follow' | 'rebuild', batchEvents: number): ChildScript {
  const script = path.join(copy.root, scripts, 'keepViews.js');
  return runScript(script, [url, views, String(batchEvents), work], { env: copy.env });
}

async function followAndKill(kills: number, appender: ChildScript): Promise<Lives> {
  const lives: Lives = { killedAfterCommits: [], eventsAtDeath: [] };
  for (let life = 0; life < kills; life += 1) {
    expect(appender.process.exitCode).toBeNull(); // else there is nothing more to commit
    const projector = keepViews('follow', 1 + chance.below(20));
    const commits = await killedAtRandom(projector, life % 5 === 0 ? 'anywhere' : 'while it commits');
    lives.killedAfterCommits.push(commits);
    const known = lives.eventsAtDeath.at(-1) ?? 0;
    lives.eventsAtDeath.push(eventsInWholeViews() ?? known);
  }
  return lives;
}

/** Kills at any time from its start on, or some commits after the first. */
async function killedAtRandom(projector: ChildScript, when: 'anywhere' | 'while it commits'): Promise<number> {
  if (when === 'anywhere') {
    await pause(chance.fraction() * 800);
  } else {
    await projector.line(chance.below(15));
    await pause(chance.fraction() * 30);
  }
  projector.process.kill('SIGKILL');
  const { signal, lines, stderr } = await projector.ended;
  expect([signal, stderr]).toEqual(['SIGKILL', '']);
  return lines.length;
}

/** What a reader finds is always the state after one whole commit. Undefined where there are no views yet. */
function eventsInWholeViews(): number | undefined {
  let store: StateStore;
  try {
    store = StateStore.openForReading(views);
  } catch {
    return undefined;
  }
  try {
    return store.snapshot(() => {
      const progress = allProjections.map(({ name }) => store.progress(name));
      expect(new Set(progress.map((view) => JSON.stringify([view?.checkpoint, view?.events]))).size).toBe(1);
      const [counts] = store.query<{ jobs: number; counted: number }>(
        `SELECT (SELECT count(*) FROM jobs) AS jobs, (SELECT coalesce(sum(planned + queued + held + running + lost +
           succeeded + failed + skipped + reused + abandoned), 0) FROM job_counts) AS counted`,
      );
      expect(counts?.counted).toBe(counts?.jobs);
      return progress[0]?.events;
    });
  } finally {
    store.close();
  }
}

/** A rebuild killed on its way leaves what is read as it is. */
async function rebuildAndKill(digests: Record<string, string>): Promise<void> {
  for (let life = 0; life < rebuildKills; life += 1) {
    const rebuilding = keepViews('rebuild', 500);
    await rebuilding.line(chance.below(3));
    await pause(chance.fraction() * 100);
    rebuilding.process.kill('SIGKILL');
    await rebuilding.ended;
    const store = StateStore.openForReading(views);
    expect(digestsOf(store)).toEqual(digests);
    store.close();
  }
}

async function undisturbed(
  file: string,
): Promise<{ readonly events: number; readonly digests: Record<string, string> }> {
  const ledger = await openLedger(url);
  const store = StateStore.openForWriting(file);
  try {
    const events = await project({ ledger, store, projections: allProjections });
    return { events, digests: digestsOf(store) };
  } finally {
    store.close();
    await ledger.close();
  }
}
