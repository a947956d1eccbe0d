/**
 * What the sidecar asks of the C library and Node does not offer.
 *
 * The library is bound on first use only: importing this file costs nothing and is safe on any platform. The layouts
 * below (rusage, sigset_t, rlimit, pointers) are those of 64-bit Linux, glibc and musl alike.
 */
import { constants, endianness } from 'node:os';
import { loadCLibrary, type Functions, type Koffi } from './cLibrary';

/** A C library call failed: `call` names it, `errno` is its number, `code` its name as in Node's errors. */
export class PosixError extends Error {
  readonly code: string;

  constructor(
    readonly call: string,
    readonly errno: number,
  ) {
    const code = errnoName(errno);
    super(`${call} failed: ${code}`);
    this.name = 'PosixError';
    this.code = code;
  }
}

/** This platform lacks what the sidecar needs to start a child. */
export class UnsupportedPlatformError extends Error {
  constructor() {
    super(
      `the sidecar starts jobs on 64-bit Linux only; this is ${process.platform} on ${process.arch}. ` +
        'Run the job without it and record it with "tractledger emit".',
    );
    this.name = 'UnsupportedPlatformError';
  }
}

/** What wait4(2) tells of a process that has ended. */
export interface WaitResult {
  /** The raw status word of wait(2). */
  status: number;
  userCpuMicros: number;
  systemCpuMicros: number;
  /** ru_maxrss: of the process and its waited-for descendants, and at least the spawner's own peak at the spawn. */
  maxRssBytes: number;
}

/** What to start, as execve takes it: nothing is looked up in PATH and nothing is added. */
export interface SpawnRequest {
  path: Uint8Array;
  argv: readonly Uint8Array[];
  env: readonly Uint8Array[];
  /** Folder to start in, or null for this process's own. */
  cwd: string | null;
  /** This process's descriptor that becomes the child's standard error, or null to hand on our own. */
  stderrFd: number | null;
  /** Further descriptors of this process that the child inherits under the same number. */
  keepDescriptors: readonly number[];
  /** The child's soft limit of open files, or null to hand on our own. */
  openFilesSoftLimit: number | null;
}

/** The calls the sidecar makes; get it with {@link posix}. */
export interface Posix {
  /**
   * Starts a process in our process group with default signal dispositions and an empty signal mask.
   * @returns its process id, once exec has succeeded
   * @throws PosixError with exec's own errno (ENOENT, EACCES, ENOEXEC, E2BIG …)
   */
  spawn(request: SpawnRequest): number;
  /**
   * Collects a child of ours that has ended, without waiting.
   * @returns null while it still runs
   * @throws PosixError ECHILD when there is no such child (any more)
   */
  reap(pid: number): WaitResult | null;
  /** Soft and hard limit of open files; Infinity for none. */
  openFilesLimit(): { soft: number; hard: number };
  /** Gives the signal its default action in this process, whoever handled it before. */
  restoreDefaultAction(signalNumber: number): void;
  /** From here on no signal makes this process write a core file. */
  forbidCoreFile(): void;
}

const SUPPORTED_ARCHITECTURES = ['x64', 'arm64', 'riscv64', 'ppc64', 'loong64', 's390x'];

// Numbers of Linux's own interface; the same on every architecture above.
const WNOHANG = 1;
const F_GETFD = 1;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const RLIMIT_CORE = 4;
const RLIMIT_NOFILE = 7;
const PR_SET_DUMPABLE = 4;
// The same in glibc and musl.
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const SIGSET_BYTES = 128;
// posix_spawnattr_t is 336 bytes and posix_spawn_file_actions_t 80 in glibc and musl: room to spare.
const OPAQUE_BYTES = 1024;
const RUSAGE_BYTES = 144;
const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;
const LITTLE_ENDIAN = endianness() === 'LE';

let loaded: Posix | undefined;

/**
 * The C library, bound on the first call.
 * @throws UnsupportedPlatformError anywhere but on 64-bit Linux
 */
export function posix(): Posix {
  loaded ??= bind();
  return loaded;
}

function bind(): Posix {
  if (process.platform !== 'linux' || !SUPPORTED_ARCHITECTURES.includes(process.arch)) {
    throw new UnsupportedPlatformError();
  }
  const { koffi, functions } = loadCLibrary();
  return {
    spawn: (request) => spawn(koffi, functions, request),
    reap: (pid) => reap(koffi, functions, pid),
    openFilesLimit: () => {
      const limit = readLimit(koffi, functions, RLIMIT_NOFILE);
      return { soft: limitNumber(limit.soft), hard: limitNumber(limit.hard) };
    },
    restoreDefaultAction: (signalNumber) => {
      functions.signal(signalNumber, 0);
    },
    forbidCoreFile: () => {
      // The limit alone would not do: the kernel ignores it where core_pattern names a program.
      functions.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
      functions.setrlimit(RLIMIT_CORE, limitBytes(0n, readLimit(koffi, functions, RLIMIT_CORE).hard));
    },
  };
}

function spawn(koffi: Koffi, functions: Functions, request: SpawnRequest): number {
  const attributes = Buffer.alloc(OPAQUE_BYTES);
  const actions = Buffer.alloc(OPAQUE_BYTES);
  const argv = pointerTable(koffi, request.argv);
  const env = pointerTable(koffi, request.env);
  // Node marks every descriptor it starts with close-on-exec, 0 to 2 too. Clearing the flag here, instead of a
  // dup2(n, n) in the child, works with every C library.
  for (const descriptor of [0, 1, 2, ...request.keepDescriptors]) clearCloseOnExec(functions, descriptor);
  check('posix_spawnattr_init', functions.attrInit(attributes));
  check('posix_spawn_file_actions_init', functions.actionsInit(actions));
  try {
    functions.attrSetFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    functions.attrSetMask(attributes, Buffer.alloc(SIGSET_BYTES));
    // Node ignores SIGPIPE and SIGXFSZ, and an ignored signal stays ignored across exec.
    functions.attrSetDefault(attributes, Buffer.alloc(SIGSET_BYTES, 0xff));
    if (request.stderrFd !== null) functions.actionsAddDup2(actions, request.stderrFd, 2);
    const path = Buffer.concat([request.path, Buffer.alloc(1)]);
    const pid = [0];
    const run = (): number => functions.spawn(pid, path, actions, attributes, argv, env);
    const result = withWorkingDirectory(functions, actions, request.cwd, () =>
      withOpenFilesLimit(koffi, functions, request.openFilesSoftLimit, run),
    );
    check('posix_spawn', result);
    return Number(pid[0]);
  } finally {
    functions.actionsDestroy(actions);
    functions.attrDestroy(attributes);
  }
}

function clearCloseOnExec(functions: Functions, descriptor: number): void {
  const flags = functions.fcntl(descriptor, F_GETFD, 0);
  if (flags > 0 && (flags & FD_CLOEXEC) !== 0) functions.fcntl(descriptor, F_SETFD, flags & ~FD_CLOEXEC);
}

/** Runs `call` so that the child starts in `cwd`: by a spawn action, or on an old C library by a detour of our own. */
function withWorkingDirectory(
  functions: Functions,
  actions: Uint8Array,
  cwd: string | null,
  call: () => number,
): number {
  if (cwd === null) return call();
  if (functions.actionsAddChdir !== null) {
    check('posix_spawn_file_actions_addchdir_np', functions.actionsAddChdir(actions, cwd));
    return call();
  }
  const before = process.cwd();
  process.chdir(cwd);
  try {
    return call();
  } finally {
    process.chdir(before);
  }
}

/** Runs `call` under a lower soft limit of open files, which the child inherits. */
function withOpenFilesLimit(koffi: Koffi, functions: Functions, soft: number | null, call: () => number): number {
  if (soft === null) return call();
  const own = readLimit(koffi, functions, RLIMIT_NOFILE);
  functions.setrlimit(RLIMIT_NOFILE, limitBytes(BigInt(soft), own.hard));
  try {
    return call();
  } finally {
    functions.setrlimit(RLIMIT_NOFILE, limitBytes(own.soft, own.hard));
  }
}

function reap(koffi: Koffi, functions: Functions, pid: number): WaitResult | null {
  const status = [0];
  const rusage = Buffer.alloc(RUSAGE_BYTES);
  const result = functions.wait4(pid, status, WNOHANG, rusage);
  if (result === 0) return null;
  if (result < 0) throw new PosixError('wait4', koffi.errno());
  const view = new DataView(rusage.buffer, rusage.byteOffset, rusage.byteLength);
  const long = (offset: number): number => Number(view.getBigInt64(offset, LITTLE_ENDIAN));
  return {
    status: Number(status[0]),
    userCpuMicros: long(0) * 1_000_000 + long(8),
    systemCpuMicros: long(16) * 1_000_000 + long(24),
    maxRssBytes: long(32) * 1024,
  };
}

/**
 * A char*[] ended by NULL. The strings follow the pointers in the same memory, so that whoever holds the array holds
 * them too.
 */
function pointerTable(koffi: Koffi, strings: readonly Uint8Array[]): Uint8Array {
  const tableBytes = (strings.length + 1) * BigUint64Array.BYTES_PER_ELEMENT;
  const memory = Buffer.alloc(strings.reduce((sum, string) => sum + string.length + 1, tableBytes));
  const base = koffi.address(memory);
  const addresses = new BigUint64Array(memory.buffer, memory.byteOffset, strings.length + 1);
  let offset = tableBytes;
  strings.forEach((string, index) => {
    memory.set(string, offset);
    addresses[index] = base + BigInt(offset);
    offset += string.length + 1;
  });
  return memory;
}

function readLimit(koffi: Koffi, functions: Functions, resource: number): { soft: bigint; hard: bigint } {
  const bytes = Buffer.alloc(16);
  if (functions.getrlimit(resource, bytes) !== 0) throw new PosixError('getrlimit', koffi.errno());
  const values = new BigUint64Array(bytes.buffer, bytes.byteOffset, 2);
  return { soft: values[0] ?? 0n, hard: values[1] ?? 0n };
}

function limitBytes(soft: bigint, hard: bigint): Uint8Array {
  return new Uint8Array(new BigUint64Array([soft, hard]).buffer);
}

function limitNumber(limit: bigint): number {
  return limit === RLIM_INFINITY ? Infinity : Number(limit);
}

/** posix_spawn and its helpers return an errno instead of setting it. */
function check(call: string, errno: number): void {
  if (errno !== 0) throw new PosixError(call, errno);
}

function errnoName(errno: number): string {
  const entry = Object.entries(constants.errno).find(([, number]) => number === errno);
  return entry?.[0] ?? `errno ${errno}`;
}
