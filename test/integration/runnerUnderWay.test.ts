/** `run` with real jobs: signals, holds and outages while it is under way. */
import { renameSync } from 'node:fs';
import { hostname } from 'node:os';
import { ofType, until } from '../support/execWorld';
import { RunnerWorld } from '../support/runnerWorld';

let world: RunnerWorld;
beforeEach(() => {
  world = new RunnerWorld();
});
afterEach(() => {
  world.remove();
});

describe('A run that is under way', () => {
  it('stops in order on SIGTERM: jobs are told, the rest is cancelled, the end is recorded', async () => {
    ['ccd-10-1.wait', 'ccd-10-2.wait'].forEach((fault) => {
      world.fault(fault);
    });
    const running = world.run();
    await until(() => world.starts().length === 2);
    running.process.kill('SIGTERM');
    const { exitCode, stdout } = await running.ended;
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('stopped')]);
    const events = await world.events();
    expect(ofType(events, 'ExecutionFailed').map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGTERM']);
    expect(ofType(events, 'JobSkipped').filter(({ reason }) => reason === 'cancelled')).toHaveLength(5);
    expect(ofType(events, 'AttemptEnded')).toMatchObject([{ outcome: 'stopped', endedBy: 'SIGTERM' }]);
    expect(world.starts()).toHaveLength(2);
  });

  it('ends at once at the second signal, and what it ended is told as lost', async () => {
    world.fault('ccd-10-1.wait');
    const running = world.run('--jobs', '1');
    await until(() => world.starts().length === 1);
    // A shell that waits for a child takes no signal meanwhile, so the job outlives the first for a moment.
    running.process.kill('SIGINT');
    running.process.kill('SIGTERM');
    expect((await running.ended).exitCode).toBe(1);
    const events = await world.events();
    const ends = events.filter(({ type }) => type === 'ExecutionFailed' || type === 'ExecutionLost');
    expect(ends).toHaveLength(1);
    expect(ofType(events, 'AttemptEnded')).toMatchObject([{ outcome: 'stopped' }]);
  });

  it.each([
    ['it is held', ['hold', 'C'], 'held by'],
    ['its host is drained', ['drain', hostname()], 'is drained by'],
  ])('starts nothing while %s, and goes on once released', async (_, command, told) => {
    ['ccd-10-1.wait', 'ccd-10-2.wait'].forEach((fault) => {
      world.fault(fault);
    });
    const running = world.run();
    await until(() => world.starts().length === 2);
    const held = await world.cli(...command, '--why', 'maintenance', '--json').ended;
    const { hold } = JSON.parse(held.stdout) as { hold: string };
    await until(() => running.stderr().includes(told));
    expect(running.stderr()).toContain('starting no jobs: ');
    const { stdout: status } = await world.cli('status').ended;
    expect(status).toMatch(/^all units .*held by .*: maintenance; release it with /m);
    expect(status).toContain(`tractledger hold --release ${hold}`);
    world.mend('ccd-10-1.wait');
    world.mend('ccd-10-2.wait');
    await until(() => world.content('1/1/calexp/10-1.txt') !== null && world.content('1/1/calexp/10-2.txt') !== null);
    expect(world.starts()).toHaveLength(2);
    expect((await world.cli('hold', '--release', hold).ended).exitCode).toBe(0);
    expect((await running.ended).exitCode).toBe(0);
    expect((await world.cli('status').ended).stdout).not.toContain('held by');
    expect(world.content('1/1/mosaic.txt')).not.toBeNull();
  });

  it('waits while its root folder is away, and no job pays for that', async () => {
    world.fault('ccd-10-1.wait');
    const running = world.run('--infrastructure-retries', '0', '--jobs', '1');
    await until(() => world.starts().length === 1);
    renameSync(world.path('root'), world.path('away'));
    world.mend('ccd-10-1.wait');
    await until(() => running.stderr().includes('waiting: '));
    renameSync(world.path('away'), world.path('root'));
    expect((await running.ended).exitCode).toBe(0);
    expect(world.content('1/1/mosaic.txt')).toBe('10-1\n10-2\n11-1\n11-2\n');
    expect(running.stderr()).toContain('the infrastructure answers');
  });
});

describe('A run of several units', () => {
  it('fills the places that one unit has no job for from the next, and SIGINT stops what has begun', async () => {
    const tracts = new RunnerWorld({ tracts: 3, visits: 2, ccds: 1, patches: 1 });
    try {
      tracts.fault('mosaic.wait');
      const unit = ['--campaign', 'C', '--root', 'root', '--jobs', '2'];
      const running = tracts.cli('run', 'shell.yaml', ...unit);
      // Both mosaics wait, the second only because its unit went on while the first waited.
      await until(() => tracts.starts().filter((name) => name === 'mosaic').length === 2);
      running.process.kill('SIGINT');
      const { exitCode, stdout, stderr } = await running.ended;
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('SIGINT')]);
      expect(stdout.match(/tract=\d attempt 1: stopped/g)?.sort()).toEqual([
        'tract=1 attempt 1: stopped',
        'tract=2 attempt 1: stopped',
      ]);
      const events = await tracts.events();
      expect(ofType(events, 'AttemptStarted').map(({ header }) => header.unit)).toEqual(['tract=1', 'tract=2']);
      expect(ofType(events, 'AttemptEnded').map(({ outcome, endedBy }) => [outcome, endedBy])).toEqual([
        ['stopped', 'SIGINT'],
        ['stopped', 'SIGINT'],
      ]);
      tracts.mend('mosaic.wait');
      const refused = await tracts.cli('run', 'shell.yaml', ...unit).ended;
      expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('restart C tract=1')]);
      expect((await tracts.cli('run', 'shell.yaml', ...unit, '--unit', 'tract=3').ended).exitCode).toBe(0);
    } finally {
      tracts.remove();
    }
  });
});
