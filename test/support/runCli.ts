/** Runs the real command line in a process of its own, from the sources. */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

/** The arguments to `node` that make it the command line. */
export const cliArguments: readonly string[] = [
  '-r',
  path.join(root, 'scripts/typescript.cjs'),
  path.join(root, 'cli/main.ts'),
];

/** What a run of the command line came to. */
export interface CliResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a run is set up. */
export interface CliOptions {
  /** The working folder; the ledger is made under it by default. */
  readonly cwd: string;
  /** Added to the environment; TRACTLEDGER_… of the caller's own is never passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; empty by default. */
  readonly input?: string;
}

/** Starts the command line without waiting for it. */
export function startCli(argv: readonly string[], { cwd, env = {} }: CliOptions): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TRACTLEDGER_'));
  return spawn(process.execPath, [...cliArguments, ...argv], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: 'pipe',
  });
}

/** Runs the command line to its end. */
export async function runCli(argv: readonly string[], options: CliOptions): Promise<CliResult> {
  const child = startCli(argv, options);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin?.on('error', () => undefined); // it may end without reading its input
  child.stdin?.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      resolve({
        exitCode,
        signal,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
      });
    });
  });
}

/** The JSON values on the lines of an output. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
