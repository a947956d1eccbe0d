import { freshWorkPlan, type WorkPlan } from '../../../pipelines/workPlan';
import { JobPlaces } from '../../../producers/runner/jobPlaces';
import type { StartHold, WorkSummary } from '../../../producers/runner/runWork';
import { runUnits } from '../../../producers/runner/runUnits';
import { graphPlan, jobAt, type GraphJob } from '../../support/plannedGraph';
import { PretendedStarter, pretendToRun, type PretendedEnd } from '../../support/pretendedJobs';

const made: PretendedEnd = { is: 'made', text: 'x' };

function workOf(unit: string, graph: readonly GraphJob[]): WorkPlan {
  const plan = graphPlan(graph);
  return freshWorkPlan({ ...plan, scope: { ...plan.scope, unit } });
}

const free = (count: number, wallSeconds = 1): readonly GraphJob[] =>
  Array.from({ length: count }, () => ({ upstream: [], wallSeconds }));

/** A long chain: one job at a time. */
const chain = (count: number): readonly GraphJob[] =>
  Array.from({ length: count }, (_, number) => ({ upstream: number === 0 ? [] : [number - 1] }));

interface World {
  readonly graphs: Readonly<Record<string, readonly GraphJob[]>>;
  readonly jobs: number;
  readonly script?: (unit: string, job: number) => readonly PretendedEnd[];
  readonly probe?: () => Promise<string | null>;
  readonly heldBy?: (unit: string) => StartHold | null;
  readonly stop?: AbortSignal;
  readonly onStart?: (starts: readonly string[]) => void;
}

interface Outcome {
  readonly summaries: readonly WorkSummary[];
  /** Each start, as the unit and its job, in order. */
  readonly starts: readonly string[];
  readonly mostAtOnce: number;
  readonly messages: readonly string[];
}

/** Runs units with pretended jobs; each start is noted with its unit. */
async function run({ graphs, jobs, script = () => [made], heldBy = () => null, ...world }: World): Promise<Outcome> {
  const starts: string[] = [];
  const messages: string[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const never = new AbortController().signal;
  const summaries = await runUnits({
    units: Object.keys(graphs),
    jobs,
    stop: world.stop ?? never,
    onFailure: () => undefined,
    run: async (unit, share) => {
      const pretended = new PretendedStarter((number) => script(unit, number));
      const { summary } = await pretendToRun({
        work: workOf(unit, graphs[unit] ?? []),
        share,
        stop: world.stop ?? never,
        infrastructureRetries: 0,
        gate: { heldBy: () => heldBy(unit), isVetoed: () => false },
        probe: world.probe ?? (() => Promise.resolve(null)),
        onMessage: (message) => messages.push(message),
        starter: {
          start: (job, tryNumber, inputs) => {
            starts.push(`${unit} ${job.name}`);
            running += 1;
            mostAtOnce = Math.max(mostAtOnce, running);
            world.onStart?.(starts);
            const started = pretended.start(job, tryNumber, inputs);
            return {
              ...started,
              ended: started.ended.then((end) => {
                running -= 1;
                return end;
              }),
            };
          },
        },
      });
      return summary;
    },
  });
  return { summaries, starts, mostAtOnce, messages };
}

const unitsOf = (starts: readonly string[]): readonly string[] => starts.map((start) => start.split(' ')[0] ?? '');

describe('Running units', () => {
  it('runs so many jobs at a time of all units together', async () => {
    const { summaries, mostAtOnce } = await run({ graphs: { A: free(9), B: free(9), C: chain(5) }, jobs: 4 });
    expect(summaries.map(({ outcome, succeeded }) => [outcome, succeeded])).toEqual([
      ['complete', 9],
      ['complete', 9],
      ['complete', 5],
    ]);
    expect(mostAtOnce).toBe(4);
  });

  it('begins a further unit when there is a place that those under way have no job for, and not before', async () => {
    const { starts } = await run({ graphs: { A: free(6), B: chain(3), C: free(1) }, jobs: 2 });
    expect(unitsOf(starts).slice(0, 6)).toEqual(Array.from({ length: 6 }, () => 'A'));
    const chained = await run({ graphs: { A: chain(20), B: free(3) }, jobs: 2 });
    expect(unitsOf(chained.starts).lastIndexOf('B')).toBeLessThan(chained.starts.length - 1);
  });

  it('starts the job with the most work behind it, whichever unit it is of', async () => {
    const held = { words: 'held', ofAllUnits: false };
    let hold: StartHold | null = held;
    const outcome = run({
      graphs: { A: free(2, 1), B: free(2, 5) },
      jobs: 1,
      // A is held until B is there; then its jobs wait for the longer ones of B.
      heldBy: (unit) => (unit === 'A' ? hold : null),
      onStart: () => (hold = null),
    });
    expect((await outcome).starts).toEqual([`B ${jobAt(0)}`, `B ${jobAt(1)}`, `A ${jobAt(0)}`, `A ${jobAt(1)}`]);
  });

  it('begins no unit while all of them are held', async () => {
    let hold: StartHold | null = { words: 'held', ofAllUnits: true };
    const asked = new Set<string>();
    const outcome = run({
      graphs: { A: free(1), B: free(1) },
      jobs: 2,
      heldBy: (unit) => {
        asked.add(unit);
        return hold;
      },
    });
    while (asked.size === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([...asked]).toEqual(['A']);
    hold = null;
    expect((await outcome).summaries.map(({ succeeded }) => succeeded)).toEqual([1, 1]);
  });

  it('waits out an outage for all units together, and no job of any pays for it', async () => {
    let isOut = false;
    let probes = 0;
    const startedWhileOut: string[] = [];
    const { summaries, messages } = await run({
      graphs: { A: chain(8), B: free(8), C: chain(8) },
      jobs: 3,
      script: () => (isOut ? [{ is: 'infrastructure' }] : [made]),
      onStart: (starts) => {
        isOut ||= starts.length === 6 && probes === 0;
        if (isOut && probes > 0) {
          startedWhileOut.push(starts.at(-1) ?? '');
        }
      },
      probe: () => {
        probes += 1;
        isOut &&= probes < 5;
        return Promise.resolve(isOut ? 'the root is away' : null);
      },
    });
    expect(summaries.map(({ outcome, succeeded }) => [outcome, succeeded])).toEqual([
      ['complete', 8],
      ['complete', 8],
      ['complete', 8],
    ]);
    expect(startedWhileOut).toEqual([]);
    expect(messages.filter((message) => message.startsWith('waiting'))).toEqual(['waiting: the root is away']);
  });

  it('stops those that are under way and begins no more', async () => {
    const stop = new AbortController();
    const { summaries } = await run({
      graphs: { A: chain(50), B: chain(50), C: chain(50) },
      jobs: 2,
      stop: stop.signal,
      onStart: (starts) => {
        if (unitsOf(starts).includes('B')) {
          setImmediate(() => {
            stop.abort({ signal: 'SIGINT', jobsKnow: false });
          });
        }
      },
    });
    expect(summaries.map(({ outcome }) => outcome)).toEqual(['stopped', 'stopped']);
  });

  it('lets the others end where one cannot be run, begins no more, and then says so', async () => {
    const ended: string[] = [];
    const told: string[] = [];
    const running = runUnits({
      units: ['A', 'B', 'C'],
      jobs: 2,
      stop: new AbortController().signal,
      onFailure: (unit, error) => told.push(`${unit}: ${String(error)}`),
      run: async (unit, share) => {
        if (unit === 'B') {
          throw new Error('taken');
        }
        const starter = new PretendedStarter(() => [made]);
        await pretendToRun({ work: workOf(unit, chain(20)), share, starter });
        ended.push(unit);
      },
    });
    await expect(running).rejects.toThrow('taken');
    expect({ ended, told }).toEqual({ ended: ['A'], told: ['B: Error: taken'] });
  });
});

test('A place goes to the more urgent wish, and of equal ones to the earlier share', () => {
  const places = new JobPlaces(2);
  const [first, second] = [places.share(), places.share()];
  let [a, b] = [1, 1];
  const woken: string[] = [];
  first.begin({ wish: () => a, wakeUp: () => woken.push('a') });
  second.begin({ wish: () => b, wakeUp: () => woken.push('b') });
  expect([second.take(), first.take()]).toEqual([false, true]);
  [a, b] = [1, 2];
  expect(first.take()).toBe(false);
  first.passOn();
  expect(woken).toEqual(['b']);
  expect([second.take(), second.take()]).toEqual([true, false]);
  second.giveBack();
  second.leave();
  expect(first.take()).toBe(true);
});
