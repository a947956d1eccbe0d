import { htcondorInputs } from '../../../producers/importers/htcondor/importHtcondor';
import { executionsTable, jobsTable } from '../../../projections/jobs/tables';
import type { LedgerEvent } from '../../../schemas';
import { condor } from '../../support/condorLog';
import { draftsOf, eventsOf, fileWith } from '../../support/imports';
import { viewsInMemory } from '../../support/memoryViews';
import { temporaryFolder } from '../../support/temporaryFolder';

const temporary = temporaryFolder();
afterAll(temporary.remove);

/** The events of a log, with a DAG or without. */
async function imported(log: readonly string[], dag: string | null = null): Promise<LedgerEvent[]> {
  const logPath = fileWith(temporary.folder, 'a.log', log.join(''));
  const dagPath = dag === null ? null : fileWith(temporary.folder, 'a.dag', dag);
  const [input] = await htcondorInputs({ logPath, dagPath, campaign: 'c', unit: 'u' });
  return eventsOf(input);
}

/** What happens to a job, in short. */
function story(events: readonly LedgerEvent[], job = 'A'): string[] {
  return events.flatMap((event) => {
    if (!('job' in event) || event.job !== job) {
      return [];
    }
    switch (event.type) {
      case 'ExecutionStarted':
        return [`started ${String(event.tryNumber)} on ${String(event.host)}`];
      case 'ExecutionFailed':
        return [`failed ${String(event.exitCode ?? event.signal)}`];
      case 'ExecutionLost':
        return [`lost ${event.cause}`];
      case 'JobSkipped':
        return [`skipped ${event.reason}`];
      default:
        return [event.type.replace(/^(Job|Execution)/, '').toLowerCase()];
    }
  });
}

function stateOf(events: readonly LedgerEvent[], job = 'A'): string {
  const row = viewsInMemory(events)
    .rows(jobsTable)
    .find((each) => each['job'] === job);
  return String(row?.['state']);
}

const run = (id: string, node: string, from: number, result: number | 'killed'): string[] => [
  condor.submitted(id, from, node),
  condor.executing(id, from + 1),
  condor.terminated(id, from + 5, result),
];

describe('what becomes of a DAG node in the events of its log', () => {
  it('is success or failure by the exit code or signal of its job', async () => {
    const events = await imported([...run('1.0', 'A', 0, 0), ...run('2.0', 'B', 10, 'killed')], 'JOB A a\nJOB B b');
    expect(story(events)).toEqual(['planned', 'queued', 'started 1 on worker1', 'succeeded']);
    expect(story(events, 'B')).toEqual(['planned', 'queued', 'started 1 on worker1', 'failed SIGKILL']);
    expect(events.find((event) => event.type === 'JobQueued')?.batchJob).toEqual({
      scheduler: 'htcondor',
      id: '1.0',
      arrayIndex: null,
    });
  });

  it('waits for the POST script, whose result decides both ways', async () => {
    const dag = 'JOB A a\nJOB B b\nSCRIPT POST ALL_NODES p.sh';
    const both = [...run('1.0', 'A', 0, 0), ...run('2.0', 'B', 10, 1)];
    const waiting = await imported(both, dag);
    expect([stateOf(waiting), stateOf(waiting, 'B')]).toEqual(['running', 'running']);
    const post = [condor.postScript('1.0', 30, 'A', 2), condor.postScript('2.0', 31, 'B', 0)];
    const decided = await imported([...both, ...post], dag);
    expect([stateOf(decided), stateOf(decided, 'B')]).toEqual(['failed', 'succeeded']);
    const outcomes = decided.filter((event) => event.type === 'ExecutionFailed' || event.type === 'ExecutionSucceeded');
    expect(outcomes).toMatchObject([
      { exitCode: 0, message: 'ended well, but its POST script ended with exit code 2' },
      { caveats: ['accepted exit code 1'], metrics: { wallMicros: 4_000_000, userCpuMicros: 5_000_000 } },
    ]);
  });

  it('is tried again as often as RETRY says, and not after its UNLESS-EXIT code', async () => {
    const dag = 'JOB A a\nJOB B b\nRETRY A 1\nRETRY B 5 UNLESS-EXIT 7';
    const log = [...run('1.0', 'A', 0, 1), ...run('2.0', 'A', 10, 1), ...run('3.0', 'B', 20, 7)];
    const first = await imported(log.slice(0, 3), dag);
    expect(stateOf(first)).toBe('queued');
    const events = await imported(log, dag);
    expect(story(events)).toEqual([
      'planned',
      'queued',
      'started 1 on worker1',
      'failed 1',
      'retryscheduled',
      'queued',
      'started 2 on worker1',
      'failed 1',
    ]);
    expect([stateOf(events), stateOf(events, 'B')]).toEqual(['failed', 'failed']);
    expect(story(events, 'B')).not.toContain('retryscheduled');
  });

  it('counts a POST script that DAGMan did not log as failed when the node is submitted again', async () => {
    const dag = 'JOB A a\nSCRIPT POST A p.sh\nRETRY A 3';
    const log = [...run('1.0', 'A', 0, 0), ...run('2.0', 'A', 10, 0), condor.postScript('2.0', 20, 'A', 0)];
    const events = await imported(log, dag);
    expect(story(events)).toEqual([
      'planned',
      'queued',
      'started 1 on worker1',
      'failed 0',
      'retryscheduled',
      'queued',
      'started 2 on worker1',
      'succeeded',
    ]);
  });

  it('makes every descendant futile once, but none by a weak dependency and not the FINAL node', async () => {
    const dag = `
      JOB A a
      JOB B b
      JOB C c
      JOB D d
      JOB W w
      FINAL F f
      PARENT A CHILD B C
      PARENT B C CHILD D
      WEAK PARENT A CHILD W`;
    const events = await imported([...run('1.0', 'A', 0, 1), ...run('2.0', 'F', 10, 0)], dag);
    const skipped = events.filter((event) => event.type === 'JobSkipped');
    expect(skipped.map(({ job, reason, becauseOfJob }) => `${job} ${reason} ${String(becauseOfJob)}`).sort()).toEqual([
      'B upstreamFailed A',
      'C upstreamFailed A',
      'D upstreamFailed A',
    ]);
    expect([stateOf(events, 'W'), stateOf(events, 'F')]).toEqual(['planned', 'succeeded']);
  });

  it('is done only when all procs of its cluster are, and fails with any of them', async () => {
    const submitted = [0, 1, 2].map((proc) => condor.submitted(`1.${String(proc)}`, 0, 'A'));
    const executing = [0, 1, 2].map((proc) => condor.executing(`1.${String(proc)}`, proc + 1));
    const two = [condor.terminated('1.0', 10, 0), condor.terminated('1.2', 11, 0)];
    const open = await imported([...submitted, ...executing, ...two], 'JOB A a');
    expect(stateOf(open)).toBe('running');
    const good = await imported([...submitted, ...executing, ...two, condor.terminated('1.1', 12, 0)], 'JOB A a');
    expect(stateOf(good)).toBe('succeeded');
    expect(viewsInMemory(good).rows(executionsTable)).toHaveLength(3);
    const bad = await imported([...submitted, ...executing, ...two, condor.terminated('1.1', 12, 3)], 'JOB A a');
    expect(stateOf(bad)).toBe('failed');
    const messages = bad.filter((event) => event.type === 'ExecutionFailed').map(({ message }) => message);
    const because = 'ended well, but job 1.1 of the same node ended with exit code 3, and a node is judged as a whole';
    expect(messages.sort()).toEqual([because, because, null].sort());
    const borne = await imported(
      [...submitted, ...executing, ...two, condor.terminated('1.1', 12, 3)],
      'JOB A a\nTOLERANCE A 1',
    );
    expect(stateOf(borne)).toBe('succeeded');
  });

  it('waits for the removal of a cluster whose procs come one after the other', async () => {
    const log = [
      condor.clusterSubmitted('1.-1', 0, 'A'),
      condor.submitted('1.0', 1, null),
      condor.executing('1.0', 2),
      condor.terminated('1.0', 3, 0),
    ];
    expect(stateOf(await imported(log, 'JOB A a'))).toBe('running');
    const more = [condor.submitted('1.1', 4, null), condor.executing('1.1', 5), condor.terminated('1.1', 6, 0)];
    const events = await imported([...log, ...more, condor.clusterRemoved('1.-1', 7)], 'JOB A a');
    expect(stateOf(events)).toBe('succeeded');
    expect(story(events).filter((word) => word === 'succeeded')).toHaveLength(2);
  });

  it('loses its run by eviction, shadow exception, lost contact and hold, and runs again', async () => {
    const events = await imported(
      [
        condor.submitted('1.0', 0, 'A'),
        condor.executing('1.0', 1, 'w1'),
        condor.imageSize('1.0', 2, 4000),
        condor.evicted('1.0', 3, 'a better user came'),
        condor.executing('1.0', 4, 'w2'),
        condor.shadowException('1.0', 5),
        condor.executing('1.0', 6, 'w3'),
        condor.disconnected('1.0', 7),
        condor.reconnectFailed('1.0', 8),
        condor.executing('1.0', 9, 'w4'),
        condor.held('1.0', 10, 46),
        condor.released('1.0', 11),
        condor.executing('1.0', 12, 'w5'),
        condor.executing('1.0', 13, 'w6'),
        condor.requeued('1.0', 14, 9),
        condor.executing('1.0', 15, 'w7'),
        condor.terminated('1.0', 16, 0),
      ],
      'JOB A a',
    );
    expect(story(events)).toEqual([
      'planned',
      'queued',
      'started 1 on w1',
      'lost evicted',
      'queued',
      'started 2 on w2',
      'lost evicted',
      'queued',
      'started 3 on w3',
      'lost nodeFailure',
      'queued',
      'started 4 on w4',
      'lost timeLimit',
      'held',
      'released',
      'started 5 on w5',
      'lost unheardOf',
      'started 6 on w6',
      'failed 9',
      'retryscheduled',
      'queued',
      'started 7 on w7',
      'succeeded',
    ]);
    const [lost] = events.filter((event) => event.type === 'ExecutionLost');
    expect(lost).toMatchObject({
      toldBy: 'htcondor',
      evidence: 'evicted: a better user came',
      metrics: { wallMicros: 2_000_000, userCpuMicros: 7_000_000, maxRssBytes: 4_096_000 },
    });
    expect(events.find((event) => event.type === 'JobHeld')).toMatchObject({
      reason: 'by somebody (code 46, subcode 0)',
      heldBy: 'htcondor',
    });
    expect(stateOf(events)).toBe('succeeded');
  });

  it('is held while it is held, and queued when it is released', async () => {
    const log = [condor.submitted('1.0', 0, 'A'), condor.held('1.0', 1), condor.released('1.0', 2)];
    expect(stateOf(await imported(log.slice(0, 2), 'JOB A a'))).toBe('held');
    expect(stateOf(await imported(log, 'JOB A a'))).toBe('queued');
  });

  it('is skipped where it was taken from the queue before it ran, and lost where it ran', async () => {
    const dag = 'JOB A a\nJOB B b\nPARENT A CHILD B';
    const idle = await imported([condor.submitted('1.0', 0, 'A'), condor.aborted('1.0', 1)], dag);
    expect(story(idle)).toEqual(['planned', 'queued', 'skipped cancelled']);
    expect(story(idle, 'B')).toEqual(['planned', 'skipped upstreamFailed']);
    const ran = await imported(
      [condor.submitted('1.0', 0, 'A'), condor.executing('1.0', 1), condor.aborted('1.0', 2)],
      dag,
    );
    expect(story(ran)).toEqual(['planned', 'queued', 'started 1 on worker1', 'lost evicted']);
    expect(stateOf(ran)).toBe('lost');
  });

  it('fails where its executable is bad, although it never executed', async () => {
    const log = [condor.submitted('1.0', 0, 'A'), condor.executableError('1.0', 1), condor.aborted('1.0', 1)];
    const events = await imported(log, 'JOB A a');
    expect(stateOf(events)).toBe('failed');
    expect(events.find((event) => event.type === 'ExecutionFailed')).toMatchObject({
      message: '(0) Job file not executable.',
      metrics: { wallMicros: null, userCpuMicros: null },
    });
  });

  it('succeeds without work where its PRE script skips it, where it is NOOP, and where only a POST script speaks', async () => {
    const noop = '000 (000.2147483647.001) 2025-01-01 00:00:00 Job submitted from host: <NOOP>\n    DAG Node: N\n...\n';
    const done = condor.terminated('0.2147483647', 1, 0).replace('.000)', '.001)');
    const log = [condor.preSkipped('0.0', 0, 'A'), noop, done, condor.postScript('-1.0', 5, 'P', 0)];
    const events = await imported(log, 'JOB A a\nJOB N n NOOP\nJOB P p\nSCRIPT POST P p.sh');
    expect(['A', 'N', 'P'].map((job) => stateOf(events, job))).toEqual(['succeeded', 'succeeded', 'succeeded']);
    const caveats = events.flatMap((event) => (event.type === 'ExecutionSucceeded' ? [event.caveats] : []));
    expect(caveats).toEqual([['noWork'], ['noWork'], ['noWork']]);
  });

  it('is reused where the DAG file says that it was done before', async () => {
    const events = await imported(run('1.0', 'B', 0, 0), 'JOB A a\nJOB B b\nDONE A\nPARENT A CHILD B');
    expect(stateOf(events)).toBe('reused');
  });
});

describe('a job event log without a DAG file', () => {
  it('gives a job for every node that it names, and leaves the POST scripts their say', async () => {
    const log = [...run('1.0', 'A', 0, 0), condor.postScript('1.0', 9, 'A', 1), ...run('2.0', 'B', 10, 0)];
    const events = await imported(log);
    expect(stateOf(events)).toBe('failed');
    expect(stateOf(events, 'B')).toBe('succeeded');
    expect(events.find((event) => event.type === 'JobPlanned')).toMatchObject({
      job: 'A',
      task: 'A',
      upstreamJobs: [],
    });
  });

  it('gives a job for every proc that is of no DAG', async () => {
    const log = [
      condor.submitted('5.0', 0, null),
      condor.submitted('5.1', 0, null),
      condor.executing('5.0', 1),
      condor.executing('5.1', 1),
      condor.terminated('5.0', 2, 0),
      condor.terminated('5.1', 3, 1),
    ];
    const events = await imported(log);
    expect([stateOf(events, '5.0'), stateOf(events, '5.1')]).toEqual(['succeeded', 'failed']);
  });
});

describe('what an import of a log tells beside its events', () => {
  it('counts the records that it ignores, each with its reason', async () => {
    const log = [
      ...run('1.0', 'A', 0, 0),
      condor.disconnected('1.0', 9),
      condor.executing('7.0', 10),
      '033 (1.0.0) 2025-01-01 00:01:00 Changing job attribute X\n...\n',
      '060 (1.0.0) 2025-01-01 00:01:00 From the future\n...\n',
    ];
    const logPath = fileWith(temporary.folder, 'b.log', log.join(''));
    const [input] = await htcondorInputs({ logPath, campaign: 'c', unit: 'u' });
    const { findings } = await draftsOf(input);
    expect(findings.records).toBe(7);
    expect([...findings.ignored.values()]).toEqual([1, 1, 1, 1]);
    expect([...findings.ignored.keys()].join('\n')).toMatch(
      /022 JOB_DISCONNECTED: .*\n.*submission.*\n033 .*\n060: not known/s,
    );
    expect([...findings.warnings]).toEqual(['event code 060 is not known to this version; its records are left out']);
  });

  it('refuses a log that names a node which the DAG file does not have', async () => {
    await expect(imported(run('1.0', 'X', 0, 0), 'JOB A a')).rejects.toThrow(
      /a.log:1: expected a node of .*a.dag, found "X"/,
    );
  });

  it('asks for a campaign and a unit where nothing tells them', async () => {
    const logPath = fileWith(temporary.folder, 'c.log', run('1.0', 'A', 0, 0).join(''));
    await expect(htcondorInputs({ logPath, campaign: 'c' })).rejects.toThrow('name the unit with --unit');
    await expect(htcondorInputs({ logPath, unit: 'u' })).rejects.toThrow('name the campaign with --campaign');
    await expect(htcondorInputs({ logPath, campaign: 'c', unit: 'u', attempt: 0 })).rejects.toThrow(
      'a whole number from 1',
    );
  });

  it('plans a job with very many upstream jobs in parts', async () => {
    const parents = Array.from({ length: 9000 }, (_, index) => `a-rather-long-name-of-a-node-${String(index)}`);
    const dag = [...parents.map((name) => `JOB ${name} a`), 'JOB Z z', `PARENT ${parents.join(' ')} CHILD Z`].join(
      '\n',
    );
    const planned = (await imported(run('1.0', 'Z', 0, 0), dag)).filter(
      (event) => event.type === 'JobPlanned' && event.job === 'Z',
    );
    expect(planned.map((event) => (event.type === 'JobPlanned' ? [event.part, event.parts] : []))).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(planned.flatMap((event) => (event.type === 'JobPlanned' ? event.upstreamJobs : []))).toEqual(parents);
  });
});
