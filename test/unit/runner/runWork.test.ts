import { freshWorkPlan } from '../../../pipelines/workPlan';
import type { StartHold } from '../../../producers/runner/runWork';
import { graphPlan, jobAt, type GraphJob } from '../../support/plannedGraph';
import { PretendedStarter, pretendToRun, type PretendedEnd, type PretendedRun } from '../../support/pretendedJobs';

const made: PretendedEnd = { is: 'made', text: 'x' };

function types({ events }: PretendedRun): readonly string[] {
  return events.map((event) => ('job' in event ? `${event.type} ${String(event.job)}` : event.type));
}

function scripted(scripts: Readonly<Record<number, readonly PretendedEnd[]>>): PretendedStarter {
  return new PretendedStarter((number) => scripts[number] ?? [made]);
}

const free = (count: number, retries = 0): readonly GraphJob[] =>
  Array.from({ length: count }, () => ({ upstream: [], retries }));

describe('Running work', () => {
  it('runs so many jobs at a time and no more, and ends complete', async () => {
    const starter = scripted({});
    const run = await pretendToRun({ work: freshWorkPlan(graphPlan(free(20))), starter, jobs: 3 });
    expect(run.summary).toMatchObject({ outcome: 'complete', succeeded: 20, failed: 0, total: 20 });
    expect(starter.mostAtOnce).toBe(3);
    expect(types(run)).toEqual(['AttemptEnded']);
  });

  it('tries transient failures again as often as the definition says, telling each', async () => {
    const starter = scripted({ 0: [{ is: 'transient' }, { is: 'transient' }, made], 1: [{ is: 'transient' }] });
    const run = await pretendToRun({ work: freshWorkPlan(graphPlan(free(2, 2))), starter });
    expect(starter.starts.filter(({ job }) => job === jobAt(0)).map(({ tryNumber }) => tryNumber)).toEqual([1, 2, 3]);
    expect(starter.starts.filter(({ job }) => job === jobAt(1))).toHaveLength(3);
    expect(run.summary).toMatchObject({ outcome: 'partial', succeeded: 1, failed: 1, retries: 4 });
    expect(run.summary.failures).toEqual([{ job: jobAt(1), failureClass: 'pretended', message: 'transient' }]);
    expect(types(run).filter((type) => type.startsWith('JobRetryScheduled'))).toHaveLength(4);
  });

  it('never tries a permanent failure again; the sidecar has told that the job is given up', async () => {
    const starter = scripted({ 0: [{ is: 'permanent' }] });
    const run = await pretendToRun({ work: freshWorkPlan(graphPlan(free(1, 5))), starter });
    expect(starter.starts).toHaveLength(1);
    expect(types(run)).toEqual(['AttemptEnded']);
  });

  it('says itself that a job is given up that no sidecar could begin', async () => {
    const starter = scripted({ 0: [{ is: 'notBegun' }] });
    const work = freshWorkPlan(graphPlan(free(1)));
    const run = await pretendToRun({ work, starter, infrastructureRetries: 1 });
    expect(starter.starts.map(({ tryNumber }) => tryNumber)).toEqual([1, 1]);
    expect(types(run)).toEqual([`JobAbandoned ${jobAt(0)}`, 'AttemptEnded']);
  });

  it('skips vetoed jobs and what stands on them', async () => {
    const work = freshWorkPlan(graphPlan([{ upstream: [] }, { upstream: [0] }]));
    const gate = { heldBy: () => null, isVetoed: ({ name }: { name: string }) => name === jobAt(0) };
    const starter = scripted({});
    const run = await pretendToRun({ work, starter, gate });
    expect(starter.starts).toEqual([]);
    expect(run.events.slice(0, 2)).toMatchObject([
      { type: 'JobSkipped', job: jobAt(0), reason: 'vetoed', becauseOfJob: null },
      { type: 'JobSkipped', job: jobAt(1), reason: 'vetoed', becauseOfJob: jobAt(0) },
    ]);
  });

  it('starts nothing while a hold is in force, and goes on once it is released', async () => {
    let hold: StartHold | null = { words: 'held by operator', ofAllUnits: true };
    const starter = scripted({});
    const running = pretendToRun({
      work: freshWorkPlan(graphPlan(free(2))),
      starter,
      gate: { heldBy: () => hold, isVetoed: () => false },
      onMessage: () => {
        expect(starter.starts).toEqual([]);
        setTimeout(() => (hold = null), 5);
      },
    });
    expect((await running).summary.succeeded).toBe(2);
  });
});

it('A hold that outlives the run is not said to have ended', async () => {
  const stop = new AbortController();
  const run = await pretendToRun({
    work: freshWorkPlan(graphPlan(free(2))),
    starter: scripted({}),
    stop: stop.signal,
    gate: { heldBy: () => ({ words: 'held', ofAllUnits: true }), isVetoed: () => false },
    onProgress: () => {
      setImmediate(() => {
        stop.abort();
      });
    },
  });
  expect(run.summary.outcome).toBe('stopped');
  expect(run.messages).toEqual(['starting no jobs: held']);
});

describe('An outage', () => {
  it('stops starting, costs no job a try, and goes on with one job first', async () => {
    let isOut = false;
    let probes = 0;
    const startedWhileOut: string[] = [];
    const starter = new PretendedStarter(
      () => (isOut ? [{ is: 'infrastructure' }] : [made]),
      new Set(),
      ({ name }) => {
        if (starter.starts.length === 5) {
          isOut = true;
        }
        if (probes > 0 && isOut) {
          startedWhileOut.push(name);
        }
      },
    );
    const run = await pretendToRun({
      work: freshWorkPlan(graphPlan(free(30))),
      starter,
      jobs: 4,
      infrastructureRetries: 0,
      probe: () => {
        probes += 1;
        isOut &&= probes < 4;
        return Promise.resolve(isOut ? 'the root is away' : null);
      },
    });
    expect(run.summary).toMatchObject({ outcome: 'complete', succeeded: 30 });
    expect(startedWhileOut).toEqual([]);
    expect(starter.starts.length).toBeLessThanOrEqual(30 + 4);
    expect(run.messages).toEqual([
      expect.stringContaining('starting no more jobs'),
      'waiting: the root is away',
      expect.stringContaining('going on'),
    ]);
  });

  it('that no probe can see ends with the jobs failed, not with a runner that waits for ever', async () => {
    const starter = scripted(
      Object.fromEntries(Array.from({ length: 12 }, (_, job) => [job, [{ is: 'infrastructure' }]])),
    );
    const work = freshWorkPlan(graphPlan(free(12)));
    const run = await pretendToRun({ work, starter, jobs: 4, infrastructureRetries: 2 });
    expect(run.summary).toMatchObject({ outcome: 'partial', failed: 12 });
    expect(starter.starts).toHaveLength(12 * 3);
  });
});

describe('Stopping', () => {
  it('tells what runs, starts nothing more, and leaves the rest cancelled', async () => {
    const stop = new AbortController();
    const starter = new PretendedStarter(
      () => [made],
      new Set([jobAt(0), jobAt(1)]),
      () => {
        if (starter.starts.length === 2) {
          setImmediate(() => {
            stop.abort({ signal: 'SIGINT', jobsKnow: false });
          });
        }
      },
    );
    const graph = [...free(4, 3), { upstream: [0] }];
    const run = await pretendToRun({ work: freshWorkPlan(graphPlan(graph)), starter, stop: stop.signal });
    expect(starter.signals.sort()).toEqual([`${jobAt(0)} SIGINT`, `${jobAt(1)} SIGINT`]);
    expect(starter.starts).toHaveLength(2);
    expect(run.summary).toMatchObject({ outcome: 'stopped', failed: 2, skipped: 3 });
    expect(run.events.filter((event) => event.type === 'JobSkipped' && event.reason === 'cancelled')).toHaveLength(3);
    expect(run.events.at(-1)).toMatchObject({ type: 'AttemptEnded', outcome: 'stopped', endedBy: 'SIGINT' });
  });

  it('does not tell jobs what the terminal has told them already', async () => {
    const stop = new AbortController();
    const kill = new AbortController();
    const starter = new PretendedStarter(
      () => [made],
      new Set([jobAt(0)]),
      () => {
        setImmediate(() => {
          stop.abort({ signal: 'SIGINT', jobsKnow: true });
          setImmediate(() => {
            kill.abort();
          });
        });
      },
    );
    const work = freshWorkPlan(graphPlan(free(1)));
    const run = await pretendToRun({ work, starter, stop: stop.signal, kill: kill.signal });
    expect(starter.signals).toEqual([]);
    expect(run.summary).toMatchObject({ outcome: 'stopped', failed: 1 });
  });

  it('before anything has begun starts nothing', async () => {
    const starter = scripted({});
    const run = await pretendToRun({ work: freshWorkPlan(graphPlan(free(3))), starter, stop: AbortSignal.abort() });
    expect(starter.starts).toEqual([]);
    expect(run.summary).toMatchObject({ outcome: 'stopped', skipped: 3 });
  });

  it('ends jobs that wait for another try', async () => {
    const stop = new AbortController();
    const starter = scripted({ 0: [{ is: 'transient' }] });
    const run = await pretendToRun({
      work: freshWorkPlan(graphPlan(free(1, 5))),
      starter,
      backoffSeconds: 3600,
      stop: stop.signal,
      onProgress: ({ retries }) => {
        if (retries === 1) {
          stop.abort();
        }
      },
    });
    expect(starter.starts).toHaveLength(1);
    expect(run.summary.outcome).toBe('stopped');
  });
});
