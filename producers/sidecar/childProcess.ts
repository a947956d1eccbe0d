/**
 * Starts the job's process and accounts for it.
 *
 * The child inherits standard input, output and error as they are, with isatty and ordering, and stays in our process
 * group, so the terminal treats it as if we were not there and it outlives us when we are killed. Nothing is put between
 * the two. What it inherits otherwise: our environment as given, the folder, descriptors 0-2 and no others (Node marks
 * all it starts with close-on-exec; see `keepDescriptors`), default signal dispositions, an empty signal mask, and the
 * soft limit of open files that our parent runs under.
 *
 * A caller that wants the child's stdio to stay untouched must not use process.stdin, stdout or stderr while the child
 * may run: on a pipe libuv makes the description that both share non-blocking. Write with fs.writeSync(2, …).
 *
 * Waiting: SIGCHLD wakes us and wait4(WNOHANG) collects, so no thread is blocked and any number of children can run
 * (koffi's asynchronous calls share as many threads as there are CPUs). A slow timer collects too, should the signal
 * be blocked.
 */
import { PeakMemory, lowerOwnPeak } from './peakMemory';
import { posix, PosixError, type WaitResult } from './posix';
import { findProcessesWithEnvironment, readProcessStat } from './procfs';
import { signalName, signalNumber } from './signals';
import { spawnCommand } from './spawnCommand';

/** The environment variable that marks the processes of one execution; its value is the execution's UUID. */
export const EXECUTION_VARIABLE = 'TRACTLEDGER_EXECUTION';

/** What to start. */
export interface StartChildOptions {
  /** The whole command line. Its first word is looked up in the PATH of `env` unless it holds a slash. */
  argv: readonly string[];
  /** The child's whole environment, usually `{ ...process.env, … }`; with {@link EXECUTION_VARIABLE} set, processes it
   * leaves behind are found. */
  env: Readonly<Record<string, string | undefined>>;
  /** Folder to start in; our own by default. */
  cwd?: string;
  /** Our descriptor that becomes the child's standard error; by default it shares ours. */
  stderrFd?: number;
  /** Further descriptors that the child inherits under the same number, for example a jobserver's or PMI_FD's. */
  keepDescriptors?: readonly number[];
}

/**
 * What a reader of a child's numbers should know.
 * - childrenLeftBehind: processes of the job still ran after it had ended; their usage is not in the numbers
 * - maxRssSampled: the peak was read now and then; short peaks may have been missed
 * - maxRssNotMeasured: no peak could be told apart from the sidecar's own; maxRssBytes is null
 */
export type ChildCaveat = 'childrenLeftBehind' | 'maxRssSampled' | 'maxRssNotMeasured';

/** How a child ended and what it used, with every descendant that it or they have waited for. */
export interface ChildExit {
  /** 0 to 255, or null when a signal ended it. */
  exitCode: number | null;
  /** The signal that ended it, as `SIGKILL`, or null. */
  signal: string | null;
  /** From just before the start until the end was noticed, by the monotonic clock. */
  wallMicros: number;
  userCpuMicros: number;
  systemCpuMicros: number;
  /** The largest resident set of any one of these processes, not their sum: as wait4 and GNU time tell it. */
  maxRssBytes: number | null;
  caveats: ChildCaveat[];
}

/** A child that was started. */
export interface RunningChild {
  readonly pid: number;
  /** Its start in clock ticks since the boot: with pid and boot id its identity; see processIdentity in procfs. */
  readonly startTicks: number;
  /** Resolves when it has ended; rejects with {@link ChildLostError} only. */
  readonly exited: Promise<ChildExit>;
  /** Sends a signal, unless the child has been waited for: its process id is never mistaken for another's. */
  kill(signal: string): boolean;
}

/** Someone else in this process has waited for our child: how it ended and what it used is not known. */
export class ChildLostError extends Error {
  constructor(pid: number) {
    super(
      `process ${pid} was waited for by other code in this process; how it ended is not known. ` +
        'Nothing else may call wait for processes it has not started.',
    );
    this.name = 'ChildLostError';
  }
}

/** A child not yet waited for. */
interface Watched {
  readonly pid: number;
  readonly startedNanos: bigint;
  readonly peak: PeakMemory;
  readonly execution: string | null;
  timer: NodeJS.Timeout | null;
  readonly resolve: (exit: ChildExit) => void;
  readonly reject: (error: Error) => void;
}

/** How often a child whose peak needs no more reading is looked at, should SIGCHLD not reach us. */
const SAFETY_DELAY_MILLIS = 1000;

const running = new Map<number, Watched>();

/**
 * Starts a command and watches it. Returns as soon as its exec has succeeded.
 * @throws ChildStartError when it cannot be started, with the exit code `env` would use;
 *   UnsupportedPlatformError anywhere but on 64-bit Linux
 */
export function startChild(options: StartChildOptions): RunningChild {
  // Before the spawn: a SIGCHLD that we inherited as ignored would make the kernel discard what wait4 tells.
  if (running.size === 0) process.on('SIGCHLD', collectEnded);
  try {
    return startWatched(options);
  } finally {
    stopListeningWhenIdle();
  }
}

function startWatched(options: StartChildOptions): RunningChild {
  posix(); // bound before the clock starts and our peak is lowered: that is no part of the run
  lowerOwnPeak();
  const startedNanos = process.hrtime.bigint();
  const pid = spawnCommand({
    argv: options.argv,
    env: options.env,
    cwd: options.cwd ?? null,
    stderrFd: options.stderrFd ?? null,
    keepDescriptors: options.keepDescriptors ?? [],
  });
  // Its entry in /proc stays until we wait for it, so this is never another process's.
  const startTicks = readProcessStat(pid)?.startTicks ?? 0;
  const peak = new PeakMemory(pid, startedNanos);
  const execution = options.env[EXECUTION_VARIABLE] ?? null;
  const exited = new Promise<ChildExit>((resolve, reject) => {
    const watched: Watched = { pid, startedNanos, peak, execution, timer: null, resolve, reject };
    running.set(pid, watched);
    look(watched);
  });
  return { pid, startTicks, exited, kill: (signal) => sendSignal(pid, signal) };
}

function collectEnded(): void {
  for (const watched of [...running.values()]) collect(watched);
}

/** Collects the child if it has ended, else reads its memory and looks again later. */
function look(watched: Watched): void {
  collect(watched);
  if (!running.has(watched.pid)) return;
  if (!watched.peak.settled) watched.peak.sample();
  const delay = watched.peak.settled ? SAFETY_DELAY_MILLIS : watched.peak.nextDelayMillis;
  watched.timer = setTimeout(() => {
    look(watched);
  }, delay);
}

function collect(watched: Watched): void {
  let result: WaitResult | null;
  try {
    result = posix().reap(watched.pid);
  } catch (error) {
    forget(watched);
    watched.reject(
      error instanceof PosixError && error.code === 'ECHILD' ? new ChildLostError(watched.pid) : asError(error),
    );
    return;
  }
  if (result === null) return;
  const endedNanos = process.hrtime.bigint();
  forget(watched);
  watched.resolve(account(watched, result, endedNanos));
}

function forget(watched: Watched): void {
  if (watched.timer !== null) clearTimeout(watched.timer);
  running.delete(watched.pid);
  stopListeningWhenIdle();
}

function stopListeningWhenIdle(): void {
  if (running.size === 0) process.removeListener('SIGCHLD', collectEnded);
}

function account(watched: Watched, result: WaitResult, endedNanos: bigint): ChildExit {
  const peak = watched.peak.conclude(result.maxRssBytes, endedNanos);
  const caveats: ChildCaveat[] = [];
  if (leftChildrenBehind(watched)) caveats.push('childrenLeftBehind');
  if (peak.caveat !== null) caveats.push(peak.caveat);
  // The layout of wait(2)'s status word: the signal in the low seven bits, else the exit code in the next eight.
  const signal = result.status & 0x7f;
  return {
    exitCode: signal === 0 ? (result.status >> 8) & 0xff : null,
    signal: signal === 0 ? null : signalName(signal),
    wallMicros: Number((endedNanos - watched.startedNanos) / 1000n),
    userCpuMicros: result.userCpuMicros,
    systemCpuMicros: result.systemCpuMicros,
    maxRssBytes: peak.maxRssBytes,
    caveats,
  };
}

function leftChildrenBehind(watched: Watched): boolean {
  if (watched.peak.someDescendantLives()) return true;
  if (watched.execution === null) return false;
  const candidates = watched.peak.candidates() ?? undefined;
  return findProcessesWithEnvironment(EXECUTION_VARIABLE, watched.execution, candidates).length > 0;
}

function sendSignal(pid: number, signal: string): boolean {
  const number = signalNumber(signal);
  // Until we wait for it, the process id stays the child's, be it a zombie.
  if (number === null || !running.has(pid)) return false;
  try {
    return process.kill(pid, number);
  } catch {
    return false;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
