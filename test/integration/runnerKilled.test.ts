/** `run` killed with everything it started, at any moment: nothing is told twice, and `restart` finishes the work. */
import { findProcessesWithEnvironment } from '../../producers/sidecar/procfs';
import { chanceOf } from '../support/chance';
import { ofType, until } from '../support/execWorld';
import { RunnerWorld } from '../support/runnerWorld';

const chance = chanceOf(__filename);

/** Attempts that are killed, each after so many jobs have begun in it, and a moment more. */
const kills = [1, 0, 2, 2, 1];

test('a runner that is killed again and again with its jobs leaves what restart goes on from', async () => {
  const world = new RunnerWorld();
  try {
    const restart = ['restart', 'C', 'tract=1', '--definition', 'shell.yaml', '--root', 'root', '--jobs', '2'];
    for (const [index, begun] of kills.entries()) {
      const before = world.starts().length;
      const running = index === 0 ? world.run() : world.cli(...restart);
      const ended = { yet: false };
      void running.ended.then(() => (ended.yet = true));
      await until(() => ended.yet || world.starts().length >= before + begun);
      await new Promise((resolve) => setTimeout(resolve, 400 * chance.fraction()));
      if (!ended.yet) {
        process.kill(-(running.process.pid ?? fail()), 'SIGKILL');
      }
      await running.ended;
      await until(() => findProcessesWithEnvironment('WORLD', world.folder).length === 0);
    }
    await world.cli('relay').ended; // what waits in the outbox, and the losses
    const { exitCode, stderr } = await world.cli(...restart).ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });

    const events = await world.events();
    const started = ofType(events, 'ExecutionStarted').map(({ execution }) => execution);
    const ended = events.flatMap((event) =>
      event.type === 'ExecutionSucceeded' || event.type === 'ExecutionFailed' || event.type === 'ExecutionLost'
        ? [event.execution]
        : [],
    );
    expect(new Set(started).size).toBe(started.length);
    expect([...ended].sort()).toEqual([...started].sort());
    const succeeded = ofType(events, 'ExecutionSucceeded').map(({ job }) => job);
    expect(new Set(succeeded).size).toBe(succeeded.length); // what has usable outputs is not run again
    expect(succeeded).toHaveLength(7);

    const mosaic = ofType(events, 'FileProduced').find(({ datasetType }) => datasetType === 'mosaic');
    expect(world.content(mosaic?.path ?? '')).toBe('10-1\n10-2\n11-1\n11-2\n');
  } finally {
    world.remove();
  }
});

function fail(): never {
  throw new Error('the runner has no process');
}
