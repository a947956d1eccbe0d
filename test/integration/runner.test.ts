/** `run` with real jobs in real processes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { ofType } from '../support/execWorld';
import { RunnerWorld } from '../support/runnerWorld';

const ccd = (visit: number, number: number): string =>
  `ccd {"ccd":${String(number)},"tract":1,"visit":${String(visit)}}`;

let world: RunnerWorld;
beforeEach(() => {
  world = new RunnerWorld();
});
afterEach(() => {
  world.remove();
});

describe('run', () => {
  it('runs a unit to its end, each job under a sidecar, and tells the ledger all of it', async () => {
    world.fault('ccd-10-2.once');
    const { exitCode, stdout, stderr } = await world.run('--json', '--input-checksums').ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      campaign: 'C',
      units: [
        {
          ...{ unit: 'tract=1', attempt: 1, outcome: 'complete', retries: 1, drained: true, failures: [] },
          jobs: { total: 7, succeeded: 7, reused: 0, failed: 0, skipped: 0, abandoned: 0 },
        },
      ],
    });
    expect(world.content('1/1/coadd/4,4.txt')).toBe('10-1\n10-2\n11-1\n11-2\n');
    expect(world.content('1/1/mosaic.txt')).toBe('10-1\n10-2\n11-1\n11-2\n');

    const events = await world.events();
    const [environment] = ofType(events, 'EnvironmentDeclared');
    const started = ofType(events, 'ExecutionStarted');
    expect(started).toHaveLength(8);
    expect(new Set(started.map(({ environmentDigest }) => environmentDigest))).toEqual(new Set([environment?.digest]));
    expect(started.filter(({ job }) => job === ccd(10, 2)).map(({ tryNumber }) => tryNumber)).toEqual([1, 2]);
    expect(ofType(events, 'JobRetryScheduled')).toMatchObject([{ job: ccd(10, 2) }]);
    expect(ofType(events, 'FileRegistered').map(({ path }) => path)).toHaveLength(4);
    expect(ofType(events, 'FileRegistered').every(({ md5, sizeBytes }) => md5 !== null && sizeBytes === 5)).toBe(true);
    const calexp = ofType(events, 'FileProduced').find(({ datasetType }) => datasetType === 'calexp');
    expect(calexp).toMatchObject({ metadata: { visit: '10', seeing: '0.7' }, contentDigest: '0123456789abcdef' });
    expect(ofType(events, 'AttemptEnded')).toMatchObject([{ outcome: 'complete' }]);
    expect(events.filter(({ header }) => header.attempt !== null && header.attempt !== 1)).toEqual([]);
  });

  it('goes on where a job fails for good, without those that need all of its kind', async () => {
    world.fault('ccd-11-1.fail');
    const { exitCode, stdout } = await world.run().ended;
    expect(exitCode).toBe(1);
    expect(stdout).toContain('5 succeeded, 1 failed, 1 skipped');
    expect(world.content('1/1/coadd/4,5.txt')).toBe('11-2\n');
    expect(world.content('1/1/mosaic.txt')).toBeNull();
    const events = await world.events();
    expect(ofType(events, 'JobAbandoned')).toMatchObject([{ job: ccd(11, 1), abandonedBy: 'exec' }]);
    expect(ofType(events, 'JobSkipped')).toMatchObject([
      { job: 'mosaic {"tract":1}', reason: 'upstreamFailed', becauseOfJob: ccd(11, 1) },
    ]);
    expect(ofType(events, 'AttemptEnded')).toMatchObject([{ outcome: 'partial' }]);
  });

  it('refuses a second attempt of a unit unless it is told why, and never overwrites', async () => {
    await world.run().ended;
    const refused = await world.run().ended;
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('restart C tract=1')]);
    const silent = await world.run('--start-over', ' ').ended;
    expect([silent.exitCode, silent.stderr]).toEqual([2, expect.stringContaining('needs a reason')]);
    const again = await world.run('--start-over', 'wrong flats').ended;
    expect(again.exitCode).toBe(0);
    expect(world.content('1/1/mosaic.txt')).toBe(world.content('1/2/mosaic.txt'));
    expect(ofType(await world.events(), 'AttemptStarted').map(({ why }) => why)).toEqual(['first', 'wrong flats']);
  });

  it('never overwrites what another campaign made under the same root and names', async () => {
    await world.run().ended;
    const before = world.starts().length;
    const { exitCode, stderr } = await world.run('--campaign', 'D').ended;
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('is a file of campaign C, tract=1')]);
    expect(stderr).toContain('put {campaign} into the templates of shell.yaml');
    expect(world.starts()).toHaveLength(before);
    const named = readFileSync(world.path('shell.yaml'), 'utf8').replaceAll("'{tract}/", "'{campaign}/{tract}/");
    writeFileSync(world.path('shell.yaml'), named);
    expect((await world.run('--campaign', 'D').ended).exitCode).toBe(0);
    expect(world.content('D/1/1/mosaic.txt')).toBe(world.content('1/1/mosaic.txt'));
  });

  it('refuses a root folder that lacks marker and inputs, and begins nothing', async () => {
    const { exitCode, stderr } = await world.run('--root', 'elsewhere').ended;
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Is its file system mounted?')]);
    expect(await world.events()).toEqual([]);
  });

  it('leaves vetoed data alone', async () => {
    await world.cli('veto', 'visit=11', 'ccd=2', '--task', 'ccd', '--why', 'satellite', '--campaign', 'C').ended;
    expect((await world.run().ended).exitCode).toBe(0);
    expect(world.starts()).not.toContain('ccd-11-2');
    expect(world.content('1/1/coadd/4,5.txt')).toBe('11-1\n');
    expect(ofType(await world.events(), 'JobSkipped').map(({ reason }) => reason)).toEqual(['vetoed', 'vetoed']);
  });
});
