import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BetterSqlite3 } from '../../ledger/sqlite/betterSqlite3';
import { chanceOf } from '../support/chance';
import { execCode, ExecWorld, fileExists, ofType, until } from '../support/execWorld';
import type { TranspiledCopy } from '../support/transpiledCopy';

const chance = chanceOf(__filename);

let code: TranspiledCopy;
let world: ExecWorld;

beforeAll(() => {
  code = execCode();
});
afterAll(() => {
  code.remove();
});
beforeEach(() => {
  world = new ExecWorld(code);
});
afterEach(() => {
  world.remove();
});

const sh = (script: string): string[] => ['sh', '-c', script];
const waitFor = (file: string): string => `while [ ! -e ${file} ]; do sleep 0.05; done`;
/** Puts a file where a folder should be, so that nothing can be opened below it. */
const block = (folder: string): void => {
  writeFileSync(folder, '');
};

/** The files that a process has open. */
const openFiles = (pid: number | undefined): string[] => {
  const folder = `/proc/${String(pid)}/fd`;
  try {
    return readdirSync(folder).map((name) => readlinkSync(path.join(folder, name)));
  } catch {
    return [];
  }
};

describe('the trouble of the sidecar is not that of the job', () => {
  it('while the ledger is away: a warning, and the next sidecar brings the events on', async () => {
    block(path.dirname(world.ledgerFile));
    const away = await world.exec(['--data-id', 'n=1'], sh('exit 3'));
    expect(away.exitCode).toBe(3);
    expect(away.stderr).toContain('events wait in');
    expect((await world.waiting()).map(({ type }) => type)).toEqual(['ExecutionStarted', 'ExecutionFailed']);
    rmSync(path.dirname(world.ledgerFile));
    const back = await world.exec(['--data-id', 'n=2'], ['true']);
    expect([back.exitCode, back.stderr]).toEqual([0, '']);
    expect((await world.events()).map(({ header }) => header.sequence)).toEqual([1, 2, 3, 4]);
    expect(await world.waiting()).toEqual([]);
  });

  it('where there can be no outbox: the events go straight to the ledger', async () => {
    block(path.dirname(world.outbox));
    const result = await world.exec([], sh('exit 4'));
    expect(result.exitCode).toBe(4);
    expect(result.stderr).toContain('the outbox cannot be opened');
    expect((await world.events()).map(({ type }) => type)).toEqual(['ExecutionStarted', 'ExecutionFailed']);
  });

  it('where there is neither outbox nor ledger: it says what is lost', async () => {
    block(path.dirname(world.outbox));
    block(path.dirname(world.ledgerFile));
    const result = await world.exec([], ['true']);
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain('LOST, recorded nowhere: ExecutionStarted, ExecutionSucceeded');
  });

  it('on a full disk: the job’s own result, a warning, and what was stored before is whole', async () => {
    expect((await world.exec(['--no-drain', '--data-id', 'n=1'], ['true'])).exitCode).toBe(0);
    const full = await world.exec(['--data-id', 'n=2'], sh('exit 5'), {
      wrapper: ['sh', '-c', 'ulimit -f 8; exec "$@"', 'sh'], // 4 KiB: every write beyond fails
    });
    expect(full.exitCode).toBe(5);
    expect(full.stderr).toMatch(/no room|LOST/);
    expect((await world.exec(['--data-id', 'n=3'], ['true'])).exitCode).toBe(0);
    const jobs = ofType(await world.events(), 'ExecutionSucceeded').map(({ job }) => job);
    expect(jobs).toEqual(['T {"n":1}', 'T {"n":3}']);
  });

  it('while another process holds the outbox: the job waits, and is not started once it is told to end', async () => {
    await world.exec(['--data-id', 'n=1'], ['true']);
    const holder = new BetterSqlite3(world.outbox);
    holder.exec('BEGIN IMMEDIATE');
    const run = world.start(['--data-id', 'n=2'], ['touch', 'started']);
    // Its handlers are there once it has opened the outbox, which it does just before it waits.
    await until(() => openFiles(run.process.pid).includes(world.outbox));
    run.process.kill('SIGTERM');
    // Nothing shows from outside when it has heard; it waits for the outbox for half a minute.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    holder.exec('COMMIT');
    holder.close();
    expect((await run.ended).signal).toBe('SIGTERM');
    expect(existsSync(world.path('started'))).toBe(false);
    const failed = ofType(await world.events(), 'ExecutionFailed');
    expect(failed).toMatchObject([{ job: 'T {"n":2}', exitCode: null, signal: 'SIGTERM' }]);
  });

  it('with an event too large to be one: the others are stored', async () => {
    const huge = 'x'.repeat(120_000);
    const flags = [
      '--output',
      'a',
      '--dataset-type',
      't',
      ...['k1', 'k2', 'k3'].flatMap((key) => ['--metadata', `${key}=${huge}`]),
    ];
    const result = await world.exec(flags, sh('echo x > a'));
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain('LOST, recorded nowhere: FileProduced');
    expect((await world.events()).map(({ type }) => type)).toEqual(['ExecutionStarted', 'ExecutionSucceeded']);
  });

  it('after the ledger was replaced by a new one: what waits goes there as from a new producer', async () => {
    await world.exec(['--data-id', 'n=1'], ['true']);
    await world.exec(['--no-drain', '--data-id', 'n=2'], ['true']);
    rmSync(path.dirname(world.ledgerFile), { recursive: true });
    const result = await world.exec(['--data-id', 'n=3'], ['true']);
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain('does not hold what');
    const events = await world.events();
    expect(ofType(events, 'ExecutionSucceeded').map(({ job }) => job)).toEqual(['T {"n":2}', 'T {"n":3}']);
    expect((await world.exec(['--data-id', 'n=4'], ['true'])).stderr).toBe('');
    expect(ofType(await world.events(), 'ExecutionSucceeded')).toHaveLength(3);
  });
});

describe('a job that outlives its sidecar', () => {
  it('goes on, is not called lost while it runs, and is told lost once it has ended', async () => {
    const orphan = world.start(['--data-id', 'n=1'], sh(`echo $$ > pid; ${waitFor('go')}; echo done > result`));
    await fileExists(world.path('pid'));
    orphan.process.kill('SIGKILL');
    await new Promise((resolve) => orphan.process.once('exit', resolve)); // its pipes stay open: the job has them
    await world.exec(['--data-id', 'n=2'], ['true']);
    expect(ofType(await world.events(), 'ExecutionLost')).toEqual([]);
    writeFileSync(world.path('go'), '');
    await fileExists(world.path('result'));
    await until(() => !existsSync(`/proc/${readFileSync(world.path('pid'), 'utf8').trim()}`));
    await Promise.all(['3', '4', '5', '6'].map((n) => world.exec(['--data-id', `n=${n}`], ['true'])));
    const events = await world.events();
    const [started] = ofType(events, 'ExecutionStarted');
    const lost = ofType(events, 'ExecutionLost');
    expect(lost).toHaveLength(1);
    expect(lost[0]).toMatchObject({
      header: { campaign: 'C', unit: 'U', attempt: 1 },
      execution: started?.execution,
      job: 'T {"n":1}',
      cause: 'unheardOf',
    });
    expect(lost[0]?.evidence).toContain(String(orphan.process.pid));
  });

  it('is told by emit too, whoever opens the outbox next', async () => {
    const killed = world.start([], sh('kill -9 $PPID'));
    await killed.ended;
    const run = world.startCli(['emit', '--campaign', 'C'], { input: '{"type":"OperatorNoted","text":"x"}\n' });
    expect((await run.ended).exitCode).toBe(0);
    expect((await world.events()).map(({ type }) => type).sort()).toEqual([
      'ExecutionLost',
      'ExecutionStarted',
      'OperatorNoted',
    ]);
  });

  it('is in the ledger while it runs, long before its end', async () => {
    const run = world.start([], sh(waitFor('go')));
    await until(async () => (await world.events().catch(() => [])).length === 1);
    writeFileSync(world.path('go'), '');
    expect((await run.ended).exitCode).toBe(0);
    expect((await world.events()).map(({ type }) => type)).toEqual(['ExecutionStarted', 'ExecutionSucceeded']);
  });
});

describe('many sidecars on one node', () => {
  // A hundred processes start at once: on a machine that has other work too, that takes its time.
  jest.setTimeout(400_000);

  it('a hundred at once: every event once, in one producer’s order', async () => {
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    const results = await Promise.all(
      numbers.map((n) =>
        world.exec(['--data-id', `n=${String(n)}`, '--drain-seconds', '100'], sh(`exit ${String(n % 3)}`)),
      ),
    );
    expect(results.map(({ exitCode }) => exitCode)).toEqual(numbers.map((n) => n % 3));
    // On a machine that is busy enough one may have to wait for the outbox for so long that it says so.
    expect(results.map(({ stderr }) => stderr).join('')).not.toMatch(/LOST|directly/);
    const events = await world.events();
    expect(events.map(({ header }) => header.sequence)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect(new Set(events.map(({ header }) => header.producer)).size).toBe(1);
    expect(new Set(ofType(events, 'ExecutionStarted').map(({ job }) => job)).size).toBe(100);
    expect(ofType(events, 'ExecutionSucceeded')).toHaveLength(34);
    expect(ofType(events, 'ExecutionFailed')).toHaveLength(66);
  });

  it('killed at any point: nothing acknowledged is lost, nothing appears twice, every start has one end', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 15; round += 1) {
      await Promise.all(
        Array.from({ length: 6 }, async (_, index) => {
          const name = `${String(round)}-${String(index)}`;
          const flags = ['--data-id', `n=${name}`, '--output', `out-${name}`, '--dataset-type', 't'];
          const run = world.start(flags, sh(`echo x > out-${name}`));
          const timer = setTimeout(() => run.process.kill('SIGKILL'), 150 + chance.fraction() * 900);
          const { exitCode } = await run.ended;
          clearTimeout(timer);
          if (exitCode === 0) {
            acknowledged.push(`T {"n":"${name}"}`);
          }
        }),
      );
    }
    expect((await world.exec(['--data-id', 'n=last', '--drain-seconds', '60'], ['true'])).exitCode).toBe(0);
    const events = await world.events();
    expect(await world.waiting()).toEqual([]);
    const starts = ofType(events, 'ExecutionStarted');
    expect(new Set(starts.map(({ execution }) => execution)).size).toBe(starts.length);
    const succeeded = ofType(events, 'ExecutionSucceeded');
    const ends = [...succeeded, ...ofType(events, 'ExecutionLost')].map(({ execution }) => execution);
    expect(ends.sort()).toEqual(starts.map(({ execution }) => execution).sort());
    const jobs = new Set(succeeded.map(({ job }) => job));
    expect(acknowledged.filter((job) => !jobs.has(job))).toEqual([]);
    const produced = ofType(events, 'FileProduced').map(({ execution }) => execution);
    expect(produced.sort()).toEqual(
      succeeded.flatMap(({ job, execution }) => (job.includes('last') ? [] : [execution])).sort(),
    );
  });
});
