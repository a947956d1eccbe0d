/** Finds a command as `env` and the shells do, and starts it. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { posix, PosixError, type SpawnRequest } from './posix';
import { openFilesSoftLimitOfParent } from './procfs';
import { encodeArguments, encodeEnvironment } from './rawStrings';

/**
 * The command could not be started. `exitCode` is what `env` exits with for the same trouble: 127 not found, 126 found
 * but not executable, 125 anything else.
 */
export class ChildStartError extends Error {
  constructor(
    readonly reason: 'notFound' | 'notExecutable' | 'refused',
    readonly exitCode: 125 | 126 | 127,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ChildStartError';
  }
}

/** What {@link spawnCommand} starts, and how. */
export interface SpawnCommandOptions {
  /** The whole command line; its first word is looked up in the PATH of `env` unless it holds a slash. */
  argv: readonly string[];
  /** The child's whole environment; entries that are undefined are left out. */
  env: Readonly<Record<string, string | undefined>>;
  cwd: string | null;
  stderrFd: number | null;
  keepDescriptors: readonly number[];
}

/** Where execvp(3) looks when there is no PATH. */
const DEFAULT_PATH = '/bin:/usr/bin';
const SHELL = '/bin/sh';

/** What execvp(3) takes as: not here, look in the next folder. */
const NOT_HERE = ['ENOENT', 'ENOTDIR', 'ESTALE', 'ENODEV', 'ETIMEDOUT'];

/**
 * Starts a command in our process group with our descriptors 0, 1 and 2.
 * @returns its process id
 * @throws ChildStartError; UnsupportedPlatformError anywhere but on 64-bit Linux
 */
export function spawnCommand(options: SpawnCommandOptions): number {
  const command = checkCommand(options);
  const candidates = findCandidates(command, options);
  const library = posix();
  const request = {
    argv: encodeArguments(options.argv),
    env: encodeEnvironment(options.env),
    cwd: options.cwd,
    stderrFd: options.stderrFd,
    keepDescriptors: options.keepDescriptors,
    openFilesSoftLimit: openFilesSoftLimitOfParent(library.openFilesLimit()),
  };
  let refusal: PosixError | null = null;
  for (const candidate of candidates) {
    try {
      return spawnFile(candidate, request);
    } catch (error) {
      if (!(error instanceof PosixError)) throw error;
      if (error.code === 'EACCES') refusal = error;
      else if (!NOT_HERE.includes(error.code)) throw refused(command, error);
    }
  }
  if (refusal !== null) throw notExecutable(command, refusal);
  throw notFound(command, candidates, options);
}

function spawnFile(file: string, request: Omit<SpawnRequest, 'path'>): number {
  const [bytes] = encodeArguments([file]);
  if (bytes === undefined) throw new PosixError('posix_spawn', 2);
  try {
    return posix().spawn({ ...request, path: bytes });
  } catch (error) {
    if (!(error instanceof PosixError) || error.code !== 'ENOEXEC') throw error;
    // A script without an interpreter line: execvp(3), and so env and every shell, hands it to /bin/sh.
    const shell = Buffer.from(SHELL);
    return posix().spawn({ ...request, path: shell, argv: [shell, bytes, ...request.argv.slice(1)] });
  }
}

function checkCommand(options: SpawnCommandOptions): string {
  const [command] = options.argv;
  if (command === undefined || command === '') {
    throw new ChildStartError('notFound', 127, 'no command was given: put it after "--"');
  }
  const damaged =
    options.argv.find((text) => text.includes('\0')) ??
    Object.entries(options.env).find(([name, value]) => name.includes('\0') || value?.includes('\0') === true)?.[0];
  if (damaged !== undefined) {
    throw new ChildStartError('refused', 125, `cannot start ${command}: ${JSON.stringify(damaged)} holds a NUL byte`);
  }
  if (options.cwd !== null && !isFolder(options.cwd)) {
    throw new ChildStartError('refused', 125, `cannot start ${command}: there is no folder ${options.cwd} to start in`);
  }
  return command;
}

/** The files that may be meant, in order. Each failed exec would cost a spawn, so what does not exist is left out. */
function findCandidates(command: string, options: SpawnCommandOptions): string[] {
  if (command.includes('/')) return [command];
  const folders = (options.env['PATH'] ?? DEFAULT_PATH).split(':');
  const base = options.cwd ?? '.';
  return folders
    .map((folder) => `${folder === '' ? '.' : folder}/${command}`)
    .filter((file) => exists(path.resolve(base, file)));
}

function exists(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Not to be looked at (a folder without permission, a name with damaged bytes): exec itself will say why.
    return true;
  }
}

function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}

function notFound(command: string, candidates: readonly string[], options: SpawnCommandOptions): ChildStartError {
  const file = candidates.find((candidate) => exists(path.resolve(options.cwd ?? '.', candidate)));
  const message =
    file === undefined
      ? `${command}: command not found${command.includes('/') ? '' : ' in PATH'}`
      : `${command}: ${file} is there, but the interpreter it names in its first line, or its loader, is not`;
  return new ChildStartError('notFound', 127, message);
}

function notExecutable(command: string, cause: PosixError): ChildStartError {
  return new ChildStartError(
    'notExecutable',
    126,
    `${command}: permission denied; it must be a file with the executable bit set, on a file system mounted without noexec`,
    { cause },
  );
}

function refused(command: string, cause: PosixError): ChildStartError {
  const tooBig = cause.code === 'E2BIG' ? ': its arguments and environment are too large' : '';
  // env exits with 126 for whatever else exec refuses (ELOOP, ETXTBSY, E2BIG), and 125 for its own trouble.
  const exitCode = cause.call === 'posix_spawn' && !['EAGAIN', 'ENOMEM'].includes(cause.code) ? 126 : 125;
  return new ChildStartError('refused', exitCode, `cannot start ${command}: ${cause.message}${tooBig}`, { cause });
}
