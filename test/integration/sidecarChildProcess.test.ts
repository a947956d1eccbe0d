import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXECUTION_VARIABLE, startChild, type ChildExit } from '../../producers/sidecar/childProcess';
import { runSidecar, sidecarCode, type SidecarCode } from '../support/sidecarProcess';

const MEGABYTE = 1e6;

function start(argv: readonly string[], more: Partial<Parameters<typeof startChild>[0]> = {}): Promise<ChildExit> {
  return startChild({ argv, env: process.env, ...more }).exited;
}

/** A command line that uses so much memory and CPU. */
function appetite(options: { megabytes?: number; cpuSeconds?: number; holdMillis?: number }): string[] {
  const script = `
    const held = Buffer.alloc(${(options.megabytes ?? 0) * MEGABYTE}, 1);
    const used = () => { const u = process.cpuUsage(); return u.user + u.system; };
    while (used() < ${(options.cpuSeconds ?? 0) * 1e6});
    setTimeout(() => held.length, ${options.holdMillis ?? 0});`;
  return [process.execPath, '-e', script];
}

/** Quotes a command line for sh. */
function quoted(argv: readonly string[]): string {
  return argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

let folder: string;
let code: SidecarCode;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tractledger-child-'));
  code = sidecarCode();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  code.remove();
});

/** Runs the body where a program is installed; elsewhere skips it by name, or fails where CI requires everything. */
function testWith(program: string, name: string, body: () => Promise<void>): void {
  if (existsSync(program) || process.env['TRACTLEDGER_REQUIRE_SERVICES'] !== undefined) test(name, body);
  else test.skip(`${name} (skipped: no ${program})`, body);
}

describe('how a child ended', () => {
  test('its exit code is reported', async () => {
    expect(await start(['sh', '-c', 'exit 3'])).toMatchObject({ exitCode: 3, signal: null });
    expect(await start(['true'])).toMatchObject({ exitCode: 0, signal: null });
    expect(await start(['sh', '-c', 'exit 255'])).toMatchObject({ exitCode: 255, signal: null });
  });

  test.each(['SIGKILL', 'SIGTERM', 'SIGSEGV', 'SIGPIPE', 'SIGXFSZ', 'SIGUSR1'])(
    'the signal that ended it is named: %s, its default action in place whatever node ignores',
    async (signal) => {
      const command = `ulimit -c 0; kill -${signal.slice(3)} $$; exit 7`;
      expect(await start(['sh', '-c', command])).toMatchObject({ exitCode: null, signal });
    },
  );

  test('a signal can be sent to it while it runs and to nobody afterwards', async () => {
    const child = startChild({ argv: ['sleep', '60'], env: process.env });
    expect(child.kill('SIGINT')).toBe(true);
    expect(await child.exited).toMatchObject({ signal: 'SIGINT' });
    expect(child.kill('SIGINT')).toBe(false);
  });

  test('it starts in the folder and with the environment given', async () => {
    const file = path.join(folder, 'where');
    await start(['sh', '-c', `pwd > '${file}'; printf %s "$WORD" >> '${file}'`], {
      cwd: '/usr',
      env: { PATH: process.env['PATH'], WORD: 'ä,= "\n' },
    });
    expect(readFileSync(file, 'utf8')).toBe('/usr\nä,= "\n');
  });

  test('a script without an interpreter line runs under sh, as env would have it', async () => {
    const script = path.join(folder, 'bare');
    writeFileSync(script, 'exit $1\n', { mode: 0o755 });
    expect(await start([script, '5'])).toMatchObject({ exitCode: 5 });
  });
});

describe('a command that cannot be started', () => {
  test.each([
    [['no-such-command-anywhere'], 127, 'notFound', 'command not found in PATH'],
    [['/no/such/file'], 127, 'notFound', 'command not found'],
    [['/etc/passwd'], 126, 'notExecutable', 'permission denied'],
    [['/usr'], 126, 'notExecutable', 'permission denied'],
    [[], 127, 'notFound', 'no command was given'],
    [['echo', 'a\0b'], 125, 'refused', 'NUL byte'],
  ])('%j fails as env does, with exit code %i', (argv, exitCode, reason, message) => {
    expect(() => startChild({ argv, env: process.env })).toThrow(
      expect.objectContaining({
        name: 'ChildStartError',
        exitCode,
        reason,
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });

  test('a script whose interpreter is missing is told apart from a missing script', () => {
    const script = path.join(folder, 'orphan');
    writeFileSync(script, '#!/no/such/interpreter\n', { mode: 0o755 });
    expect(() => startChild({ argv: [script], env: process.env })).toThrow(/interpreter/);
  });

  test('a folder to start in that is not there is named', () => {
    expect(() => startChild({ argv: ['true'], env: process.env, cwd: '/no/such/folder' })).toThrow('/no/such/folder');
  });

  test('the PATH searched is the one the child gets', () => {
    expect(() => startChild({ argv: ['sh'], env: { PATH: folder } })).toThrow(/not found in PATH/);
  });
});

describe('what a child used', () => {
  /**
   * Runs GNU time around a command as a sidecar's child: both measure the same run. The sidecar is a process of its own,
   * as small as it is in life: this one may have grown beyond what it is to measure.
   */
  async function besideGnuTime(argv: readonly string[], name: string, nextTry?: readonly string[]) {
    const file = path.join(folder, name);
    const sidecar = runSidecar(code, ['/usr/bin/time', '-o', file, '-f', '%M %U %S', ...argv], {
      env: nextTry === undefined ? {} : { NEXT_TRY: JSON.stringify(nextTry) },
    });
    const { lines } = await sidecar.ended;
    const reported = (key: string) => lines.find((line) => key in line)?.[key];
    const [kilobytes, user, system] = readFileSync(file, 'utf8').trim().split(' ').map(Number);
    return {
      exit: reported('exit') as ChildExit,
      next: reported('next') as ChildExit | undefined,
      maxRssBytes: (kilobytes ?? 0) * 1024,
      cpuMicros: ((user ?? 0) + (system ?? 0)) * 1e6,
    };
  }

  function expectWithinFivePercent(measured: number | null, reference: number): void {
    expect(measured).not.toBeNull();
    expect(Math.abs((measured ?? 0) - reference)).toBeLessThanOrEqual(0.05 * reference);
  }

  const twoChildren = [
    'sh',
    '-c',
    `${quoted(appetite({ megabytes: 300 }))} & ${quoted(appetite({ cpuSeconds: 2 }))} & wait`,
  ];

  testWith(
    '/usr/bin/time',
    'agrees with GNU time on 300 MB and 2 CPU-seconds in two children, and the next try shows nothing of it',
    async () => {
      const { exit, next, maxRssBytes, cpuMicros } = await besideGnuTime(twoChildren, 'two', ['true']);
      expectWithinFivePercent(exit.maxRssBytes, maxRssBytes);
      expectWithinFivePercent(exit.userCpuMicros + exit.systemCpuMicros, cpuMicros);
      expect(cpuMicros).toBeGreaterThanOrEqual(2e6);
      expect(exit.caveats).toEqual([]);

      expect(next).toMatchObject({ exitCode: 0 });
      expect(next?.maxRssBytes ?? 0).toBeLessThan(20 * MEGABYTE);
      expect((next?.userCpuMicros ?? 0) + (next?.systemCpuMicros ?? 0)).toBeLessThan(200_000);
    },
  );

  testWith('/usr/bin/time', 'agrees with GNU time for each of ten at once', async () => {
    const sizes = Array.from({ length: 10 }, (_, index) => 200 + 30 * index);
    const results = await Promise.all(
      sizes.map((megabytes) => besideGnuTime(appetite({ megabytes, cpuSeconds: 0.5 }), `ten-${megabytes}`)),
    );
    for (const { exit, maxRssBytes, cpuMicros } of results) {
      expectWithinFivePercent(exit.maxRssBytes, maxRssBytes);
      expectWithinFivePercent(exit.userCpuMicros + exit.systemCpuMicros, cpuMicros);
    }
  });

  test("never shows the sidecar's own memory, however large it has been", async () => {
    const large = runSidecar(code, ['sleep', '2'], { env: { BALLAST_BYTES: '300000000' } });
    const { exit } = (await large.line('exit')) as unknown as { exit: ChildExit };
    expect(exit.caveats).toEqual(['maxRssSampled']);
    expect(exit.maxRssBytes).toBeGreaterThan(0);
    expect(exit.maxRssBytes).toBeLessThan(20 * MEGABYTE);
  });

  test('a child below the sidecar in size is read in /proc, its descendants too', async () => {
    const held = appetite({ megabytes: 100, holdMillis: 3000 });
    const large = runSidecar(code, ['sh', '-c', `${quoted(held)}; true`], { env: { BALLAST_BYTES: '400000000' } });
    const { exit } = (await large.line('exit')) as unknown as { exit: ChildExit };
    expect(exit.caveats).toEqual(['maxRssSampled']);
    expect(exit.maxRssBytes).toBeGreaterThan(100 * MEGABYTE);
    expect(exit.maxRssBytes).toBeLessThan(250 * MEGABYTE);
  });

  test('what was too short to read is null and says so', async () => {
    const exit = await start(['true']);
    // On a crowded machine even this may live long enough to be read.
    expect(exit.caveats).toEqual([exit.maxRssBytes === null ? 'maxRssNotMeasured' : 'maxRssSampled']);
    expect(exit.maxRssBytes ?? 0).toBeLessThan(20 * MEGABYTE);
    expect(exit.wallMicros).toBeGreaterThan(0);
  });

  test('children left behind are noted', async () => {
    const env = { ...process.env, [EXECUTION_VARIABLE]: '5ba7bf4e-0f8e-4b5b-9d59-7a6d6ab8b1b1' };
    // The pipe ends when the sleeper does, so the test leaves nothing behind itself.
    const left = await start(['sh', '-c', 'sleep 1 >&- 2>&- & exit 0'], { env });
    expect(left.caveats).toContain('childrenLeftBehind');
    const none = await start(['sh', '-c', 'sleep 0.05 & wait'], { env: { ...env, [EXECUTION_VARIABLE]: 'another' } });
    expect(none.caveats).not.toContain('childrenLeftBehind');
  });

  test('a daemon in a session of its own is found by its environment', async () => {
    const env = { ...process.env, [EXECUTION_VARIABLE]: '0d0a7f52-3c53-4f2c-8b0c-33f6d9f4b2a7' };
    const daemon = ['setsid', 'sh', '-c', '(sleep 1 >&- 2>&- &) ; exit 0'];
    expect((await start(daemon, { env })).caveats).toContain('childrenLeftBehind');
  });
});

describe('a child as the terminal, the shell and the batch system see it', () => {
  testWith('/usr/bin/script', 'it has the terminal, and is in the foreground of it', async () => {
    const inner = 'test -t 0 && test -t 1 && test -t 2 && ps -o pgid=,tpgid= -p $$ && echo all of them';
    const command = quoted([process.execPath, code.runner, 'sh', '-c', inner]);
    const exit = startChild({
      argv: ['/usr/bin/script', '-qec', `${command} < /dev/tty`, path.join(folder, 'typescript')],
      env: { ...process.env, ...code.env },
    });
    expect(await exit.exited).toMatchObject({ exitCode: 0 });
    const seen = readFileSync(path.join(folder, 'typescript'), 'utf8');
    expect(seen).toContain('all of them');
    const [group, foreground] = /(\d+)\s+(\d+)/.exec(seen.slice(seen.indexOf('\n')))?.slice(1) ?? [];
    expect(group).toBe(foreground);
  });

  test('what it writes to two descriptors of one file stays in order', async () => {
    const file = path.join(folder, 'order');
    const lines = Array.from({ length: 200 }, (_, index) => `echo ${index} >&${1 + (index % 2)}`).join('\n');
    const inner = quoted([process.execPath, code.runner, 'sh', '-c', lines]);
    await start(['sh', '-c', `${inner} > '${file}' 2>&1`], { env: { ...process.env, ...code.env } });
    expect(readFileSync(file, 'utf8')).toBe(Array.from({ length: 200 }, (_, index) => `${index}\n`).join(''));
  });

  test('it inherits no descriptors but 0, 1 and 2, no ignored signals and no raised limit of open files', async () => {
    const inner = [
      'ulimit -n',
      'grep -E "^Sig(Blk|Ign)" /proc/self/status | cut -f2',
      'ls /proc/self/fd | tr "\\n" " "',
    ].join('; ');
    const sidecar = runSidecar(code, ['sh', '-c', inner], {
      wrapper: ['sh', '-c', 'ulimit -Sn 300; "$@"; exit', 'sh'],
    });
    const { stdout } = await sidecar.ended;
    const [openFiles, blocked, ignored, descriptors] = stdout.split('\n');
    expect([openFiles, blocked, ignored]).toEqual(['300', '0000000000000000', '0000000000000000']);
    // Node looks at the first sixteen only, and others may come from whoever runs the tests. 3 is the folder ls reads.
    expect((descriptors ?? '').split(' ').filter((word) => word !== '' && Number(word) < 16)).toEqual([
      '0',
      '1',
      '2',
      '3',
    ]);
  });

  test('arguments that are not UTF-8 reach it unchanged', async () => {
    const sidecar = runSidecar(code, ['sh', '-c', 'printf %s "$1" | od -An -tx1', 'sh'], {
      wrapper: ['sh', '-c', '"$@" "$(printf "caf\\351")"', 'sh'],
    });
    expect((await sidecar.ended).stdout.trim()).toBe('63 61 66 e9');
  });

  test('it survives when the sidecar is killed, and can still write', async () => {
    const file = path.join(folder, 'survivor');
    const sidecar = runSidecar(code, ['sh', '-c', `echo ready; sleep 1; echo done > '${file}'`]);
    await Promise.all([sidecar.output('ready'), sidecar.line('started')]);
    sidecar.signal('SIGKILL');
    // The shell makes the file before it writes.
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(50);
    expect(readFileSync(file, 'utf8')).toBe('done\n');
  });
});

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)(
    '%s reaches a child that handles it, once, and is reported',
    async (signal) => {
      const script = `trap 'n=$((n+1)); echo got $n' ${signal.slice(3)}; echo ready; i=0;
        while [ $i -lt 1000 ] && [ -z "$n" ]; do sleep 0.05; i=$((i+1)); done; sleep 0.2; exit $((40+n))`;
      const sidecar = runSidecar(code, ['sh', '-c', script]);
      await sidecar.output('ready');
      sidecar.signal(signal);
      const result = await sidecar.ended;
      expect(result).toMatchObject({ code: 41, signal: null, stdout: 'ready\ngot 1\n' });
      expect(result.lines).toContainEqual({ received: { signal, outcome: 'forwarded' } });
    },
  );

  test.each(['SIGTERM', 'SIGINT', 'SIGUSR1'] as const)(
    'a child ended by %s ends the sidecar by the same signal',
    async (signal) => {
      const sidecar = runSidecar(code, ['sleep', '60']);
      await sidecar.line('started');
      sidecar.signal(signal);
      expect(await sidecar.ended).toMatchObject({ code: null, signal });
    },
  );

  test.each(['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGPIPE'])('a child that dies of %s itself, too', async (signal) => {
    const sidecar = runSidecar(code, ['sh', '-c', `ulimit -c 0; kill -${signal.slice(3)} $$`]);
    expect(await sidecar.ended).toMatchObject({ code: null, signal });
  });

  testWith('/usr/bin/script', 'Ctrl-C at a terminal reaches the child once, from the terminal', async () => {
    const script = `trap 'n=$((n+1))' INT; echo ready; i=0;
      while [ $i -lt 1000 ] && [ -z "$n" ]; do sleep 0.05; i=$((i+1)); done; sleep 0.3; echo "caught $n"`;
    const reports = path.join(folder, 'ctrl-c-reports');
    const command = `${quoted([process.execPath, code.runner, 'sh', '-c', script])} 3> '${reports}'`;
    const typescript = path.join(folder, 'ctrl-c');
    const fifo = path.join(folder, 'keys');
    const session = startChild({
      // Keys are typed through a FIFO: Ctrl-C once the child is ready.
      argv: ['sh', '-c', `mkfifo '${fifo}'; script -qfec ${quoted([command])} '${typescript}' < '${fifo}' > /dev/null`],
      env: { ...process.env, ...code.env },
    });
    while (!existsSync(fifo)) await sleep(20);
    const keys = startChild({
      argv: [
        'sh',
        '-c',
        `exec 3> '${fifo}'; until grep -q ready '${typescript}'; do sleep 0.05; done; printf '\\003' >&3; sleep 2`,
      ],
      env: process.env,
    });
    await session.exited;
    keys.kill('SIGTERM');
    await keys.exited;
    expect(readFileSync(typescript, 'utf8')).toContain('caught 1');
    expect(readFileSync(reports, 'utf8')).toContain('{"received":{"signal":"SIGINT","outcome":"byTerminal"}}');
  });
});

describe("the end of the child's standard error", () => {
  test('is read from the file it goes to, from where the child began', async () => {
    const log = path.join(folder, 'job.log');
    writeFileSync(log, 'an earlier job\n');
    const wrapper = ['sh', '-c', `"$@" 2>> '${log}'`, 'sh'];
    const sidecar = runSidecar(code, ['sh', '-c', 'echo it broke >&2; exit 1'], { wrapper });
    expect(await sidecar.line('tail')).toMatchObject({ tail: 'it broke\n' });
    expect(readFileSync(log, 'utf8')).toBe('an earlier job\nit broke\n');
  });

  test('is the last 64 KiB, cut between characters', async () => {
    const log = path.join(folder, 'long.log');
    const wrapper = ['sh', '-c', `"$@" 2> '${log}'`, 'sh'];
    const script = `process.stderr.write('é'.repeat(100000) + 'x')`;
    const sidecar = runSidecar(code, [process.execPath, '-e', script], { wrapper });
    const { tail } = (await sidecar.line('tail')) as { tail: string };
    expect(tail === `${'é'.repeat(32767)}x`).toBe(true); // not toBe(text): nobody can read that difference
  });

  test('is null when standard error is a pipe', async () => {
    const sidecar = runSidecar(code, ['sh', '-c', 'echo lost >&2']);
    expect(await sidecar.line('exit')).toMatchObject({ tail: null });
    expect((await sidecar.ended).stderr).toBe('lost\n');
  });

  test('is copied on its way with a tee, complete and in order, and the copy is removed', async () => {
    const file = path.join(folder, 'tee');
    const script = 'i=0; while [ $i -lt 5000 ]; do echo line $i >&2; i=$((i+1)); done; exit 9';
    const sidecar = runSidecar(code, ['sh', '-c', script], { env: { TEE_FILE: file } });
    const result = await sidecar.ended;
    const whole = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join('');
    expect(result).toMatchObject({ code: 9, stderr: whole });
    expect(await sidecar.line('exit')).toMatchObject({ tail: whole.slice(-65536) });
    expect(existsSync(file)).toBe(false);
  });

  test('a child behind a tee survives when the sidecar is killed, and its last words stay in the file', async () => {
    const file = path.join(folder, 'tee-survivor');
    const done = path.join(folder, 'tee-done');
    const script = `echo ready; sleep 0.5; echo last words >&2 && echo done > '${done}'`;
    const sidecar = runSidecar(code, ['sh', '-c', script], { env: { TEE_FILE: file } });
    await Promise.all([sidecar.output('ready'), sidecar.line('started')]);
    sidecar.signal('SIGKILL');
    while (!existsSync(done)) await sleep(50);
    expect(readFileSync(file, 'utf8')).toBe('last words\n');
  });
});
