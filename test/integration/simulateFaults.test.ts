import path from 'node:path';
import { project } from '../../consumers/projector/projector';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import { verifyCampaign } from '../../consumers/verification/verify';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { SimulationError } from '../../producers/simulator/errors';
import { faultNames, type Fault } from '../../producers/simulator/faults';
import { simulateHscRc1 } from '../../producers/simulator/simulateHscRc1';
import { allProjections } from '../../projections';
import { simulated, smallSimulation, type Simulated } from '../support/simulations';
import { temporaryFolder } from '../support/temporaryFolder';

/** How many jobs are in each state, and how many executions and files of each kind there are. */
function account({ views }: Simulated) {
  const counted = (sql: string): Record<string, number> =>
    Object.fromEntries(views.query<{ what: string; count: number }>(sql).map(({ what, count }) => [what, count]));
  return {
    jobs: counted('SELECT state AS what, count(*) AS count FROM jobs GROUP BY state'),
    executions: counted('SELECT state AS what, count(*) AS count FROM executions GROUP BY state'),
    files: views.query<Record<string, number>>('SELECT sum(actual) AS actual, sum(purged) AS purged, sum(absent) AS absent FROM file_counts')[0], // prettier-ignore
    failures: counted(
      "SELECT failure_class AS what, count(*) AS count FROM executions WHERE state IN ('failed', 'lost') AND failure_class IS NOT NULL GROUP BY failure_class",
    ),
    outcomes: views.query<{ outcome: string | null }>('SELECT outcome FROM attempts').map(({ outcome }) => outcome),
  };
}

async function accountOf(...faults: Fault[]): Promise<ReturnType<typeof account>> {
  const found = await simulated({ faults: new Set(faults) });
  try {
    return account(found);
  } finally {
    found.remove();
  }
}

const jobs = 116;

describe('a simulated attempt', () => {
  it('without faults does every job once', async () => {
    const { jobs: states, executions, files, outcomes } = await accountOf();
    expect(states).toEqual({ succeeded: jobs });
    expect(executions).toEqual({ succeeded: jobs });
    expect(files).toMatchObject({ purged: 0, absent: 1 });
    expect(outcomes).toEqual(['complete']);
  });

  it.each([
    ['outage', 'failed'],
    ['nodeLoss', 'lost'],
    ['workerKill', 'lost'],
  ] as const)('with %s has executions that are %s, and every job is done in the end', async (fault, state) => {
    const { jobs: states, executions, outcomes } = await accountOf(fault);
    expect(states).toEqual({ succeeded: jobs });
    expect(executions['succeeded']).toBe(jobs);
    expect(executions[state]).toBeGreaterThan(0);
    expect(outcomes).toEqual(['complete']);
  });

  it('with a permanent failure skips only what cannot do without, and ends partial', async () => {
    const { jobs: states, executions, outcomes } = await accountOf('permanentFailure');
    expect(states['abandoned']).toBe(2);
    expect(states['skipped']).toBeGreaterThan(0);
    expect(states['succeeded']).toBe(jobs - 2 - (states['skipped'] ?? 0));
    expect(executions).toEqual({ succeeded: states['succeeded'], failed: 2 });
    expect(outcomes).toEqual(['partial']);
  });

  it('with a purge loses intermediate files that nothing needs', async () => {
    const { jobs: states, files } = await accountOf('purge');
    expect(states).toEqual({ succeeded: jobs });
    expect(files?.['purged']).toBeGreaterThan(0);
  });

  it('with a killed runner stands still with executions that nobody has ended', async () => {
    const { jobs: states, executions, outcomes } = await accountOf('runnerKill');
    expect(executions['succeeded']).toBe(jobs / 2);
    expect(executions['running']).toBeGreaterThan(0);
    expect(states['running']).toBe(executions['running']);
    expect(states['planned']).toBe(jobs - jobs / 2 - (states['running'] ?? 0));
    expect(outcomes).toEqual([null]);
  });

  it('with every fault at once is still one that adds up', async () => {
    const every = (Object.keys(faultNames) as Fault[]).filter((fault) => fault !== 'runnerKill');
    const { jobs: states, executions } = await accountOf(...every);
    const { succeeded = 0, skipped = 0, abandoned = 0, ...others } = states;
    expect({ sum: succeeded + skipped + abandoned, others }).toEqual({ sum: jobs, others: {} });
    expect(executions['succeeded']).toBe(succeeded);
  });
});

describe('a simulation that is done again', () => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);

  it('adds nothing, and another under its name is refused', async () => {
    const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
    const first = await simulateHscRc1(ledger, smallSimulation);
    expect(first.stored).toBe(first.events);
    const again = await simulateHscRc1(ledger, smallSimulation);
    expect(again).toEqual({ ...first, stored: 0 });
    const other = simulateHscRc1(ledger, { ...smallSimulation, seed: 2 });
    await expect(other).rejects.toThrow(SimulationError);
    await expect(other).rejects.toThrow('give --campaign another name');
    const beside = await simulateHscRc1(ledger, { ...smallSimulation, seed: 2, campaign: 'beside' });
    expect(beside.stored).toBe(beside.events);
    await ledger.close();
  });

  it('names the units there are where one is unknown', async () => {
    const ledger = SqliteLedger.open(path.join(folder, 'none.db'));
    const unknown = simulateHscRc1(ledger, { ...smallSimulation, units: ['tract=1'] });
    await expect(unknown).rejects.toThrow('tract=1 is no unit of this campaign: tract=8766, tract=8767, tract=9813');
    await ledger.close();
  });
});

describe('two simulated campaigns in one ledger', () => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);

  it('have hosts of their own, so that both pass the verification', async () => {
    const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
    const views = StateStore.openForWriting(path.join(folder, 'views.db'));
    const campaigns = ['HSC-RC1', 'HSC-RC1 again'];
    for (const campaign of campaigns) {
      await simulateHscRc1(ledger, { ...smallSimulation, campaign });
    }
    await project({ ledger, store: views, projections: allProjections });
    const verdicts = campaigns.map((campaign) => {
      const { checks, verdict } = verifyCampaign(views, { campaign, strict: false, listedEach: 20 });
      return [
        verdict,
        ...checks.filter(({ check }) => check === 'anomalies.exclusiveHosts').map((result) => result.verdict),
      ];
    });
    expect(verdicts).toEqual(campaigns.map(() => ['pass', 'pass']));
    views.close();
    await ledger.close();
  });
});
