import { spawn, type ChildProcess } from 'node:child_process';
import { constants, cpus } from 'node:os';
import {
  countOnlineCpus,
  findDescendants,
  findProcessesWithEnvironment,
  isSameProcessAlive,
  listProcessIdsAfter,
  openFilesSoftLimitOfParent,
  processIdentity,
  readPeakRssBytes,
  readProcessStat,
} from '../../producers/sidecar/procfs';
import { peakUncertaintyBytes } from '../../producers/sidecar/peakMemory';
import { signalName, signalNumber } from '../../producers/sidecar/signals';

const children: ChildProcess[] = [];

/** A real process that waits until the test ends, and says when it is there. */
async function waiting(command: string, env: Record<string, string> = {}): Promise<number> {
  const child = spawn('sh', ['-c', `${command}; echo ready; read line`], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child.pid ?? 0;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

afterEach(async () => {
  await Promise.all(children.splice(0).map(end));
});

describe('processes under /proc', () => {
  test('an identity holds while the process lives, and not afterwards', async () => {
    const pid = await waiting('true');
    const identity = processIdentity(pid);
    expect(identity).toMatchObject({ pid, bootId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
    if (identity === null) return;
    expect(isSameProcessAlive(identity)).toBe(true);
    await end(children.at(-1));
    expect(isSameProcessAlive(identity)).toBe(false);
    expect(processIdentity(pid)).toBeNull();
  });

  test('another process under the same id, or another boot, is not the same', () => {
    const own = processIdentity(process.pid);
    if (own === null) throw new Error('this process has an identity');
    expect(isSameProcessAlive(own)).toBe(true);
    expect(isSameProcessAlive({ ...own, startTicks: own.startTicks - 1 })).toBe(false);
    expect(isSameProcessAlive({ ...own, bootId: '00000000-0000-0000-0000-000000000000' })).toBe(false);
  });

  test('of a process recorded in another container nothing can be told', () => {
    const own = processIdentity(process.pid);
    if (own === null) throw new Error('this process has an identity');
    expect(isSameProcessAlive({ ...own, pidNamespace: 'pid:[1]' })).toBeNull();
  });

  test('a command name with spaces and parentheses does not shift the fields', async () => {
    const pid = await waiting(`printf 'a) R 1 (b' > /proc/self/comm 2> /dev/null; printf 'a) R 1 (b' > /proc/$$/comm`);
    expect(readProcessStat(pid)).toMatchObject({
      parentPid: process.pid,
      state: expect.stringMatching(/[SR]/) as string,
    });
  });

  test('of a process that is not there everything is null', () => {
    const nobody = 2 ** 30;
    expect(readProcessStat(nobody)).toBeNull();
    expect(readPeakRssBytes(nobody)).toBeNull();
    expect(processIdentity(nobody)).toBeNull();
    expect(findDescendants(nobody, null).size).toBe(0);
  });

  test('processes are found by a whole entry of their environment only', async () => {
    const marked = await waiting('true', { MARK: 'one-two', OTHER: 'MARK=three' });
    expect(findProcessesWithEnvironment('MARK', 'one-two')).toEqual([marked]);
    expect(findProcessesWithEnvironment('MARK', 'one')).toEqual([]);
    expect(findProcessesWithEnvironment('MARK', 'three')).toEqual([]);
    expect(findProcessesWithEnvironment('ARK', 'one-two')).toEqual([]);
    expect(findProcessesWithEnvironment('MARK', 'one-two', [process.pid])).toEqual([]);
  });

  test('descendants are found through every generation', async () => {
    const pid = await waiting('sh -c "sleep 60 & sleep 60 & wait" > /dev/null & sleep 0.2');
    const all = findDescendants(pid, null);
    expect(all.size).toBe(3);
    expect(findDescendants(pid, listProcessIdsAfter(pid))).toEqual(all);
    for (const descendant of all.keys()) process.kill(descendant, 'SIGKILL');
  });

  test('the limit of open files is taken from the parent only where node has raised ours', () => {
    expect(openFilesSoftLimitOfParent({ soft: 10, hard: 20 })).toBeNull();
    expect(openFilesSoftLimitOfParent({ soft: 3, hard: 3 })).toBeNull();
  });

  test('the CPUs of the node are counted', () => {
    expect(countOnlineCpus()).toBe(cpus().length);
  });

  test('readings of one peak may differ more on a node with more CPUs, within reason', () => {
    expect(peakUncertaintyBytes(1)).toBeLessThan(peakUncertaintyBytes(128));
    expect(peakUncertaintyBytes(256)).toBeLessThan(64 * 1024 * 1024);
  });
});

describe('signal names', () => {
  test('name and number of every signal agree', () => {
    for (const number of Object.values(constants.signals)) expect(signalNumber(signalName(number))).toBe(number);
    expect(signalName(9)).toBe('SIGKILL');
    expect(signalName(34)).toBe('SIG34');
    expect(signalNumber('SIG34')).toBe(34);
    expect(signalNumber('KILL')).toBeNull();
    expect(signalNumber('SIG0')).toBeNull();
  });
});
