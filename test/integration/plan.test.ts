import { openLedger } from '../../ledger/openLedger';
import { loadPipeline } from '../../pipelines/loadPipeline';
import { makePlan } from '../../pipelines/makePlan';
import { planEvents } from '../../producers/planner/planEvents';
import { storePlan } from '../../producers/planner/storePlan';
import { encodeDrafts } from '../../producers/outbox/draft';
import { coaddDefinition, coaddTables, writePipeline } from '../support/coaddPipeline';
import { jsonLines, runCli } from '../support/runCli';
import { temporaryFolder } from '../support/temporaryFolder';

const { folder: cwd, remove } = temporaryFolder();
afterAll(remove);

const unit = ['--campaign', 'C', '--unit', 'tract=1'];

describe('plan', () => {
  beforeAll(() => writePipeline(cwd));

  it('stores jobs and expectations once, and the views show them', async () => {
    const first = await runCli(['plan', 'coadd.yaml', ...unit], { cwd });
    expect(first).toMatchObject({
      exitCode: 0,
      stdout: 'C, tract=1, attempt 1: 9 jobs to make 9 files; 14 events, 14 of them new\n',
      stderr: '',
    });
    const again = await runCli(['plan', 'coadd.yaml', ...unit, '--json'], { cwd });
    expect(JSON.parse(again.stdout)).toMatchObject({ jobs: 9, events: 14, stored: 0, longestPathJobs: 3 });
    const status = await runCli(['status', '--json', '--campaign', 'C'], { cwd });
    expect(JSON.parse(status.stdout)).toMatchObject({
      units: [{ unit: 'tract=1', tasks: [{ task: 'coadd', planned: 2 }, { task: 'processCcd', planned: 4 }, { task: 'warp', planned: 3 }] }], // prettier-ignore
    });
    const report = await runCli(['report', '--json', '--campaign', 'C'], { cwd });
    const { fileCounts } = JSON.parse(report.stdout) as { fileCounts: { datasetType: string; expected: number }[] };
    expect(fileCounts).toContainEqual(expect.objectContaining({ datasetType: 'calexp', expected: 4 }));
  });

  it('lists jobs with their commands and files, and stores nothing', async () => {
    const { exitCode, stdout } = await runCli(
      ['plan', 'coadd.yaml', ...unit, '--list', '--ledger', 'sqlite:not-made.db'],
      { cwd },
    );
    expect(exitCode).toBe(0);
    expect(jsonLines(stdout)).toHaveLength(9);
    expect(jsonLines(stdout)[8]).toEqual({
      job: 'coadd {"filter":"HSC-I","patch":"4,5","tract":1}',
      task: 'coadd',
      dataId: { filter: 'HSC-I', patch: '4,5', tract: 1 },
      kind: 'payload',
      argv: ['assembleCoadd.py', '1/1/4,5/warp-HSC-I-11.fits', '1/1/4,5/coadd-HSC-I.fits'],
      inputs: { warp: ['1/1/4,5/warp-HSC-I-11.fits'] },
      outputs: { coadd: ['1/1/4,5/coadd-HSC-I.fits'] },
      upstreamJobs: ['warp {"filter":"HSC-I","patch":"4,5","tract":1,"visit":11}'],
    });
  });

  it('refuses what could not come out even if nothing failed', async () => {
    const other = `${cwd}/other`;
    writePipeline(other, coaddDefinition, { ...coaddTables, 'ccds.csv': 'tract,visit,ccd\n1,10,1\n' });
    const { exitCode, stderr } = await runCli(['plan', 'other/coadd.yaml', ...unit], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('2 of the warp jobs cannot have any of their calexp');
    const nowhere = await runCli(['plan', 'coadd.yaml', '--campaign', 'C', '--unit', 'tract=7'], { cwd });
    expect(nowhere).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('there are no jobs') as string });
  });
});

describe('a plan that was broken off', () => {
  it('is completed by planning again', async () => {
    const plan = makePlan(loadPipeline(writePipeline(cwd)), { campaign: 'C', unit: 'tract=1', attempt: 3 });
    const ledger = await openLedger(`sqlite:${cwd}/broken-off.db`);
    const { producer } = await storePlan(await openLedger(`sqlite:${cwd}/whole.db`), plan);
    await ledger.append(producer, 1, encodeDrafts([...planEvents(plan, 1)].slice(0, 5), producer, 1));
    expect(await storePlan(ledger, plan)).toEqual({ producer, events: 14, stored: 9 });
    expect(await storePlan(ledger, plan)).toEqual({ producer, events: 14, stored: 0 });
    await ledger.close();
  });
});

describe('a job with more files than one event holds', () => {
  it('is planned in parts', () => {
    const visits = Array.from({ length: 3000 }, (_, visit) => String(visit + 100_000));
    const patch = 'p'.repeat(80);
    const tables = {
      'ccds.csv': `tract,visit,ccd\n${visits.map((visit) => `1,${visit},1`).join('\n')}\n`,
      'overlaps.csv': `tract,patch,filter,visit\n${visits.map((visit) => `1,${patch},I,${visit}`).join('\n')}\n`,
    };
    const file = writePipeline(`${cwd}/large`, coaddDefinition, tables);
    const plan = makePlan(loadPipeline(file), { campaign: 'C', unit: 'tract=1', attempt: 1 });
    const parts = [...planEvents(plan, 1)].filter((event) => event.type === 'JobPlanned' && event.task === 'coadd');
    expect(parts.length).toBeGreaterThan(2);
    const joined = parts.flatMap((event) => (event.type === 'JobPlanned' ? event.predictedInputs : []));
    expect(joined.map(({ path }) => path)).toEqual(
      plan.jobs
        .at(-1)
        ?.inputs.flat()
        .map(({ path }) => path),
    );
    expect(encodeDrafts(parts, '00000000-0000-7000-8000-000000000000', 1)).toHaveLength(parts.length);
  });
});
