/**
 * A campaign of real jobs under everything that may happen to it: killed with all it started again and again, its files
 * deleted, cut short and corrupted in between, its root away for a while. In the end it is what it would have been.
 */
import { existsSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { findProcessesWithEnvironment } from '../../producers/sidecar/procfs';
import type { LedgerEvent } from '../../schemas';
import { chanceOf } from '../support/chance';
import { ofType, until } from '../support/execWorld';
import { RunnerWorld, type Ended, type Running } from '../support/runnerWorld';

const chance = chanceOf(__filename);

const size = { tracts: 2, visits: 4, ccds: 6, patches: 6 };
const jobsOfTract = size.visits * size.ccds + size.patches + 1;
const tracts = ['1', '2'];
const killCount = 20;

const oneOf = <T>(choices: readonly T[]): T | undefined => choices[chance.below(choices.length)];

/** A campaign in a world of its own, and what the test has done to its files. */
class Campaign {
  readonly world = new RunnerWorld(size);
  /** Logical paths of outputs that were deleted, cut short or overwritten. */
  readonly touched = new Set<string>();

  async events(): Promise<LedgerEvent[]> {
    return existsSync(this.world.path('ledger/ledger.db')) ? this.world.events() : [];
  }

  /** Begins a tract, or goes on with it where an attempt of it has begun. */
  async goOn(tract: string): Promise<Running> {
    const unit = ['--campaign', 'C', '--unit', `tract=${tract}`];
    return (await this.hasBegun(tract))
      ? this.restart(tract)
      : this.world.cli('run', 'shell.yaml', ...unit, '--root', 'root', '--jobs', '2');
  }

  async hasBegun(tract: string): Promise<boolean> {
    return ofType(await this.events(), 'AttemptStarted').some(({ header }) => header.unit === `tract=${tract}`);
  }

  restart(tract: string, ...more: readonly string[]): Running {
    const files = ['--root', 'root', '--check-files', 'md5', '--accept-missing'];
    return this.world.cli(
      'restart',
      'C',
      `tract=${tract}`,
      '--definition',
      'shell.yaml',
      ...files,
      '--jobs',
      '2',
      ...more,
    );
  }

  /** Kills a command with all that it started, whether or not it has ended by itself. */
  async kill(running: Running): Promise<void> {
    try {
      process.kill(-(running.process.pid ?? 0), 'SIGKILL');
    } catch {
      // it came after the end
    }
    await running.ended;
    await until(() => findProcessesWithEnvironment('WORLD', this.world.folder).length === 0);
  }

  /** Deletes, cuts short or overwrites one of the files that the ledger knows. */
  async spoilAFile(): Promise<void> {
    const succeeded = new Set(ofType(await this.events(), 'ExecutionSucceeded').map(({ execution }) => execution));
    const file = oneOf(
      ofType(await this.events(), 'FileProduced').filter(
        ({ execution, path }) => succeeded.has(execution) && !this.touched.has(path),
      ),
    );
    if (file === undefined) {
      return;
    }
    this.touched.add(file.path);
    const place = this.world.path(`root/${file.path}`);
    const bytes = statSync(place).size;
    const spoil = [
      () => {
        rmSync(place);
      },
      () => {
        truncateSync(place, chance.below(bytes));
      },
      () => {
        writeFileSync(place, 'x'.repeat(bytes));
      },
    ];
    oneOf(spoil)?.();
  }

  /** What each output of the tracts' last attempts holds, made there or taken over, by dataset type and data ID. */
  async products(): Promise<Record<string, string>> {
    const events = await this.events();
    const products: Record<string, string> = {};
    for (const tract of tracts) {
      const attempt = lastAttempt(events, tract);
      const isOfIt = ({ header }: LedgerEvent): boolean =>
        header.unit === `tract=${tract}` && header.attempt === attempt;
      const makers = new Set([
        ...ofType(events, 'ExecutionSucceeded')
          .filter(isOfIt)
          .map(({ execution }) => execution),
        ...ofType(events, 'JobReused')
          .filter(isOfIt)
          .map(({ fromExecution }) => fromExecution),
      ]);
      for (const { execution, datasetType, dataId, path } of ofType(events, 'FileProduced')) {
        if (makers.has(execution) && datasetType !== 'calexp') {
          const name = `${datasetType} ${String(dataId)}`;
          expect(products[name]).toBeUndefined();
          products[name] = readFileSync(this.world.path(`root/${path}`), 'utf8');
        }
      }
    }
    return products;
  }
}

function lastAttempt(events: readonly LedgerEvent[], tract: string): number {
  const ofTract = ofType(events, 'AttemptStarted').filter(({ header }) => header.unit === `tract=${tract}`);
  return Math.max(...ofTract.map(({ header }) => header.attempt ?? 0));
}

const complete = (ended: Ended): void => {
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
};

describe('a campaign of real jobs', () => {
  const quiet = new Campaign();
  const troubled = new Campaign();
  afterAll(() => {
    quiet.world.remove();
    troubled.world.remove();
  });

  it('is run without any trouble', async () => {
    for (const tract of tracts) {
      complete(await (await quiet.goOn(tract)).ended);
    }
    const started = ofType(await quiet.events(), 'ExecutionStarted');
    expect(started).toHaveLength(tracts.length * jobsOfTract);
    expect(started.length).toBeGreaterThanOrEqual(60);
  }, 600_000);

  it('is killed at any moment, with files spoilt in between', async () => {
    const { world } = troubled;
    for (let kills = 0; kills < killCount; kills += 1) {
      const before = world.starts().length;
      const enough = before + chance.below(5);
      const running = await troubled.goOn(oneOf(tracts) ?? '');
      const ended = { yet: false };
      void running.ended.then(() => (ended.yet = true));
      if (chance.fraction() < 0.6) {
        await until(() => ended.yet || world.starts().length >= enough);
      }
      await new Promise((resolve) => setTimeout(resolve, 500 * chance.fraction()));
      await troubled.kill(running);
      for (let files = chance.below(3); files > 0; files -= 1) {
        await troubled.spoilAFile();
      }
    }
  }, 600_000);

  it('plans nothing while its root is away, and waits where that goes away under it', async () => {
    const { world } = troubled;
    for (const tract of tracts) {
      await troubled.spoilAFile(); // so that there is something to do
      if (!(await troubled.hasBegun(tract))) {
        await (
          await troubled.goOn(tract)
        ).ended; // it was killed too early each time
      }
    }
    renameSync(world.path('root'), world.path('away'));
    expect(await troubled.restart('1').ended).toMatchObject({ exitCode: 3 });
    renameSync(world.path('away'), world.path('root'));

    const before = world.starts().length;
    const running = troubled.restart('1');
    const ended = { yet: false };
    void running.ended.then(() => (ended.yet = true));
    await until(() => ended.yet || world.starts().length > before);
    renameSync(world.path('root'), world.path('away'));
    await until(() => ended.yet || running.stderr().includes('waiting: '));
    renameSync(world.path('away'), world.path('root'));
    expect((await running.ended).signal).toBeNull();
  }, 600_000);

  it('is restarted until it is done', async () => {
    for (const tract of tracts) {
      complete(await (await troubled.goOn(tract)).ended);
      const left = await troubled.restart(tract, '--plan-only', '--json').ended;
      complete(left);
      expect(JSON.parse(left.stdout)).toMatchObject({
        run: [],
        runIfChanged: [],
        leave: [],
        reuse: { length: jobsOfTract },
      });
    }
  }, 600_000);

  it('has the products of the run without trouble', async () => {
    const products = await quiet.products();
    expect(Object.keys(products)).toHaveLength(tracts.length * (size.patches + 1));
    expect(await troubled.products()).toEqual(products);
  }, 120_000);

  it('ran no job again whose outputs could be used', async () => {
    const events = await troubled.events();
    const succeeded = new Set(ofType(events, 'ExecutionSucceeded').map(({ execution }) => execution));
    const spoilt = new Set(
      ofType(events, 'FileProduced').flatMap(({ execution, path }) => (troubled.touched.has(path) ? [execution] : [])),
    );
    const standing = new Map<string, string>();
    const wronged: string[] = [];
    const order = ofType(events, 'ExecutionStarted').sort((a, b) => a.header.occurredAt - b.header.occurredAt);
    for (const { header, job, execution } of order) {
      const key = `${String(header.unit)} ${job}`;
      const before = standing.get(key);
      if (before !== undefined && !spoilt.has(before)) {
        wronged.push(`${key}: ${execution} after ${before}`);
      }
      if (succeeded.has(execution)) {
        standing.set(key, execution);
      }
    }
    expect(wronged).toEqual([]);
    expect(standing.size).toBe(tracts.length * jobsOfTract);
    expect(new Set(order.map(({ execution }) => execution)).size).toBe(order.length);
  }, 120_000);

  it.each(['quiet', 'troubled'])(
    'is verified and compared clean: %s',
    async (name) => {
      const campaign = name === 'quiet' ? quiet : troubled;
      complete(await campaign.world.cli('verify', 'C', '--brief').ended);
      const events = await campaign.events();
      for (const tract of tracts) {
        const attempt = ['--unit', `tract=${tract}`, '--attempt', String(lastAttempt(events, tract))];
        const compared = await campaign.world.cli('compare', '--root', 'root', ...attempt, '--json').ended;
        expect((JSON.parse(compared.stdout) as { differences: unknown }).differences).toEqual([]);
        complete(compared);
      }
    },
    120_000,
  );
});
