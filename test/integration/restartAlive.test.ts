/** `restart` where an execution may still be alive: its runner was killed, its sidecar and its job were not. */
import { findProcessesWithEnvironment } from '../../producers/sidecar/procfs';
import { ofType, until } from '../support/execWorld';
import { RunnerWorld } from '../support/runnerWorld';

const restart = ['restart', 'C', 'tract=1', '--definition', 'shell.yaml', '--root', 'root', '--jobs', '2'];
const startsOf = (world: RunnerWorld, job: string): number => world.starts().filter((name) => name === job).length;

test('restart refuses while an execution may be alive, and goes on for a reason that the ledger keeps', async () => {
  const world = new RunnerWorld();
  try {
    world.fault('ccd-10-1.wait');
    const running = world.run('--jobs', '1');
    await until(() => startsOf(world, 'ccd-10-1') === 1);
    running.process.kill('SIGKILL');

    const refused = await world.cli(...restart).ended;
    expect([refused.exitCode, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/ 1 execution of tract=1 may still be running, e\.g\. \S+ of ccd \{"ccd":1,/);
    expect(refused.stderr).toContain('--force --why');
    expect((await world.cli(...restart, '--force').ended).exitCode).toBe(2);
    const planned = await world.cli(...restart, '--plan-only', '--json').ended;
    expect(planned).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('may still be running') as string });
    const { alive, run } = JSON.parse(planned.stdout) as { alive: { execution: string }[]; run: { reason: string }[] };
    expect(run.map(({ reason }) => reason).sort()).toEqual(['lost', ...Array<string>(6).fill('neverRan')]);
    expect(ofType(await world.events(), 'AttemptStarted')).toHaveLength(1);

    const forced = world.cli(...restart, '--force', '--why', 'node1 is on fire');
    await until(() => startsOf(world, 'ccd-10-1') === 2);
    world.mend('ccd-10-1.wait');
    expect(await forced.ended).toMatchObject({ exitCode: 0, stderr: '' });
    await until(() => findProcessesWithEnvironment('WORLD', world.folder).length === 0);
    expect((await world.cli('relay').ended).exitCode).toBe(0);

    const events = await world.events();
    expect(ofType(events, 'AttemptStarted')).toMatchObject([
      { header: { attempt: 1 } },
      { header: { attempt: 2 }, why: 'node1 is on fire', resumedFromAttempt: 1 },
    ]);
    expect(world.content('1/2/mosaic.txt')).toBe('10-1\n10-2\n11-1\n11-2\n');
    // The one that was given up came to its end after all, under its own names.
    expect(ofType(events, 'ExecutionSucceeded').map(({ execution }) => execution)).toContain(alive[0]?.execution);
    expect(world.content('1/1/calexp/10-1.txt')).toBe('10-1\n');
    const left = await world.cli(...restart, '--plan-only', '--json').ended;
    expect(JSON.parse(left.stdout)).toMatchObject({ run: [], runIfChanged: [], alive: [] });
  } finally {
    world.remove();
  }
}, 240_000);
