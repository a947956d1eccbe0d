/**
 * What Linux tells of processes under /proc. Every function answers null (or nothing) where a process has gone, belongs
 * to someone else or the platform has no /proc: none of them throws.
 */
import { closeSync, openSync, readFileSync, readlinkSync, readdirSync, readSync, writeFileSync } from 'node:fs';

/** The fields of /proc/PID/stat used here. */
export interface ProcessStat {
  /** One letter; Z is a zombie: ended, not yet waited for. */
  state: string;
  parentPid: number;
  processGroup: number;
  /** The process group in the foreground of its controlling terminal; -1 without a terminal. */
  foregroundGroup: number;
  /** When it started, in clock ticks since the boot: with the process id this names one process of one boot. */
  startTicks: number;
}

/**
 * What names one process for good on one host: a process id is used again, its start time and the boot tell which.
 * Process ids are numbered by each pid namespace (container) anew, so that belongs to it.
 */
export interface ProcessIdentity {
  pid: number;
  startTicks: number;
  /** /proc/sys/kernel/random/boot_id */
  bootId: string;
  /** The target of /proc/self/ns/pid, for example `pid:[4026531836]`. */
  pidNamespace: string;
}

const scratch = Buffer.alloc(16 * 1024);

/**
 * Reads /proc/PID/stat (proc_pid_stat(5)). The command in its second field may hold spaces and parentheses, so fields
 * are counted from the last `)`.
 */
export function readProcessStat(pid: number): ProcessStat | null {
  const text = readSmall(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTicks = Number(fields[19]);
  if (!Number.isSafeInteger(startTicks)) return null;
  return {
    state: fields[0] ?? '',
    parentPid: Number(fields[1]),
    processGroup: Number(fields[2]),
    foregroundGroup: Number(fields[5]),
    startTicks,
  };
}

/** Whether our process group is the one that a terminal's keys signal. */
export function isInTerminalForeground(): boolean {
  const stat = readProcessStat(process.pid);
  return stat !== null && stat.foregroundGroup > 0 && stat.foregroundGroup === stat.processGroup;
}

/** The peak resident set (VmHWM) of a process since its last exec, in bytes; null once it has ended. */
export function readPeakRssBytes(pid: number | 'self'): number | null {
  const status = readSmall(`/proc/${pid}/status`);
  const match = status === null ? null : /^VmHWM:\s*(\d+) kB$/m.exec(status);
  return match === null ? null : Number(match[1]) * 1024;
}

/**
 * Lowers this process's own recorded peak to what it holds now (proc_pid_clear_refs(5), since Linux 4.0).
 * @returns whether the kernel took it
 */
export function forgetOwnPeakRss(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

/** The process ids visible here, in no order. */
export function listProcessIds(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/**
 * The processes started since `pid` was, so that a short run need not look at every process of a busy node. Process ids
 * are given out in rising order, and /proc/loadavg ends with the newest.
 * @returns null where that cannot be told: the numbers have started over, or the file is another namespace's
 */
export function listProcessIdsAfter(pid: number): number[] | null {
  const newest = Number(/ (\d+)\s*$/.exec(readSmall('/proc/loadavg') ?? '')?.[1] ?? Number.NaN);
  if (newest === pid) return [];
  return newest > pid ? listProcessIds().filter((id) => id > pid && id <= newest) : null;
}

/**
 * The living descendants of a process with their start times, found by parent: from the kernel's own lists of children
 * where it keeps them (CONFIG_PROC_CHILDREN), else by reading the candidates. One whose parent has ended is not found.
 * @param candidates the only processes that can be descendants, or null for any
 */
export function findDescendants(pid: number, candidates: readonly number[] | null): Map<number, number> {
  if (candidates?.length === 0) return new Map();
  return findListedDescendants(pid) ?? findDescendantsByParent(pid, candidates ?? listProcessIds());
}

function findListedDescendants(root: number): Map<number, number> | null {
  const found = new Map<number, number>();
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const thread of listThreads(pid)) {
      const list = readSmall(`/proc/${pid}/task/${thread}/children`);
      if (list === null) {
        if (pid === root) return null;
        continue;
      }
      for (const child of list.split(' ').filter(Boolean).map(Number)) {
        const stat = readProcessStat(child);
        if (stat === null || found.has(child)) continue;
        found.set(child, stat.startTicks);
        open.push(child);
      }
    }
  }
  return found;
}

function findDescendantsByParent(root: number, candidates: readonly number[]): Map<number, number> {
  const children = new Map<number, { pid: number; startTicks: number }[]>();
  for (const pid of candidates) {
    const stat = readProcessStat(pid);
    if (stat === null) continue;
    const siblings = children.get(stat.parentPid);
    const entry = { pid, startTicks: stat.startTicks };
    if (siblings === undefined) children.set(stat.parentPid, [entry]);
    else siblings.push(entry);
  }
  const found = new Map<number, number>();
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (found.has(child.pid)) continue;
      found.set(child.pid, child.startTicks);
      open.push(child.pid);
    }
  }
  return found;
}

/**
 * The processes alive now that were started with `name=value` in their environment, this process left out. Processes of
 * other users cannot be read and are not found; nor is one that has overwritten its environment since.
 * @param candidates the only processes to look at; all by default
 */
export function findProcessesWithEnvironment(
  name: string,
  value: string,
  candidates: readonly number[] = listProcessIds(),
): number[] {
  const entry = Buffer.from(`${name}=${value}\0`);
  return candidates.filter((pid) => pid !== process.pid && environmentHolds(pid, entry));
}

function environmentHolds(pid: number, entry: Buffer): boolean {
  let environment: Buffer;
  try {
    environment = readFileSync(`/proc/${pid}/environ`);
  } catch {
    return false;
  }
  for (let at = environment.indexOf(entry); at >= 0; at = environment.indexOf(entry, at + 1)) {
    if (at === 0 || environment[at - 1] === 0) return true;
  }
  return false;
}

/** What names the process with this id for good, or null when there is none (a zombie counts as one). */
export function processIdentity(pid: number): ProcessIdentity | null {
  const stat = readProcessStat(pid);
  const bootId = readBootId();
  const pidNamespace = readPidNamespace();
  if (stat === null || bootId === null || pidNamespace === null) return null;
  return { pid, startTicks: stat.startTicks, bootId, pidNamespace };
}

/**
 * Whether the process that was recorded on this host still runs. False is proof that it has ended: the host has booted
 * since, the process id is free, a zombie, or another process's. Null means that it cannot be told from here: it was
 * recorded in another container, or /proc hides other users' processes. Never ask of an identity from another host.
 */
export function isSameProcessAlive(identity: ProcessIdentity): boolean | null {
  const bootId = readBootId();
  if (bootId === null) return null;
  if (bootId !== identity.bootId) return false;
  if (readPidNamespace() !== identity.pidNamespace) return null;
  const stat = readProcessStat(identity.pid);
  if (stat !== null) return stat.startTicks === identity.startTicks && stat.state !== 'Z' && stat.state !== 'X';
  return processExists(identity.pid) ? null : false;
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * The soft limit of open files that our parent runs under and would have handed to the job, or null when it equals ours
 * or cannot be told. Node raises its own soft limit to the hard one at its start, and a job must not inherit that: some
 * programs close every descriptor up to the limit, others (select(2)) fail beyond 1024.
 */
export function openFilesSoftLimitOfParent(own: { soft: number; hard: number }): number | null {
  if (own.soft !== own.hard) return null;
  const limits = readSmall(`/proc/${process.ppid}/limits`);
  const match = limits === null ? null : /^Max open files\s+(\d+)\s+(\d+)/m.exec(limits);
  if (match === null || Number(match[2]) !== own.hard) return null;
  const soft = Number(match[1]);
  return soft < own.soft ? soft : null;
}

/**
 * How many CPUs the node runs, ours or not; 1 where it cannot be told. (os.cpus() reads every one's state, which takes
 * milliseconds on a large node.)
 */
export function countOnlineCpus(): number {
  const ranges = readSmall('/sys/devices/system/cpu/online')?.trim() ?? '0';
  return ranges.split(',').reduce((sum, range) => {
    const [first, last] = range.split('-').map(Number);
    return sum + (last ?? first ?? 0) - (first ?? 0) + 1;
  }, 0);
}

function readBootId(): string | null {
  return readSmall('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

function readPidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

function listThreads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** A file of /proc smaller than the scratch buffer, in a third of the time readFileSync takes. */
function readSmall(path: string): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    return scratch.toString('latin1', 0, readSync(descriptor, scratch));
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}
