import { randomUUID } from 'node:crypto';
import { findingKey } from '../../../consumers/restart/standing';
import type { RestartJson } from '../../../consumers/restart/restartJson';
import {
  afterFirstAttempt,
  calexpFile,
  ccd,
  check,
  coadd,
  coaddFile,
  coaddPipelineOf,
  header,
  makerOf,
  purge,
  restartAndRun,
  restartIn,
  warp,
  warpFile,
} from '../../support/coaddRestart';

const pipeline = coaddPipelineOf();
const everything = [ccd(10, 1), ccd(10, 2), ccd(11, 1), ccd(11, 2), warp('4,4', 10), warp('4,4', 11), warp('4,5', 11), coadd('4,4'), coadd('4,5')]; // prettier-ignore

const reasons = ({ run }: RestartJson): Record<string, string> =>
  Object.fromEntries(run.map(({ job, reason }) => [job, reason]));
const names = (entries: readonly { readonly job: string }[]): string[] => entries.map(({ job }) => job);
const evidenceOf = ({ run }: RestartJson, name: string): string =>
  run.find(({ job }) => job === name)?.evidence.join('; ') ?? '';

describe('a job that has nothing to show', () => {
  it('runs because it never ran, and whatever waits for it too', async () => {
    const world = afterFirstAttempt(pipeline, {
      endings: { [ccd(11, 2)]: 'neverStarts', [coadd('4,5')]: 'neverStarts' },
    });
    const { json } = await restartIn(world, pipeline);
    expect(reasons(json)).toEqual({ [ccd(11, 2)]: 'neverRan', [coadd('4,5')]: 'neverRan' });
    // The warps of visit 11 were made without that CCD: whether it comes out this time decides.
    expect(json.runIfChanged).toMatchObject([
      { job: warp('4,4', 11), on: [ccd(11, 2)] },
      { job: warp('4,5', 11), on: [ccd(11, 2)] },
      { job: coadd('4,4'), on: [warp('4,4', 11)] },
    ]);
    expect(names(json.reuse)).toEqual([ccd(10, 1), ccd(10, 2), ccd(11, 1), warp('4,4', 10)]);
    expect(json.reuse[0]).toMatchObject({ attempt: 1, execution: makerOf(world, calexpFile(10, 1)) });
  });

  it('runs because it failed, with class and execution', async () => {
    const world = afterFirstAttempt(pipeline, { endings: { [coadd('4,4')]: 'fails' } });
    const { json } = await restartIn(world, pipeline);
    expect(reasons(json)).toEqual({ [coadd('4,4')]: 'failed' });
    expect(evidenceOf(json, coadd('4,4'))).toMatch(/^execution e0e0e0e0.* of attempt 1 failed on node1: crash$/);
    expect(json.reuse).toHaveLength(8);
  });

  it('runs because it was lost, and because it was skipped, which the evidence says', async () => {
    const world = afterFirstAttempt(pipeline, { endings: { [warp('4,5', 11)]: 'lost' } });
    const { json } = await restartIn(world, pipeline);
    expect(reasons(json)).toEqual({ [warp('4,5', 11)]: 'lost', [coadd('4,5')]: 'neverRan' });
    expect(evidenceOf(json, warp('4,5', 11))).toContain('was lost on node1: nodeFailure');
    expect(evidenceOf(json, coadd('4,5'))).toContain('skipped in attempt 1: upstreamFailed');
  });

  it('tells of executions that have not ended', async () => {
    const world = afterFirstAttempt(pipeline, { endings: { [coadd('4,5')]: 'dies' } });
    const { json } = await restartIn(world, pipeline);
    expect(json.alive).toMatchObject([{ job: coadd('4,5'), host: 'node1' }]);
    expect(reasons(json)).toEqual({ [coadd('4,5')]: 'lost' });
  });
});

describe('outputs that are not usable', () => {
  it.each([
    ['missing', 'outputMissing'],
    ['empty', 'outputEmpty'],
    ['size', 'outputCorrupt'],
    ['checksum', 'outputCorrupt'],
  ])('are made again where the product was found %s', async (result, reason) => {
    const world = afterFirstAttempt(pipeline);
    check(world, coaddFile('4,4'), result);
    const { json } = await restartIn(world, pipeline);
    expect(reasons(json)).toEqual({ [coadd('4,4')]: reason });
    expect(json.runIfChanged).toEqual([]);
  });

  it('are left alone where they are purged and nothing needs them', async () => {
    const world = afterFirstAttempt(pipeline);
    purge(world, calexpFile(10, 1));
    purge(world, warpFile('4,4', 10));
    const { json } = await restartIn(world, pipeline);
    expect(reasons(json)).toEqual({});
    expect(names(json.reuse)).toEqual(everything);
  });

  it('are made again where a job that runs reads them, all the way up', async () => {
    const world = afterFirstAttempt(pipeline);
    [calexpFile(10, 1), calexpFile(10, 2), warpFile('4,4', 10), coaddFile('4,4')].forEach((file) => {
      purge(world, file);
    });
    const { json } = await restartIn(world, pipeline);
    expect(reasons(json)).toEqual({
      [ccd(10, 1)]: 'outputPurged',
      [ccd(10, 2)]: 'outputPurged',
      [warp('4,4', 10)]: 'outputPurged',
      [coadd('4,4')]: 'outputPurged',
    });
    expect(json.runIfChanged).toEqual([]);
  });

  it('count by what a look at the disk finds, over what the ledger says', async () => {
    const world = afterFirstAttempt(pipeline);
    check(world, coaddFile('4,5'), 'missing');
    const found = new Map(
      [['4,4', 'size'], ['4,5', 'match']].map(([patch = '', result = '']) => [
        findingKey({ path: coaddFile(patch), execution: makerOf(world, coaddFile(patch)) }),
        result,
      ]), // prettier-ignore
    );
    const { json } = await restartIn(world, pipeline, { findings: found });
    expect(reasons(json)).toEqual({ [coadd('4,4')]: 'outputCorrupt' });
  });

  it('are those that another execution has written over', async () => {
    const fixed = coaddPipelineOf([["'{attempt}/", "'"]]);
    const world = afterFirstAttempt(fixed);
    const path = '1/4,4/coadd-HSC-I.fits';
    const made = world.drafts.find((draft) => draft.type === 'FileProduced' && draft.path === path);
    const execution = randomUUID();
    if (made?.type !== 'FileProduced') {
      throw new Error('no coadd');
    }
    world.tell({ ...made, execution, header: header(world) });
    world.tell({ type: 'ExecutionLost', header: header(world), execution, job: coadd('4,4'), cause: 'unheardOf', toldBy: 'test', evidence: null, metrics: { wallMicros: null, userCpuMicros: null, systemCpuMicros: null, maxRssBytes: null } }); // prettier-ignore
    const { json } = await restartIn(world, fixed);
    expect(reasons(json)).toEqual({ [coadd('4,4')]: 'outputMissing' });
  });
});

describe('inputs that changed', () => {
  it('by a veto: the job is left, its readers run without it, or cannot', async () => {
    const world = afterFirstAttempt(pipeline);
    const veto = { type: 'DataIdVetoed', veto: randomUUID(), task: null, dataId: '{"visit":11}', why: 'satellite', ticket: null, vetoedBy: null } as const; // prettier-ignore
    world.tell({ ...veto, header: header(world, null) });
    const { json } = await restartIn(world, pipeline);
    expect(json.leave).toMatchObject([
      { job: ccd(11, 1), reason: 'vetoed' },
      { job: ccd(11, 2), reason: 'vetoed' },
      { job: warp('4,4', 11), reason: 'vetoed' },
      { job: warp('4,5', 11), reason: 'vetoed' },
      { job: coadd('4,5'), reason: 'inputsUnmet' },
    ]);
    expect(reasons(json)).toEqual({ [coadd('4,4')]: 'inputsChanged' });
    expect(evidenceOf(json, coadd('4,4'))).toContain(`vetoed: ${warpFile('4,4', 11)}`);
    world.tell({
      type: 'VetoLifted',
      header: header(world, null),
      veto: veto.veto,
      why: null,
      ticket: null,
      liftedBy: null,
    });
    expect((await restartIn(world, pipeline)).json.reuse).toHaveLength(9);
  });

  it('by a withdrawal: what was withdrawn and what was made from it', async () => {
    const world = afterFirstAttempt(pipeline);
    world.tell({ type: 'OutputsWithdrawn', header: header(world), withdrawal: randomUUID(), task: 'processCcd', dataId: '{"ccd":1,"visit":10}', datasetType: null, why: 'wrong flat', ticket: null, withdrawnBy: null }); // prettier-ignore
    const { json } = await restartAndRun(world, pipeline);
    expect(reasons(json)).toEqual({ [ccd(10, 1)]: 'outputWithdrawn', [warp('4,4', 10)]: 'inputsChanged' });
    expect(evidenceOf(json, warp('4,4', 10))).toContain('wrong flat');
    expect(json.runIfChanged).toMatchObject([{ job: coadd('4,4'), on: [warp('4,4', 10)] }]);
    // The withdrawal is about the first attempt: what the second made stands.
    expect((await restartIn(world, pipeline)).json.reuse).toHaveLength(9);
  });

  it('by one dataset type that was withdrawn', async () => {
    const world = afterFirstAttempt(pipeline);
    world.tell({ type: 'OutputsWithdrawn', header: header(world), withdrawal: randomUUID(), task: null, dataId: null, datasetType: 'coadd', why: 'wrong', ticket: null, withdrawnBy: null }); // prettier-ignore
    const { json } = await restartIn(world, pipeline);
    expect(reasons(json)).toEqual({ [coadd('4,4')]: 'outputWithdrawn', [coadd('4,5')]: 'outputWithdrawn' });
  });

  it('by a table that has grown or shrunk', async () => {
    const world = afterFirstAttempt(pipeline);
    const overlaps = 'tract,patch,filter,visit\n1,"4,4",HSC-I,10\n1,"4,5",HSC-I,11\n1,"4,5",HSC-I,10\n';
    const other = coaddPipelineOf([], { 'overlaps.csv': overlaps });
    const { json } = await restartIn(world, other);
    expect(reasons(json)).toEqual({ [warp('4,5', 10)]: 'neverRan', [coadd('4,4')]: 'inputsChanged' });
    expect(evidenceOf(json, coadd('4,4'))).toContain(`lost: ${warpFile('4,4', 11)}`);
    expect(json.runIfChanged).toMatchObject([{ job: coadd('4,5'), on: [warp('4,5', 10)] }]);
  });

  it('by a file that came out in a later attempt, which ended before its reader ran', async () => {
    const world = afterFirstAttempt(pipeline, { endings: { [warp('4,4', 11)]: 'fails' } });
    await restartAndRun(world, pipeline, { endings: { [coadd('4,4')]: 'neverStarts' } });
    const { json } = await restartIn(world, pipeline);
    expect(reasons(json)).toEqual({ [coadd('4,4')]: 'inputsChanged' });
    expect(evidenceOf(json, coadd('4,4'))).toContain(`added: ${warpFile('4,4', 11, 2)}`);
  });
});

describe('a definition that changed', () => {
  it('runs the jobs of the task and, if that shows, those downstream', async () => {
    const world = afterFirstAttempt(pipeline);
    const other = coaddPipelineOf([['threshold: 5.5', 'threshold: 6']]);
    const { json } = await restartAndRun(world, other);
    expect(Object.values(reasons(json))).toEqual(Array(4).fill('definitionChanged'));
    expect(evidenceOf(json, ccd(10, 1))).toBe('science.threshold was 5.5 and is 6');
    expect(names(json.runIfChanged)).toEqual(everything.slice(4));
    expect(world.ran.get(2)).toEqual(everything);
    expect((await restartIn(world, other)).json.reuse).toHaveLength(9);
  });

  it('changes nothing by how jobs are run and files are named', async () => {
    const world = afterFirstAttempt(pipeline);
    const other = coaddPipelineOf([
      ['retries: 2', 'retries: 5'],
      ['{attempt}/{tract}/CORR-', '{attempt}/{tract}/calexp-'],
    ]);
    const { json, plan } = await restartIn(world, other);
    expect(json.reuse).toHaveLength(9);
    expect(plan.ground.plan?.scope.attempt).toBe(2);
  });
});

describe('an environment that changed', () => {
  it('matters only when asked', async () => {
    const world = afterFirstAttempt(pipeline, { environment: 'aa' });
    expect((await restartIn(world, pipeline, { environment: 'bb' })).json.reuse).toHaveLength(9);
    const { json } = await restartIn(world, pipeline, { environment: 'bb', ifEnvironmentChanged: true });
    expect(Object.values(reasons(json))).toEqual(Array(9).fill('environmentChanged'));
    expect(evidenceOf(json, coadd('4,4'))).toContain('ran in environment aa, now it is bb');
  });
});

describe('upstream jobs that ran again', () => {
  it('do not spread when they made the same again from the same, whatever the date in the header', async () => {
    const world = afterFirstAttempt(pipeline);
    check(world, warpFile('4,4', 10), 'missing');
    check(world, coaddFile('4,4'), 'missing');
    const { json } = await restartAndRun(world, pipeline, {
      date: 'today',
      endings: { [coadd('4,4')]: 'neverStarts' },
    });
    expect(reasons(json)).toEqual({ [warp('4,4', 10)]: 'outputMissing', [coadd('4,4')]: 'outputMissing' });
    check(world, coaddFile('4,4'), 'match');
    expect((await restartIn(world, pipeline)).json.reuse).toHaveLength(9);
    const spread = await restartIn(world, pipeline, { spreadRemakes: true });
    expect(reasons(spread.json)).toEqual({ [coadd('4,4')]: 'upstreamChanged' });
    expect(evidenceOf(spread.json, coadd('4,4'))).toContain('differs');
  });

  it('spread when they differ by their sameness', async () => {
    const world = afterFirstAttempt(pipeline);
    const other = coaddPipelineOf([['threshold: 5.5', 'threshold: 6']]);
    await restartAndRun(world, other, { endings: { [warp('4,4', 10)]: 'neverStarts' } });
    const { json } = await restartIn(world, other);
    expect(reasons(json)).toMatchObject({ [warp('4,4', 10)]: 'upstreamChanged' });
    expect(json.runIfChanged).toMatchObject([{ job: coadd('4,4'), on: [warp('4,4', 10)] }]);
  });
});

describe('a job asked for', () => {
  it('runs again, and its readers only if remakes are to spread', async () => {
    const world = afterFirstAttempt(pipeline);
    const asked = new Set([ccd(10, 1)]);
    expect(reasons((await restartIn(world, pipeline, { asked })).json)).toEqual({ [ccd(10, 1)]: 'asked' });
    const { json } = await restartIn(world, pipeline, { asked, spreadRemakes: true });
    expect(names(json.runIfChanged)).toEqual([warp('4,4', 10), coadd('4,4')]);
  });

  it('must be one of the unit', async () => {
    const world = afterFirstAttempt(pipeline);
    await expect(restartIn(world, pipeline, { asked: new Set(['no']) })).rejects.toThrow('has no job no');
  });
});

describe('a failure that is permanent', () => {
  it('leaves the job, and its readers where their requirement is unmet', async () => {
    const world = afterFirstAttempt(pipeline, { endings: { [warp('4,4', 11)]: 'failsForGood', [warp('4,5', 11)]: 'failsForGood' } }); // prettier-ignore
    const { json, plan } = await restartAndRun(world, pipeline);
    expect(json.leave).toMatchObject([
      { job: warp('4,4', 11), reason: 'permanentFailure' },
      { job: warp('4,5', 11), reason: 'permanentFailure' },
      { job: coadd('4,5'), reason: 'inputsUnmet' },
    ]);
    expect(json.run).toEqual([]);
    expect([...plan.decisions]).toHaveLength(9);
    // The attempt that left it changes nothing.
    expect(names((await restartIn(world, pipeline)).json.leave)).toEqual(names(json.leave));
  });

  it('stands until the definition changes, its inputs do, or somebody asks', async () => {
    const world = afterFirstAttempt(pipeline, { endings: { [coadd('4,4')]: 'failsForGood' } });
    expect(names((await restartIn(world, pipeline)).json.leave)).toEqual([coadd('4,4')]);
    const asked = await restartIn(world, pipeline, { asked: new Set([coadd('4,4')]) });
    expect(reasons(asked.json)).toEqual({ [coadd('4,4')]: 'failed' });
    const other = coaddPipelineOf([['assembleCoadd.py,', "assembleCoadd.py, '--robust',"]]);
    expect(reasons((await restartIn(world, other)).json)).toMatchObject({ [coadd('4,4')]: 'failed' });
    world.tell({ type: 'DataIdVetoed', header: header(world, null), veto: randomUUID(), task: 'warp', dataId: '{"visit":10}', why: 'bad', ticket: null, vetoedBy: null }); // prettier-ignore
    expect(reasons((await restartIn(world, pipeline)).json)).toEqual({ [coadd('4,4')]: 'failed' });
  });

  it('stands whatever changes where an operator gave the job up', async () => {
    const world = afterFirstAttempt(pipeline, { endings: { [coadd('4,4')]: 'fails' } });
    world.tell({ type: 'JobAbandoned', header: header(world), job: coadd('4,4'), reason: 'operator', failureClass: null, becauseOf: null, abandonedBy: 'ann' }); // prettier-ignore
    const other = coaddPipelineOf([['assembleCoadd.py,', "assembleCoadd.py, '--robust',"]]);
    expect((await restartIn(world, other)).json.leave).toMatchObject([
      { job: coadd('4,4'), reason: 'permanentFailure' },
    ]);
  });
});

describe('files that were legitimately not written', () => {
  it('are not asked for again', async () => {
    const world = afterFirstAttempt(pipeline, { endings: { [warp('4,4', 11)]: 'absent' } });
    expect((await restartIn(world, pipeline)).json.reuse).toHaveLength(9);
  });
});

describe('costs', () => {
  it('are what was measured, apart for what may run', async () => {
    const world = afterFirstAttempt(pipeline, { endings: { [ccd(11, 2)]: 'fails' } });
    const { json } = await restartIn(world, pipeline);
    expect(json).toMatchObject({
      cpuSecondsToRun: 2,
      cpuSecondsIfChanged: 8,
      cpuSecondsSaved: 8,
      jobsWithoutCpuTime: 0,
    });
  });
});
