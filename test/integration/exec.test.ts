import { chmodSync, mkdirSync, openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { execCode, ExecWorld, ofType, until } from '../support/execWorld';
import type { TranspiledCopy } from '../support/transpiledCopy';

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
const output = (name: string, type = 'calexp'): string[] => ['--output', name, '--dataset-type', type];

describe('exec records a job', () => {
  it('tells its start, what it used and wrote, what is rightly absent and its end', async () => {
    writeFileSync(world.path('raw.fits'), 'raw');
    const result = await world.exec(
      [
        ...['--attempt', '3', '--data-id', 'visit=1228', '--data-id', 'filter=HSC-I,x=1', '--site', 'ncsa'],
        ...['--input', 'raw.fits', '--dataset-type', 'raw'],
        ...[...output('out/a,b=c:d.fits'), '--metadata', 'seeing=0.7', '--metadata', 'comment'],
        ...[...output('src.fits', 'src'), '--optional'],
      ],
      sh('mkdir out && printf hello > "out/a,b=c:d.fits"'),
    );
    expect(result).toEqual({ exitCode: 0, signal: null, stdout: '', stderr: '' });
    const events = await world.events();
    expect(events.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'InputsUsed',
      'FileProduced',
      'FileLocated',
      'FileAbsent',
      'ExecutionSucceeded',
    ]);
    const [started] = ofType(events, 'ExecutionStarted');
    expect(started).toMatchObject({
      header: { campaign: 'C', unit: 'U', attempt: 3, sequence: 1 },
      job: 'T {"filter":"HSC-I,x=1","visit":1228}',
      task: 'T',
      dataId: '{"filter":"HSC-I,x=1","visit":1228}',
      tryNumber: 1,
      executable: 'sh',
      site: 'ncsa',
    });
    expect(ofType(events, 'InputsUsed')[0]).toMatchObject({
      execution: started?.execution,
      basis: 'declared',
      files: [{ path: 'raw.fits', datasetType: 'raw' }],
      part: 1,
      parts: 1,
    });
    expect(ofType(events, 'FileProduced')[0]).toMatchObject({
      execution: started?.execution,
      path: 'out/a,b=c:d.fits',
      sizeBytes: 5,
      md5: '5d41402abc4b2a76b9719d911017c592',
      sha256: null,
      metadata: { comment: null, seeing: '0.7' },
    });
    expect(ofType(events, 'FileLocated')[0]?.uri).toBe(`file://${world.folder}/out/a,b=c:d.fits`);
    expect(ofType(events, 'FileAbsent')[0]).toMatchObject({
      path: 'src.fits',
      datasetType: 'src',
      basis: 'definition',
    });
    const [succeeded] = ofType(events, 'ExecutionSucceeded');
    expect(succeeded?.metrics.userCpuMicros).not.toBeNull();
    expect(succeeded?.metrics.wallMicros).toBeGreaterThan(0);
  });

  it('takes the job from the environment, a JSON file and flags, the latter first', async () => {
    writeFileSync(
      world.path('job.json'),
      JSON.stringify({
        task: 'processCcd',
        dataId: { ccd: 49, visit: 1228 },
        outputs: [{ glob: 'out-*.txt', datasetType: 'log', metadata: { level: 2 } }],
        command: sh('echo 1 > out-1.txt; echo 2 > out-2.txt'),
        sha256: true,
      }),
    );
    const env = { TRACTLEDGER_CAMPAIGN: 'fromEnvironment', TRACTLEDGER_UNIT: 'tract=9813', TRACTLEDGER_ATTEMPT: '2' };
    const run = world.startCli(['exec', '--job', 'job.json', '--campaign', 'fromFlag'], { env });
    expect((await run.ended).exitCode).toBe(0);
    const events = await world.events();
    expect(events[0]).toMatchObject({
      header: { campaign: 'fromFlag', unit: 'tract=9813', attempt: 2 },
      job: 'processCcd {"ccd":49,"visit":1228}',
    });
    const files = ofType(events, 'FileProduced');
    expect(files.map(({ path, metadata }) => [path, metadata])).toEqual([
      ['out-1.txt', { level: '2' }],
      ['out-2.txt', { level: '2' }],
    ]);
    expect(files[0]?.sha256).toBe('4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865');
  });

  it('reads at the end what the job really used', async () => {
    const report =
      'for i in $(seq 3000); do echo "calib/$i/a-rather-long-name-for-a-file-that-was-used-by-this-job.fits"; done';
    await world.exec(
      ['--inputs-from', 'used.txt'],
      sh(`(echo '{"path":"x.fits","datasetType":"x"}'; ${report}) > used.txt`),
    );
    const inputs = ofType(await world.events(), 'InputsUsed');
    expect(inputs.length).toBeGreaterThan(1);
    expect(inputs.map(({ part, parts }) => [part, parts])).toEqual(inputs.map((_, at) => [at + 1, inputs.length]));
    expect(inputs.flatMap(({ files }) => files)).toHaveLength(3001);
    expect(inputs[0]).toMatchObject({ basis: 'reported' });
    expect(inputs[0]?.files[0]).toMatchObject({ path: 'x.fits', datasetType: 'x' });
  });

  it('replaces secrets in the command line before they are stored', async () => {
    await world.exec([], ['true', '--password', 'hunter2', 'token=abcdefgh12345678']);
    const [started] = ofType(await world.events(), 'ExecutionStarted');
    expect(started?.argv.join(' ')).not.toMatch(/hunter2|abcdefgh/);
  });

  it('tells the job its execution and leaves standard input alone', async () => {
    const result = await world.exec(
      [],
      sh('cat; printf %s "$TRACTLEDGER_EXECUTION/$TRACTLEDGER_UNIT/$TRACTLEDGER_TASK"'),
      {
        input: 'fed\n',
        env: { TRACTLEDGER_TASK: 'T' },
      },
    );
    const [started] = ofType(await world.events(), 'ExecutionStarted');
    expect(result.stdout).toBe(`fed\n${String(started?.execution)}/U/`);
  });
});

describe('exec ends as its job does', () => {
  it('with its exit code', async () => {
    const { exitCode, stderr } = await world.exec([], sh('echo it broke >&2; exit 7'));
    expect([exitCode, stderr]).toEqual([7, 'it broke\n']);
    expect(ofType(await world.events(), 'ExecutionFailed')[0]).toMatchObject({ exitCode: 7, signal: null });
  });

  it.each(['SIGTERM', 'SIGKILL', 'SIGSEGV'] as const)('by its signal %s', async (signal) => {
    const result = await world.exec([], sh(`kill -${signal.slice(3)} $$`));
    expect([result.exitCode, result.signal]).toEqual([null, signal]);
    expect(ofType(await world.events(), 'ExecutionFailed')[0]).toMatchObject({ exitCode: null, signal });
  });

  it.each([
    ['missing', 'true', 'outputMissing', 'a.fits was not written'],
    ['empty', ': > a.fits', 'outputEmpty', 'a.fits is empty'],
    ['a folder', 'mkdir a.fits', 'outputMissing', 'a.fits is no regular file'],
  ])('with 65 where it said 0 and an output is %s', async (_what, script, failureClass, reason) => {
    const { exitCode, stderr } = await world.exec(output('a.fits'), sh(script));
    expect([exitCode, stderr]).toEqual([65, expect.stringContaining(reason)]);
    const [failed] = ofType(await world.events(), 'ExecutionFailed');
    expect(failed).toMatchObject({ exitCode: 0, failureClass, missingOutputs: ['a.fits'] });
    expect(failed?.message).toContain(reason);
  });

  it('with 65 where the output was there before and the job did not write it', async () => {
    writeFileSync(world.path('a.fits'), 'old');
    expect((await world.exec(output('a.fits'), ['true'])).exitCode).toBe(65);
    expect((await world.exec(output('a.fits'), sh('printf old > a.fits'))).exitCode).toBe(0);
    const events = await world.events();
    expect(ofType(events, 'ExecutionFailed')[0]?.message).toContain('was there before');
    expect(ofType(events, 'FileProduced')).toHaveLength(1);
  });

  it('with 65 where an output leads out of the root through a symbolic link that the job made', async () => {
    writeFileSync(world.path('outside'), 'x');
    mkdirSync(world.path('root'));
    const { exitCode } = await world.exec(['--root', 'root', ...output('a.fits')], sh('ln -s ../outside root/a.fits'));
    expect(exitCode).toBe(65);
    expect(ofType(await world.events(), 'FileProduced')).toEqual([]);
  });

  it('with 127 for a command that is not there and 126 for one that is not executable', async () => {
    writeFileSync(world.path('plain'), '');
    chmodSync(world.path('plain'), 0o644);
    const { exitCode, stderr } = await world.exec([], ['no-such-command-anywhere']);
    expect([exitCode, stderr]).toEqual([127, expect.stringContaining('no-such-command-anywhere: command not found')]);
    expect((await world.exec([], ['./plain'])).exitCode).toBe(126);
    expect(ofType(await world.events(), 'ExecutionFailed').map((failed) => failed.exitCode)).toEqual([127, 126]);
  });

  it.each([
    [['--unknown'], 'unknown'],
    [['--output', 'a.fits'], 'dataset type'],
    [['--optional'], '--output'],
    [['--attempt', '0'], '--attempt'],
    [output('../a.fits'), 'leads out of the root'],
    [output('/etc/passwd'), 'leads out of the root'],
    [output('link/a.fits'), 'symbolic link'],
    [['--rules', 'none.yaml'], 'none.yaml'],
    [['--job', 'none.json'], 'none.json'],
    [['--ledger', 'nonsense'], '--ledger'],
    [['--root', 'none'], 'root folder'],
  ])('with 125 and a reason where it is told nonsense: %j', async (flags, reason) => {
    symlinkSync('/tmp', world.path('link'));
    const { exitCode, stderr } = await world.exec(flags, ['touch', 'ran']);
    expect(exitCode).toBe(125);
    expect(stderr).toMatch(/^tractledger: /);
    expect(stderr.toLowerCase()).toContain(reason.toLowerCase());
    expect(() => readFileSync(world.path('ran'))).toThrow();
  });

  it('passes a signal on, lets the job end by its own means, and records it', async () => {
    const run = world.start([], sh('trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done'));
    await new Promise((resolve) => run.process.stdout?.once('data', resolve));
    run.process.kill('SIGTERM');
    expect((await run.ended).exitCode).toBe(9);
    const [failed] = ofType(await world.events(), 'ExecutionFailed');
    expect(failed).toMatchObject({
      exitCode: 9,
      caveats: expect.arrayContaining(['signalForwarded:SIGTERM']) as unknown,
    });
    expect(failed?.message).toContain('passed on SIGTERM');
  });

  it('without standing between the job and its terminal', async () => {
    const isTerminal = 'test -t 0 && test -t 1 && test -t 2';
    const run = world.start([], sh(isTerminal), {
      wrapper: ['sh', '-c', `exec script -qec "$(printf "'%s' " "$@")" /dev/null`, 'sh'],
    });
    expect((await run.ended).exitCode).toBe(0);
  });
});

describe('exec classes failures and tries again', () => {
  const failTwice = 'echo x >> tries; printf half > a.fits; test $(wc -l < tries) -gt 2';

  it('repeats a transient failure, each try an execution of its own, and sets what it wrote aside', async () => {
    const flags = ['--retries', '5', '--backoff', '0.05', ...output('a.fits')];
    expect((await world.exec(flags, sh(failTwice))).exitCode).toBe(0);
    const events = await world.events();
    const started = ofType(events, 'ExecutionStarted');
    expect(started.map(({ tryNumber }) => tryNumber)).toEqual([1, 2, 3]);
    expect(new Set(started.map(({ execution }) => execution)).size).toBe(3);
    const failed = ofType(events, 'ExecutionFailed');
    expect(failed.map(({ execution }) => execution)).toEqual(started.slice(0, 2).map(({ execution }) => execution));
    expect(failed.map(({ permanence }) => permanence)).toEqual(['transient', 'transient']);
    expect(ofType(events, 'JobRetryScheduled').map(({ becauseOf }) => becauseOf)).toEqual(
      failed.map(({ execution }) => execution),
    );
    for (const { execution } of failed) {
      expect(readFileSync(world.path(`a.fits.failed-${execution.slice(-12)}`), 'utf8')).toBe('half');
    }
    const produced = ofType(events, 'FileProduced');
    expect(produced.map(({ md5 }) => md5 !== null)).toEqual([false, false, true]);
    expect(ofType(events, 'JobAbandoned')).toEqual([]);
  });

  it('ends failed and not abandoned when the tries are used up', async () => {
    expect((await world.exec(['--retries', '1', '--backoff', '0.01'], sh('exit 3'))).exitCode).toBe(3);
    const events = await world.events();
    expect(ofType(events, 'ExecutionFailed')).toHaveLength(2);
    expect(ofType(events, 'JobRetryScheduled')).toHaveLength(1);
    expect(ofType(events, 'JobAbandoned')).toEqual([]);
  });

  it('abandons a permanent failure at once, pipe_base’s exit code 20 among them', async () => {
    expect((await world.exec(['--retries', '5'], sh('exit 20'))).exitCode).toBe(20);
    const events = await world.events();
    const [failed] = ofType(events, 'ExecutionFailed');
    expect(failed?.permanence).toBe('permanent');
    expect(ofType(events, 'JobAbandoned')).toMatchObject([
      { reason: 'permanent', becauseOf: failed?.execution, failureClass: failed?.failureClass },
    ]);
    expect(ofType(events, 'ExecutionStarted')).toHaveLength(1);
  });

  it('leaves failures of the infrastructure to another node or a later hour, unless told otherwise', async () => {
    const script = sh('echo "Stale file handle" >&2; exit 1');
    const flags = ['--retries', '1', '--backoff', '0.01', '--tee-stderr'];
    await world.exec(flags, script);
    expect(ofType(await world.events(), 'ExecutionFailed')).toMatchObject([{ permanence: 'infrastructure' }]);
    await world.exec(['--retry-infrastructure', ...flags], script);
    expect(ofType(await world.events(), 'ExecutionFailed')).toHaveLength(3);
  });

  it.each(['file', 'tee'])('reads what the job said last on standard error: %s', async (how) => {
    const file = world.path('log.txt');
    const stderr = how === 'file' ? { stderr: openSync(file, 'a') } : {};
    const result = await world.exec(
      how === 'tee' ? ['--tee-stderr'] : [],
      sh('echo "OSError: No space left on device" >&2; exit 1'),
      stderr,
    );
    expect(how === 'file' ? readFileSync(file, 'utf8') : result.stderr).toBe('OSError: No space left on device\n');
    const events = await world.events();
    expect(ofType(events, 'ExecutionFailed')[0]).toMatchObject({
      failureClass: 'noSpace',
      permanence: 'infrastructure',
      message: 'exit code 1: OSError: No space left on device',
    });
    expect(ofType(events, 'ExecutionStarted')[0]?.logPath).toBe(how === 'file' ? file : null);
  });

  it.each([0, 3])('leaves no copy of standard error behind when the job ends with %i', async (exitCode) => {
    mkdirSync(world.path('temporary'));
    const env = { TMPDIR: world.path('temporary') };
    const result = await world.exec(['--tee-stderr'], sh(`echo a >&2; echo b >&2; exit ${String(exitCode)}`), { env });
    expect([result.exitCode, result.stderr]).toEqual([exitCode, 'a\nb\n']);
    expect(readdirSync(world.path('temporary'))).toEqual([]);
  });

  it('starts no further try once it is told to end', async () => {
    const run = world.start(['--retries', '5', '--backoff', '600'], sh('echo ready; exit 3'));
    await new Promise((resolve) => run.process.stdout?.once('data', resolve));
    // The failed try is told while the sidecar waits for the next one.
    await until(async () => ofType(await world.events().catch(() => []), 'JobRetryScheduled').length > 0);
    run.process.kill('SIGTERM');
    expect((await run.ended).signal).toBe('SIGTERM');
  });
});
