import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Metrics } from '../../schemas';
import { execCode, ExecWorld, ofType } from '../support/execWorld';
import type { TranspiledCopy } from '../support/transpiledCopy';

const gnuTime = '/usr/bin/time';
const describeWithGnuTime = existsSync(gnuTime) ? describe : describe.skip;
const megabyte = 1024 * 1024;

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
  writeFileSync(
    world.path('appetite.js'),
    `const [megabytes, cpuSeconds] = process.argv.slice(2).map(Number);
     const held = Buffer.alloc(megabytes * 1024 * 1024, 1);
     while (process.cpuUsage().user + process.cpuUsage().system < cpuSeconds * 1e6) held[0] += 1;`,
  );
});
afterEach(() => {
  world.remove();
});

const appetite = (megabytes: number, cpuSeconds: number): string =>
  `'${process.execPath}' appetite.js ${String(megabytes)} ${String(cpuSeconds)}`;

/** A shell command under GNU time, which writes what it measured to a file. */
const timed = (file: string, script: string): string => `${gnuTime} -o ${file} -f '%M %U %S' sh -c "${script}"`;

function expectAgreement(metrics: Metrics | undefined, file: string): void {
  const [kilobytes = 0, user = 0, system = 0] = readFileSync(world.path(file), 'utf8').trim().split(' ').map(Number);
  expect(relativeDifference(metrics?.maxRssBytes, kilobytes * 1024)).toBeLessThan(0.05);
  expect(relativeDifference(cpuMicrosOf(metrics), (user + system) * 1e6)).toBeLessThan(0.05);
}

function cpuMicrosOf(metrics: Metrics | undefined): number {
  return (metrics?.userCpuMicros ?? 0) + (metrics?.systemCpuMicros ?? 0);
}

function relativeDifference(measured: number | null | undefined, reference: number): number {
  return Math.abs((measured ?? 0) - reference) / reference;
}

describeWithGnuTime(`what exec reports of a job${existsSync(gnuTime) ? '' : ' (skipped: no GNU time here)'}`, () => {
  it('agrees with GNU time, and a second try shows nothing of the first', async () => {
    const big = timed('big', `${appetite(300, 1)} & ${appetite(10, 1)} & wait`);
    const script = `if [ -e big ]; then exec true; fi; ${big}; exit 3`;
    const flags = ['--retries', '1', '--backoff', '0.01'];
    expect((await world.exec(flags, ['sh', '-c', script])).exitCode).toBe(0);
    const events = await world.events();
    const [failed] = ofType(events, 'ExecutionFailed');
    const [succeeded] = ofType(events, 'ExecutionSucceeded');
    expectAgreement(failed?.metrics, 'big');
    expect(failed?.metrics.maxRssBytes).toBeGreaterThan(300 * megabyte);
    expect(cpuMicrosOf(failed?.metrics)).toBeGreaterThan(1_900_000);
    expect(succeeded?.metrics.maxRssBytes ?? 0).toBeLessThan(20 * megabyte);
    expect(cpuMicrosOf(succeeded?.metrics)).toBeLessThan(200_000);
  });

  it('agrees with GNU time for each of ten at once', async () => {
    const numbers = Array.from({ length: 10 }, (_, index) => index);
    await Promise.all(
      numbers.map(async (n) => {
        const script = timed(`t${String(n)}`, appetite(150 + 20 * n, 0.5));
        const flags = ['--data-id', `n=${String(n)}`, '--drain-seconds', '60'];
        expect((await world.exec(flags, ['sh', '-c', script])).exitCode).toBe(0);
      }),
    );
    const succeeded = ofType(await world.events(), 'ExecutionSucceeded');
    for (const n of numbers) {
      expectAgreement(succeeded.find(({ job }) => job === `T {"n":${String(n)}}`)?.metrics, `t${String(n)}`);
    }
  });
});
