import type { LedgerEvent } from '../../../schemas';
import {
  changed,
  cleanStory,
  digests,
  fileOf,
  more,
  notPassed,
  plus,
  ran,
  resultOf,
  runOf,
  story,
  storyWithoutWarp2,
  verified,
  without,
  type StoryJob,
} from '../../support/coaddStory';
import { execution, type Tell } from '../../support/story';

const { ccd1, ccd2, warp1, warp2, coadd } = story;

describe('another attempt', () => {
  const second = { attempt: 2 } as const;
  const begun = (tell: Tell): LedgerEvent[] => [
    tell('AttemptStarted', {
      ...second,
      by: 'oper',
      at: 200,
      why: 'restart',
      resumedFromAttempt: 1,
      pipelineDigest: digests.pipeline,
    }),
  ];
  const reused = (tell: Tell, jobs: readonly StoryJob[]): LedgerEvent[] =>
    jobs.map(({ job, task, dataId, number }) =>
      tell('JobReused', {
        ...second,
        by: 'oper',
        at: 201,
        job,
        task,
        dataId,
        fromExecution: execution(number),
        fromAttempt: 1,
      }),
    );
  const coaddAgain = (tell: Tell): LedgerEvent[] =>
    ran(tell, { ...coadd, number: 7, from: 210, by: 'nodec', path: '2/coadd.fits' }).map((event) => ({
      ...event,
      header: { ...event.header, attempt: 2 },
    }));

  it('passes with what it declared reused', async () => {
    const report = await verified(
      plus((tell) => [...begun(tell), ...reused(tell, [ccd1, ccd2, warp1, warp2]), ...coaddAgain(tell)]),
    );
    expect(report.units).toMatchObject([{ attempt: 2 }]);
    expect(notPassed(report)).toEqual({ 'anomalies.fewerInputs': 'notJudged' });
  });

  it('fails where it reads from the attempt before without having declared it', async () => {
    const report = await verified(
      plus((tell) => [...begun(tell), ...reused(tell, [ccd1, ccd2, warp2]), ...coaddAgain(tell)]),
    );
    expect(resultOf(report, 'provenance.otherAttempt')).toMatchObject({
      verdict: 'fail',
      findings: [{ subject: warp1.path }],
    });
  });

  it('does not suffer from what was wrong in the attempt before, which is told as a note', async () => {
    const told = changed(cleanStory(), 'FileProduced', fileOf(5), { sizeBytes: 0 });
    const report = await verified(
      more(told, (tell) => [...begun(tell), ...reused(tell, [ccd1, ccd2, warp1, warp2]), ...coaddAgain(tell)]),
    );
    expect(resultOf(report, 'files.empty')).toMatchObject({
      verdict: 'pass',
      findings: [{ verdict: 'note', attempt: 1, subject: coadd.path }],
    });
  });

  it('counts what is rightly absent in what it took over', async () => {
    const absent = storyWithoutWarp2();
    const report = await verified(
      more(absent, (tell) => [...begun(tell), ...reused(tell, [ccd1, ccd2, warp1, warp2]), ...coaddAgain(tell)]),
    );
    expect(report.files.find(({ datasetType }) => datasetType === 'warp')).toMatchObject({
      actual: 1,
      absent: 1,
      verdict: 'pass',
    });
  });
});

describe('losses', () => {
  const failed = (events: readonly LedgerEvent[], failureClass: string): LedgerEvent[] =>
    without(events, fileOf(2)).map((event): LedgerEvent => {
      if (event.type === 'ExecutionSucceeded' && event.execution === execution(2)) {
        const { header, job, metrics } = event;
        const what = { exitCode: 1, signal: null, message: 'dead', missingOutputs: [], caveats: [] };
        return {
          type: 'ExecutionFailed',
          header,
          job,
          execution: execution(2),
          failureClass,
          permanence: 'permanent',
          metrics,
          ...what,
        };
      }
      return event.type === 'InputsUsed' && event.files.length === 2 && event.execution !== execution(5)
        ? { ...event, files: event.files.filter(({ path }) => path !== ccd2.path) }
        : event;
    });

  it('within the tolerated rate are accepted', async () => {
    const report = await verified(failed(cleanStory(), 'deadCcd'));
    expect(report.verdict).toBe('passWithAcceptedLosses');
    expect(report.files.find(({ datasetType }) => datasetType === 'calexp')).toMatchObject({
      actual: 1,
      acceptedLosses: 1,
      verdict: 'passWithAcceptedLosses',
    });
    expect(notPassed(report)).toEqual({
      'files.expected': 'passWithAcceptedLosses',
      'jobs.lost': 'passWithAcceptedLosses',
      'anomalies.fewerInputs': 'passWithAcceptedLosses',
    });
  });

  it('of a class that is not tolerated fail, with their events', async () => {
    const report = await verified(failed(cleanStory(), 'outOfMemory'));
    expect(report.verdict).toBe('fail');
    expect(resultOf(report, 'jobs.lost')).toMatchObject({
      verdict: 'fail',
      findings: [{ subject: ccd2.job, message: expect.stringContaining('1 of 2 jobs of processCcd') as string }],
    });
  });

  it('are not tolerated without a definition', async () => {
    const told = without(failed(cleanStory(), 'deadCcd'), ({ type }) => type === 'PipelineDeclared');
    expect((await verified(told)).verdict).toBe('fail');
  });

  it('of vetoed data are accepted, and the veto is a deviation', async () => {
    const told = without(
      cleanStory(),
      (event) =>
        'execution' in event &&
        [execution(2), execution(3), execution(4), execution(5)].includes(event.execution ?? ''),
    );
    const report = await verified(
      more(told, (tell) => [
        tell('DataIdVetoed', { by: 'oper', dataId: ccd2.dataId, at: 1 }),
        ...[ccd2, warp1, warp2, coadd].map(({ job }) =>
          tell('JobSkipped', { by: 'oper', job, reason: 'vetoed', at: 2 }),
        ),
      ]),
    );
    expect(report.verdict).toBe('passWithAcceptedLosses');
    expect(report.deviations).toMatchObject([{ kind: 'veto', text: expect.stringContaining(ccd2.dataId) as string }]);
  });

  it('are none as long as the jobs may still run', async () => {
    const told = without(
      cleanStory(),
      (event) => event.type === 'AttemptEnded' || ('execution' in event && event.execution === execution(5)),
    );
    const report = await verified(told);
    expect(report.verdict).toBe('partial');
    expect(notPassed(report)).toEqual({ 'files.expected': 'partial', 'jobs.lost': 'partial' });
  });
});

describe('what nobody states an expectation for', () => {
  const unexpected = (): LedgerEvent[] => without(cleanStory(), ({ type }) => type === 'ExpectationDeclared');

  it('is not judged', async () => {
    const report = await verified(unexpected());
    expect(notPassed(report)).toEqual({ 'files.expected': 'notJudged' });
    expect(report.verdict).toBe('pass');
  });

  it('fails when strict, also where it is only one dataset type', async () => {
    expect((await verified(unexpected(), { strict: true })).verdict).toBe('fail');
    const one = without(cleanStory(), (event) => event.type === 'ExpectationDeclared' && event.datasetType === 'warp');
    expect(notPassed(await verified(one, { strict: true }))).toMatchObject({ 'files.expected': 'fail' });
  });
});

describe('a number for the whole campaign', () => {
  const inAll =
    (count: number) =>
    (tell: Tell): LedgerEvent[] => [
      tell('ExpectationDeclared', { by: 'oper', unit: null, attempt: null, datasetType: 'warp', count, basis: 'operator' }), // prettier-ignore
    ];

  it('judges what all units made of a dataset type', async () => {
    const met = await verified(plus(inAll(2)));
    expect(met.verdict).toBe('pass');
    const told = plus(inAll(3));
    const report = await verified(told);
    expect(report.verdict).toBe('fail');
    const [wide] = report.checks.filter(({ check, unit }) => check === 'files.expected' && unit === null);
    expect(wide).toMatchObject({ verdict: 'fail', findings: [{ subject: 'warp', attempt: null }] });
    expect(wide?.findings[0]?.message).toBe(
      'in all units: 3 expected (operator), 2 there, 0 rightly absent: 1 lacking, 1 unaccounted for',
    );
    expect(wide?.findings[0]?.events).toHaveLength(1);
    expect((await verified(told, { unit: 'tract=1' })).verdict).toBe('pass');
  });

  it('is enough for units of which nobody said a number', async () => {
    const unplanned = without(
      cleanStory(),
      (event) => event.type === 'ExpectationDeclared' && (event.datasetType === 'warp' || event.datasetType === null),
    );
    expect((await verified(unplanned, { strict: true })).verdict).toBe('fail');
    expect((await verified(more(unplanned, inAll(2)), { strict: true })).verdict).toBe('pass');
  });
});

describe('a unit that files are expected of and that was never attempted', () => {
  const expectedOf =
    (basis: string) =>
    (tell: Tell): LedgerEvent[] => [
      tell('ExpectationDeclared', { by: 'oper', unit: 'tract=7', attempt: null, datasetType: 'warp', count: 5, basis }), // prettier-ignore
    ];

  it('leaves the campaign unfinished', async () => {
    const report = await verified(plus(expectedOf('operator')));
    expect(report.verdict).toBe('partial');
    const [wide] = report.checks.filter(({ check, unit }) => check === 'files.expected' && unit === null);
    expect(wide?.findings).toMatchObject([
      { subject: 'tract=7', message: 'it has no attempt yet, and is expected to have 5 of warp (operator)' },
    ]);
    expect((await verified(plus(expectedOf('operator')), { unit: 'tract=1' })).verdict).toBe('pass');
  });

  it('decides nothing where only an earlier campaign had it', async () => {
    expect((await verified(plus(expectedOf('reference')))).verdict).toBe('pass');
  });
});

describe('a wrong number of files', () => {
  const messageOf = async (told: readonly LedgerEvent[]): Promise<string> =>
    resultOf(await verified(told), 'files.expected').findings[0]?.message ?? '';

  it('names some that lack, with their jobs', async () => {
    const lacking = without(cleanStory(), (event) => event.type === 'FileProduced' && event.path === warp2.path);
    expect(await messageOf(lacking)).toContain(`; e.g. ${warp2.path} of job ${warp2.job} (succeeded)`);
  });

  it('names some that nobody planned', async () => {
    const path = 'more/warp.fits';
    const { type: datasetType } = warp2;
    const surplus = plus((tell) => [tell('FileProduced', { at: 90, by: 'oper', execution: execution(4), datasetType, path, sizeBytes: 1 })]); // prettier-ignore
    expect(await messageOf(surplus)).toContain(`; e.g. ${path} of job `);
  });
});

describe('the reference', () => {
  const reference =
    (counts: readonly (readonly [string | null, number])[]) =>
    (tell: Tell): LedgerEvent[] =>
      counts.map(([datasetType, count]) =>
        tell('ExpectationDeclared', { by: 'oper', attempt: null, datasetType, count, basis: 'reference' }),
      );

  it('stands beside the plan and decides nothing', async () => {
    const report = await verified(
      plus(
        reference([
          ['calexp', 2],
          ['warp', 9],
        ]),
      ),
    );
    expect(report.verdict).toBe('pass');
    const [calexp, , warp] = report.files;
    expect(calexp).toMatchObject({ expected: { plan: 2, reference: 2 }, judgedBy: 'plan', referenceVerdict: 'pass' });
    expect(warp).toMatchObject({ expected: { plan: 2, reference: 9 }, verdict: 'pass', referenceVerdict: 'fail' });
  });

  it('with a total that its rows leave open is held against the files there are', async () => {
    const report = await verified(
      plus(
        reference([
          ['calexp', 2],
          [null, 8],
        ]),
      ),
    );
    expect(report.verdict).toBe('pass');
    expect(report.totals).toContainEqual(
      expect.objectContaining({ basis: 'reference', declared: 8, rows: 5, rowsAre: 'files', difference: 3 }),
    );
    expect(resultOf(report, 'anomalies.totals')).toMatchObject({
      verdict: 'pass',
      findings: [{ verdict: 'note', message: expect.stringContaining('do not reconcile by 3') as string }],
    });
  });

  it('of the whole campaign is held against all of it, and only where all of it is verified', async () => {
    const told = plus((tell) => [
      tell('ExpectationDeclared', {
        by: 'oper',
        unit: null,
        attempt: null,
        datasetType: null,
        count: 9,
        basis: 'operator',
      }),
    ]);
    const report = await verified(told);
    expect(report.verdict).toBe('fail');
    expect(report.totals).toContainEqual(expect.objectContaining({ unit: null, declared: 9, rows: 5, difference: 4 }));
    expect(await verified(told, { unit: 'tract=1' })).toMatchObject({ verdict: 'pass', totals: [{ unit: 'tract=1' }] });
  });

  it('judges a unit that nobody planned', async () => {
    const unplanned = without(cleanStory(), ({ type }) => type === 'ExpectationDeclared');
    const report = await verified(
      more(
        unplanned,
        reference([
          ['calexp', 2],
          ['warp', 3],
        ]),
      ),
    );
    expect(notPassed(report)).toEqual({ 'files.expected': 'fail' });
  });
});

describe('findings', () => {
  it('are all counted; only so many are listed, the worst first, unless all are asked for', async () => {
    const told = cleanStory().map((event) => (event.type === 'FileProduced' ? { ...event, sizeBytes: 0 } : event));
    expect(resultOf(await verified(told, { listedEach: 2 }), 'files.empty')).toMatchObject({
      findingCount: 5,
      findings: [{}, {}],
    });
    expect(resultOf(await verified(told, { listedEach: Infinity }), 'files.empty').findings).toHaveLength(5);
  });
});

describe('problems and deviations', () => {
  it('are written from what went wrong and what operators did', async () => {
    const report = await verified(
      plus((tell) => [
        tell('AttemptEnded', { by: 'oper', at: 110, outcome: 'partial' }),
        tell('ExecutionFailed', {
          ...runOf(coadd, 9),
          by: 'nodec',
          at: 111,
          failureClass: 'outOfMemory',
          signal: 'SIGKILL',
        }),
        tell('FilePurged', {
          by: 'oper',
          at: 120,
          path: ccd1.path,
          execution: execution(1),
          why: 'space',
          purgedBy: 'bob',
        }),
        tell('OperatorNoted', { by: 'oper', at: 121, text: 'patched stack', ticket: 'DM-10404', notedBy: 'ann' }),
        tell('StartsHeld', { by: 'oper', at: 122, why: 'file system away' }),
      ]),
    );
    expect(report.problems).toMatchObject([
      { kind: 'attempt', text: 'attempt 1 (first) ended partial' },
      { kind: 'failures', text: expect.stringContaining('outOfMemory') as string },
    ]);
    expect(report.deviations).toMatchObject([
      { kind: 'purge', text: '1 file of calexp purged: space', by: 'bob' },
      { kind: 'hold', text: expect.stringContaining('file system away') as string },
      { kind: 'note', text: 'patched stack', ticket: 'DM-10404', by: 'ann' },
    ]);
    [...report.problems, ...report.deviations].forEach(({ events }) => {
      expect(events.length).toBeGreaterThan(0);
    });
  });
});
