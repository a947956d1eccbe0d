import { freshWorkPlan, type WorkPlan } from '../../../pipelines/workPlan';
import { Schedule, WorkPlanError, type Decision } from '../../../producers/runner/schedule';
import { content, fileAt, graphPlan, jobAt, madeBefore, type GraphJob } from '../../support/plannedGraph';

function scheduleOf(graph: readonly GraphJob[], change: Partial<WorkPlan> = {}): Schedule {
  const fresh = freshWorkPlan(graphPlan(graph));
  const elsewhere = [change.runIfChanged, change.reuse, change.leave].flatMap((list) => [...(list?.keys() ?? [])]);
  const run = new Map([...fresh.run].filter(([name]) => !elsewhere.includes(name)));
  return new Schedule({ ...fresh, run, ...change });
}

/** Takes the next job, and ends it with a file of this text; null where it failed. */
function runNext(schedule: Schedule, text: string | null = 'new'): string | undefined {
  const job = schedule.next();
  if (job !== null && text === null) {
    schedule.failed(job);
  } else if (job !== null) {
    schedule.succeeded(job, new Map([[job.outputs[0]?.[0]?.path ?? '', content(text ?? '')]]));
  }
  return job?.name;
}

const told = (decisions: readonly Decision[]): readonly string[] =>
  decisions.map((decision) =>
    decision.kind === 'skipped'
      ? `${decision.job.name} skipped: ${decision.reason} ${String(decision.because)}`
      : `${decision.job.name} ${decision.kind}`,
  );

describe('The order of jobs', () => {
  it('begins with the longest chain of work, then goes by the plan', () => {
    const schedule = scheduleOf([
      { upstream: [], wallSeconds: 5 },
      { upstream: [], wallSeconds: 1 },
      { upstream: [1], wallSeconds: 100 },
      { upstream: [], wallSeconds: 5 },
    ]);
    expect([runNext(schedule), runNext(schedule), runNext(schedule), runNext(schedule)]).toEqual(
      [1, 2, 0, 3].map(jobAt),
    );
    expect(schedule.finished).toBe(true);
  });

  it('offers a job only once all jobs upstream have ended', () => {
    const schedule = scheduleOf([{ upstream: [] }, { upstream: [] }, { upstream: [0, 1] }]);
    const [first, second] = [schedule.next(), schedule.next()];
    expect(schedule.next()).toBeNull();
    schedule.succeeded(first ?? fail(), new Map([[fileAt(0), content('a')]]));
    expect(schedule.next()).toBeNull();
    schedule.succeeded(second ?? fail(), new Map([[fileAt(1), content('b')]]));
    expect(schedule.next()?.name).toBe(jobAt(2));
  });

  it('takes chains longer than the stack', () => {
    const graph = Array.from({ length: 50_000 }, (_, number) => ({ upstream: number === 0 ? [] : [number - 1] }));
    const schedule = scheduleOf(graph);
    runNext(schedule, null);
    expect(schedule.count('skipped')).toBe(graph.length - 1);
    expect(schedule.finished).toBe(true);
  });
});

describe('A job that failed', () => {
  it('skips those descendants whose requirement it leaves unmet, and names the job where it began', () => {
    const schedule = scheduleOf([
      { upstream: [] },
      { upstream: [] },
      { upstream: [0, 1], require: 'all' },
      { upstream: [0, 1], require: 'any' },
      { upstream: [0, 1], require: { atLeast: 2 } },
      { upstream: [2, 3], require: 'any' },
      { upstream: [2] },
    ]);
    expect(runNext(schedule, null)).toBe(jobAt(0));
    expect(runNext(schedule)).toBe(jobAt(1));
    expect(told(schedule.takeDecisions())).toEqual([
      `job2 skipped: upstreamFailed job0`,
      `job4 skipped: upstreamFailed job0`,
      `job6 skipped: upstreamFailed job0`,
    ]);
    const third = schedule.next();
    expect(schedule.inputsOf(third ?? fail())).toEqual([[{ ...content('new'), path: fileAt(1) }]]);
    schedule.succeeded(third ?? fail(), new Map([[fileAt(3), content('x')]]));
    expect(runNext(schedule)).toBe(jobAt(5));
    expect(schedule.finished).toBe(true);
  });

  it('is told from one that rightly wrote nothing', () => {
    const schedule = scheduleOf([{ upstream: [] }, { upstream: [0] }]);
    schedule.succeeded(schedule.next() ?? fail(), new Map());
    expect(told(schedule.takeDecisions())).toEqual(['job1 skipped: noWorkUpstream job0']);
  });
});

describe('A restart', () => {
  it('takes over what is reused before anything starts, and hands its files on under their old names', () => {
    const schedule = scheduleOf([{ upstream: [] }, { upstream: [0] }, { upstream: [1] }], {
      reuse: new Map([
        [jobAt(0), madeBefore(0, 'old')],
        [jobAt(1), madeBefore(1, 'old')],
      ]),
    });
    expect(told(schedule.takeDecisions())).toEqual(['job0 reused', 'job1 reused']);
    const job = schedule.next();
    expect(job?.name).toBe(jobAt(2));
    expect(schedule.inputsOf(job ?? fail())[0]?.map(({ path }) => path)).toEqual(['0/file1']);
  });

  it.each([
    ['the same bytes', 'bytes', 'old', 'job1 reused'],
    ['other bytes', 'bytes', 'new', null],
    ['other bytes that do not matter', 'ignore', 'new', 'job1 reused'],
    ['another content digest, or none', 'contentDigest', 'new', null],
  ] as const)('settles what runs only if its inputs changed: %s', (_, sameness, text, decision) => {
    const schedule = scheduleOf([{ upstream: [], sameness }, { upstream: [0] }], {
      runIfChanged: new Map([[jobAt(1), { on: [jobAt(0)] }]]),
      previous: new Map([
        [jobAt(0), madeBefore(0, 'old')],
        [jobAt(1), madeBefore(1, 'old')],
      ]),
    });
    runNext(schedule, text);
    expect(told(schedule.takeDecisions())).toEqual(decision === null ? [] : [decision]);
    expect(schedule.next()?.name ?? null).toBe(decision === null ? jobAt(1) : null);
  });

  it('runs again what lost one of its inputs, if the others are enough', () => {
    const schedule = scheduleOf([{ upstream: [] }, { upstream: [] }, { upstream: [0, 1], require: 'any' }], {
      reuse: new Map([[jobAt(1), madeBefore(1, 'old')]]),
      runIfChanged: new Map([[jobAt(2), { on: [jobAt(0)] }]]),
      previous: new Map([
        [jobAt(0), madeBefore(0, 'old')],
        [jobAt(2), madeBefore(2, 'old')],
      ]),
    });
    runNext(schedule, null);
    expect(schedule.next()?.name).toBe(jobAt(2));
  });

  it('leaves what would fail again or is vetoed, and skips what stands on it', () => {
    const schedule = scheduleOf([{ upstream: [] }, { upstream: [] }, { upstream: [0] }, { upstream: [1] }], {
      leave: new Map([
        [jobAt(0), { reason: 'permanentFailure', execution: null, failureClass: 'deadCcd' }],
        [jobAt(1), { reason: 'vetoed', execution: null, failureClass: null }],
      ]),
    });
    expect(told(schedule.takeDecisions())).toEqual([
      'job0 left',
      'job1 skipped: vetoed null',
      'job2 skipped: upstreamFailed job0',
      'job3 skipped: vetoed job1',
    ]);
    expect(schedule.finished).toBe(true);
  });

  it('is refused where its work does not say one thing of each job', () => {
    const plan = graphPlan([{ upstream: [] }]);
    const fresh = freshWorkPlan(plan);
    expect(() => new Schedule({ ...fresh, run: new Map() })).toThrow(WorkPlanError);
    expect(() => new Schedule({ ...fresh, reuse: new Map([[jobAt(0), madeBefore(0, 'old')]]) })).toThrow(
      'names job0 more than once',
    );
  });
});

test('Cancelling skips what has not begun and leaves what runs', () => {
  const schedule = scheduleOf([{ upstream: [] }, { upstream: [] }, { upstream: [0] }]);
  const running = schedule.next();
  schedule.cancel();
  expect(told(schedule.takeDecisions())).toEqual(['job1 skipped: cancelled null', 'job2 skipped: cancelled null']);
  schedule.succeeded(running ?? fail(), new Map());
  expect([schedule.finished, schedule.next(), schedule.takeDecisions()]).toEqual([true, null, []]);
});

function fail(): never {
  throw new Error('there should be a job');
}
