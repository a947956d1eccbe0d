/**
 * On random graphs whose jobs fail in random ways each job ends in exactly one state, the one that a plain reading of the
 * rules gives, and starts only once everything upstream of it has ended.
 */
import fc from 'fast-check';
import { meets } from '../../pipelines/requirement';
import type { LeftJob, ReusedJob, WorkPlan } from '../../pipelines/workPlan';
import { fileAt, graphPlan, jobAt, madeBefore, type GraphJob } from '../support/plannedGraph';
import { PretendedStarter, pretendToRun, type PretendedEnd } from '../support/pretendedJobs';

/** A job of a random graph: what it is to do in this attempt, and how its tries would end. */
interface RandomJob extends GraphJob {
  readonly is: 'run' | 'runIfChanged' | 'reuse' | 'vetoed' | 'permanentFailure';
  /** What it made before; null for nothing. */
  readonly before: string | null;
  readonly script: readonly PretendedEnd[];
}

const infrastructureRetries = 2;

const made = fc.constantFrom('old', 'new').map((text): PretendedEnd => ({ is: 'made', text }));
const bad = fc
  .constantFrom('absent', 'transient', 'permanent', 'infrastructure', 'lost', 'notBegun')
  .map((is): PretendedEnd => ({ is }));
const end = fc.oneof({ weight: 3, arbitrary: made }, { weight: 2, arbitrary: bad });

function job(number: number): fc.Arbitrary<RandomJob> {
  return fc.record({
    upstream: fc.uniqueArray(fc.nat(Math.max(0, number - 1)), { maxLength: number === 0 ? 0 : 4 }),
    require: fc.constantFrom('all' as const, 'any' as const, { atLeast: 2 }),
    retries: fc.nat(2),
    wallSeconds: fc.nat(3),
    sameness: fc.constantFrom('bytes' as const, 'contentDigest' as const, 'ignore' as const),
    is: fc.oneof(
      { weight: 6, arbitrary: fc.constant('run' as const) },
      { weight: 3, arbitrary: fc.constantFrom('runIfChanged' as const, 'reuse' as const) },
      { weight: 1, arbitrary: fc.constantFrom('vetoed' as const, 'permanentFailure' as const) },
    ),
    before: fc.constantFrom('old', 'old', null),
    script: fc.array(end, { minLength: 1, maxLength: 5 }),
  });
}

const graphs = fc
  .integer({ min: 1, max: 25 })
  .chain((size) => fc.tuple(...Array.from({ length: size }, (_, n) => job(n))));

function workOf(graph: readonly RandomJob[]): WorkPlan {
  const named = (is: RandomJob['is']): number[] => [...graph.keys()].filter((number) => graph[number]?.is === is);
  const past = (number: number): [string, ReusedJob] => [
    jobAt(number),
    madeBefore(number, graph[number]?.before ?? null),
  ];
  const left = (reason: LeftJob['reason']): [string, LeftJob][] =>
    named(reason).map((number) => [jobAt(number), { reason, execution: null, failureClass: null }]);
  return {
    plan: graphPlan(graph),
    run: new Map(named('run').map((number) => [jobAt(number), { reason: 'neverRan', evidence: [] }])),
    runIfChanged: new Map(
      named('runIfChanged').map((number) => [jobAt(number), { on: (graph[number]?.upstream ?? []).map(jobAt) }]),
    ),
    reuse: new Map(named('reuse').map(past)),
    leave: new Map([...left('vetoed'), ...left('permanentFailure')]),
    previous: new Map([...named('run'), ...named('runIfChanged')].map(past)),
  };
}

type State = 'succeeded' | 'failed' | 'abandoned' | 'skipped' | 'reused';

/** Where a job ends: its state, the text of its file if there is one, and what it read. */
interface Ending {
  readonly state: State;
  readonly text: string | null;
  readonly reads: readonly string[];
}

/** How the tries of a job come out, one after another. */
function outcome({ script, retries = 0 }: RandomJob): Pick<Ending, 'state' | 'text'> {
  let [transient, infrastructure] = [0, 0];
  for (let tries = 0; ; tries += 1) {
    const now = script[Math.min(tries, script.length - 1)] ?? { is: 'absent' };
    if (now.is === 'made' || now.is === 'absent') {
      return { state: 'succeeded', text: now.is === 'made' ? now.text : null };
    }
    if (now.is === 'transient') {
      transient += 1;
    } else if (now.is !== 'permanent') {
      infrastructure += 1;
    }
    if (now.is === 'permanent' || transient > retries || infrastructure > infrastructureRetries) {
      return { state: 'failed', text: null };
    }
  }
}

function plainReading(graph: readonly RandomJob[]): readonly Ending[] {
  const endings: Ending[] = [];
  graph.forEach((entry, number) => {
    const { is, upstream, before, require: needed = 'all' } = entry;
    const there = upstream.filter((other) => endings[other]?.text !== null);
    const reads = there.map((other) => (endings[other]?.state === 'reused' ? `0/file${String(other)}` : fileAt(other)));
    if (is === 'reuse') {
      endings.push({ state: 'reused', text: before, reads });
    } else if (is === 'vetoed') {
      endings.push({ state: 'skipped', text: null, reads });
    } else if (is === 'permanentFailure') {
      endings.push({ state: 'abandoned', text: null, reads });
    } else if (upstream.length > 0 && !meets(needed, there.length, there.length === upstream.length)) {
      endings.push({ state: 'skipped', text: null, reads });
    } else if (is === 'runIfChanged' && upstream.every((other) => isUnchanged(graph, endings, other))) {
      endings.push({ state: 'reused', text: before, reads });
    } else {
      endings.push({ ...outcome(entry), reads });
    }
    expect(endings).toHaveLength(number + 1);
  });
  return endings;
}

function isUnchanged(graph: readonly RandomJob[], endings: readonly Ending[], number: number): boolean {
  const { is, before, sameness } = graph[number] ?? { is: 'run', before: null };
  const known = is === 'vetoed' || is === 'permanentFailure' ? null : before;
  const now = endings[number]?.text ?? null;
  return known === null || now === null ? known === now : sameness === 'ignore' || known === now;
}

test('each job ends in the one state that the rules give, after everything upstream of it', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, fc.integer({ min: 1, max: 5 }), async (graph, jobs) => {
      const endings = plainReading(graph);
      const decided = new Set<string>();
      const starter = new PretendedStarter((number) => graph[number]?.script ?? []);
      const { events, summary } = await pretendToRun({ work: workOf(graph), starter, jobs, infrastructureRetries });

      const count = (state: State): number => endings.filter((ending) => ending.state === state).length;
      expect(summary).toMatchObject({
        ...{ succeeded: count('succeeded'), failed: count('failed'), reused: count('reused') },
        ...{ skipped: count('skipped'), abandoned: count('abandoned'), total: graph.length },
        outcome: count('succeeded') + count('reused') === graph.length ? 'complete' : 'partial',
      });
      for (const event of events) {
        if (event.type === 'JobSkipped' || event.type === 'JobReused') {
          expect(decided).not.toContain(event.job);
          decided.add(event.job);
          const state = event.type === 'JobSkipped' ? 'skipped' : 'reused';
          expect(endings[Number(event.job.slice(3))]?.state).toBe(state);
        }
      }
      expect(decided.size).toBe(count('skipped') + count('reused'));
      expect(events.filter(({ type }) => type === 'AttemptEnded')).toHaveLength(1);
      expect(events.at(-1)?.type).toBe('AttemptEnded');
      expect(starter.mostAtOnce).toBeLessThanOrEqual(jobs);

      const started = new Set(starter.starts.map(({ job: name }) => name));
      for (const { job: name, inputs } of starter.starts) {
        expect(inputs).toEqual(endings[Number(name.slice(3))]?.reads);
      }
      endings.forEach(({ state }, number) => {
        expect(started.has(jobAt(number))).toBe(state === 'succeeded' || state === 'failed');
      });
    }),
    { numRuns: 150 },
  );
});
