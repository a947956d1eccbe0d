/** The merge rules of projections/README.md about jobs, executions and operators, one by one, in any order of hearing. */
import { campaignsTable, executionsTable, jobsTable, notesTable, vetoesTable } from '../../projections/jobs/tables';
import { failureCountsTable } from '../../projections/failures/tables';
import { attemptMetricsTable, executableMetricsTable } from '../../projections/runtimeMetrics/tables';
import type { LedgerEvent } from '../../schemas';
import { heardInAnyOrder, onlyRow as only, viewsInMemory } from '../support/memoryViews';
import { execution, microsAt, newStory, unmeasured, type Tell } from '../support/story';

let tell: Tell = newStory();
beforeEach(() => {
  tell = newStory();
});

describe('statements of one kind about one thing', () => {
  it('the later by its own clock counts, whichever is heard last', () => {
    const views = heardInAnyOrder([
      tell('CampaignDeclared', { at: 2, description: 'later' }),
      tell('CampaignDeclared', { at: 1, description: 'earlier', by: 'other' }),
    ]);
    expect(views.rows(campaignsTable)).toMatchObject([{ description: 'later' }]);
  });

  it('of equal times the greater producer counts, and of one producer the later in its sequence', () => {
    const views = heardInAnyOrder([
      tell('CampaignDeclared', { by: 'a', description: 'of a' }),
      tell('CampaignDeclared', { by: 'b', description: 'of b' }),
      tell('CampaignDeclared', { by: 'b', description: 'of b, later' }),
    ]);
    expect(views.rows(campaignsTable)).toMatchObject([{ description: 'of b, later' }]);
  });
});

describe('an execution', () => {
  it('that is told to be lost and to have ended has ended, whoever told either and whenever', () => {
    const views = heardInAnyOrder([
      tell('ExecutionStarted', { at: 1 }),
      tell('ExecutionSucceeded', { at: 2 }),
      tell('ExecutionLost', { at: 3, by: 'relay' }),
    ]);
    expect(only(views, jobsTable)).toMatchObject({ state: 'succeeded', executions: 1 });
    expect(only(views, executionsTable)).toMatchObject({ state: 'succeeded', lost_stamp: null });
  });

  it('of which two ends are told ended as the later says', () => {
    const views = heardInAnyOrder([
      tell('ExecutionFailed', { at: 1, exitCode: 1 }),
      tell('ExecutionSucceeded', { at: 2, by: 'importer' }),
    ]);
    expect(only(views, executionsTable)).toMatchObject({ state: 'succeeded', exit_code: null });
  });

  it('whose end is heard before its start waits with what is known of it', () => {
    const [ended, started] = [
      tell('ExecutionSucceeded', { at: 2 }),
      tell('ExecutionStarted', { at: 1, by: 'importer', host: 'h1' }),
    ];
    expect(only(viewsInMemory([ended]), executionsTable)).toMatchObject({ state: 'succeeded', host: null });
    expect(only(heardInAnyOrder([ended, started]), executionsTable)).toMatchObject({ state: 'succeeded', host: 'h1' });
  });

  it('told by a sidecar and by an importer is one', () => {
    const views = heardInAnyOrder([
      tell('ExecutionStarted', { at: 1, executable: 'warp.py' }),
      tell('ExecutionStarted', { at: 2, executable: 'warp.py', by: 'importer' }),
      tell('ExecutionFailed', { at: 3, failureClass: 'outOfMemory', metrics: { ...unmeasured, userCpuMicros: 7 } }),
      tell('ExecutionFailed', {
        at: 4,
        failureClass: 'outOfMemory',
        metrics: { ...unmeasured, userCpuMicros: 7 },
        by: 'importer',
      }),
    ]);
    expect(only(views, jobsTable)).toMatchObject({ executions: 1 });
    expect(only(views, executableMetricsTable)).toMatchObject({ executions: 1, user_cpu_us: 7 });
    expect(only(views, failureCountsTable)).toMatchObject({ failures: 1, cpu_lost_us: 7 });
  });

  it('that producers place in two attempts belongs to the greater', () => {
    const views = heardInAnyOrder([
      tell('ExecutionStarted', { attempt: 1 }),
      tell('ExecutionFailed', { attempt: 2, by: 'importer', metrics: { ...unmeasured, userCpuMicros: 5 } }),
    ]);
    expect(only(views, executableMetricsTable)).toMatchObject({ attempt: 2, executions: 1 });
    expect(only(views, attemptMetricsTable)).toMatchObject({ attempt: 2, user_cpu_us: 5 });
    expect(only(views, failureCountsTable)).toMatchObject({ attempt: 2, failures: 1 });
  });
});

describe('the executions of a job', () => {
  it('rank by their try number, whatever the clocks say; the last one decides', () => {
    const views = heardInAnyOrder([
      ...run(1, { tryNumber: 2, from: 1, to: 2, ends: 'ExecutionSucceeded' }),
      ...run(2, { tryNumber: 1, from: 5, to: 6, ends: 'ExecutionFailed' }),
    ]);
    expect(only(views, jobsTable)).toMatchObject({ state: 'succeeded', execution: execution(1), executions: 2 });
  });

  it('without try numbers rank by their start, and equal starts by UUID', () => {
    const byStart = heardInAnyOrder([
      ...run(2, { from: 1, to: 9, ends: 'ExecutionFailed' }),
      ...run(1, { from: 2, to: 3, ends: 'ExecutionSucceeded' }),
    ]);
    expect(only(byStart, jobsTable)).toMatchObject({ execution: execution(1), state: 'succeeded' });
    tell = newStory();
    const byUuid = heardInAnyOrder([
      ...run(1, { from: 1, to: 2, ends: 'ExecutionFailed' }),
      ...run(2, { from: 1, to: 2, ends: 'ExecutionSucceeded' }),
    ]);
    expect(only(byUuid, jobsTable)).toMatchObject({ execution: execution(2), state: 'succeeded' });
  });
});

describe("a job's state", () => {
  it.each<[string, (story: Tell) => LedgerEvent[]]>([
    ['planned', (say) => [say('JobPlanned')]],
    ['queued', (say) => [say('JobPlanned'), say('JobQueued', { at: 1 })]],
    ['held', (say) => [say('JobQueued', { at: 1 }), say('JobHeld', { at: 2 })]],
    ['queued', (say) => [say('JobQueued', { at: 1 }), say('JobHeld', { at: 2 }), say('JobReleased', { at: 3 })]],
    ['skipped', (say) => [say('JobPlanned'), say('JobSkipped', { at: 1 })]],
    ['queued', (say) => [say('JobSkipped', { at: 1 }), say('JobQueued', { at: 2 })]],
    ['reused', (say) => [say('JobPlanned'), say('JobSkipped', { at: 2 }), say('JobReused', { at: 1 })]],
    ['abandoned', (say) => [say('JobQueued', { at: 2 }), say('JobAbandoned', { at: 1 })]],
  ])('without an execution is %s by the strongest word there is (%#)', (state, events) => {
    expect(only(heardInAnyOrder(events(tell)), jobsTable)).toMatchObject({ state });
  });

  it.each(['running', 'succeeded', 'failed', 'lost'] as const)('is what its last execution came to: %s', (state) => {
    const ends = {
      running: null,
      succeeded: 'ExecutionSucceeded',
      failed: 'ExecutionFailed',
      lost: 'ExecutionLost',
    } as const;
    const views = heardInAnyOrder([
      tell('JobPlanned'),
      tell('JobQueued'),
      ...run(1, { from: 1, to: 2, ends: ends[state] }),
    ]);
    expect(only(views, jobsTable)).toMatchObject({ state });
  });

  it('is queued again after an eviction once the scheduler says so later', () => {
    const views = heardInAnyOrder([
      ...run(1, { from: 1, to: 2, ends: 'ExecutionLost' }),
      tell('JobQueued', { at: 3, by: 'importer' }),
    ]);
    expect(only(views, jobsTable)).toMatchObject({ state: 'queued' });
  });

  it('stays failed where the scheduler queued it before', () => {
    const views = heardInAnyOrder([
      ...run(1, { from: 1, to: 3, ends: 'ExecutionFailed' }),
      tell('JobQueued', { at: 2, by: 'importer' }),
    ]);
    expect(only(views, jobsTable)).toMatchObject({ state: 'failed' });
  });

  it('is queued where a retry is scheduled because of its last execution, and only then', () => {
    const failed = run(1, { tryNumber: 1, from: 1, to: 2, ends: 'ExecutionFailed' });
    const retry = tell('JobRetryScheduled', { at: 0, becauseOf: execution(1) });
    expect(only(heardInAnyOrder([...failed, retry]), jobsTable)).toMatchObject({ state: 'queued' });
    const failedAgain = run(2, { tryNumber: 2, from: 3, to: 4, ends: 'ExecutionFailed' });
    expect(only(heardInAnyOrder([...failed, retry, ...failedAgain]), jobsTable)).toMatchObject({ state: 'failed' });
  });

  it('is abandoned because of an execution only while that is the last one', () => {
    const events = [
      ...run(1, { from: 1, to: 2, ends: 'ExecutionFailed' }),
      tell('JobAbandoned', { at: 2, becauseOf: execution(1) }),
    ];
    expect(only(heardInAnyOrder(events), jobsTable)).toMatchObject({ state: 'abandoned' });
    const another = tell('ExecutionStarted', { at: 5, execution: execution(2) });
    expect(only(heardInAnyOrder([...events, another]), jobsTable)).toMatchObject({ state: 'running' });
  });

  it('is abandoned by an operator whatever fails later, but succeeded when it succeeds all the same', () => {
    const given = tell('JobAbandoned', { at: 1, reason: 'operator', by: 'operator' });
    const failed = run(1, { from: 2, to: 3, ends: 'ExecutionFailed' });
    expect(only(heardInAnyOrder([given, ...failed]), jobsTable)).toMatchObject({ state: 'abandoned' });
    const succeeded = run(2, { from: 4, to: 5, ends: 'ExecutionSucceeded' });
    expect(only(heardInAnyOrder([given, ...failed, ...succeeded]), jobsTable)).toMatchObject({ state: 'succeeded' });
  });
});

describe('task and data ID of a job, which many events repeat', () => {
  it('are the known ones, and of two the greater', () => {
    const views = heardInAnyOrder([
      tell('JobPlanned', { task: 'warp', dataId: null }),
      tell('ExecutionStarted', { task: 'makeWarp', dataId: '{"visit":1}' }),
    ]);
    expect(only(views, jobsTable)).toMatchObject({ task: 'warp', data_id: '{"visit":1}' });
  });
});

describe('a veto', () => {
  it('and its lifting stand in one row, whichever is heard first', () => {
    const lifting = tell('VetoLifted', { at: 2, why: 'a mistake' });
    expect(only(viewsInMemory([lifting]), vetoesTable)).toMatchObject({ why: null, lifted_why: 'a mistake' });
    const views = heardInAnyOrder([lifting, tell('DataIdVetoed', { at: 1, by: 'operator' })]);
    expect(only(views, vetoesTable)).toMatchObject({ why: 'satellite trail', lifted_why: 'a mistake' });
  });
});

describe('notes', () => {
  it('are all kept, also two of the same second', () => {
    const views = heardInAnyOrder([tell('OperatorNoted', { text: 'one' }), tell('OperatorNoted', { text: 'two' })]);
    expect(views.rows(notesTable)).toHaveLength(2);
  });
});

describe('costs', () => {
  it('count only executions that have ended, and say how many were not measured', () => {
    const metrics = { ...unmeasured, userCpuMicros: 0, maxRssBytes: 9 };
    const views = heardInAnyOrder([
      tell('ExecutionStarted', { execution: execution(1), at: 1 }),
      tell('ExecutionSucceeded', { execution: execution(1), at: 5, metrics }),
      tell('ExecutionFailed', { execution: execution(2), at: 4 }),
      tell('ExecutionStarted', { execution: execution(2), at: 2 }),
      tell('ExecutionStarted', { execution: execution(3), at: 0 }),
    ]);
    expect(only(views, executableMetricsTable)).toMatchObject({ executions: 2, not_measured: 1, max_rss_bytes: 9 });
    expect(only(views, attemptMetricsTable)).toMatchObject({
      first_started_at_us: microsAt(0),
      last_ended_at_us: microsAt(5),
    });
  });

  it('forget a maximum that rested on a loss which was an end after all', () => {
    const lost = tell('ExecutionLost', { by: 'relay', at: 9, metrics: { ...unmeasured, maxRssBytes: 900 } });
    const ended = tell('ExecutionSucceeded', { at: 3, metrics: { ...unmeasured, maxRssBytes: 100 } });
    const views = heardInAnyOrder([lost, ended, tell('ExecutionStarted', { at: 1 })]);
    expect(only(views, executableMetricsTable)).toMatchObject({ executions: 1, max_rss_bytes: 100 });
    expect(only(views, attemptMetricsTable)).toMatchObject({ last_ended_at_us: microsAt(3) });
  });
});

/** One execution by its start and, where it ended, its end. */
function run(
  number: number,
  {
    tryNumber = null,
    from,
    to,
    ends,
  }: {
    tryNumber?: number | null;
    from: number;
    to: number;
    ends: 'ExecutionSucceeded' | 'ExecutionFailed' | 'ExecutionLost' | null;
  },
): LedgerEvent[] {
  const started = tell('ExecutionStarted', { execution: execution(number), tryNumber, at: from });
  return ends === null ? [started] : [started, tell(ends, { execution: execution(number), at: to })];
}
