import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { transpiledCopy, type TranspiledCopy } from './transpiledCopy';

/**
 * A miniature of `tractledger exec` on the sidecar's lowest layer: runs its arguments as a child, passes signals on,
 * reports on descriptor 3 as JSON lines, runs a second command where NEXT_TRY holds one (JSON), and ends as the child
 * did.
 */
const RUNNER = `
const { startChild, forwardSignals, dieOfSignal, markStderr, readStderrTail, startStderrCopy } = Object.assign({},
  require('./producers/sidecar/childProcess'), require('./producers/sidecar/signals'),
  require('./producers/sidecar/stderrTail'));
const { writeSync } = require('node:fs');
const report = (line) => { try { writeSync(3, JSON.stringify(line) + '\\n'); } catch {} };
(async () => {
  const ballast = Buffer.alloc(Number(process.env.BALLAST_BYTES ?? 0), 1);
  const forwarding = forwardSignals((received) => report({ received }));
  const copy = process.env.TEE_FILE ? startStderrCopy(process.env.TEE_FILE) : null;
  const mark = markStderr();
  let child;
  try {
    child = startChild({ argv: process.argv.slice(2), env: process.env, ...(copy ? { stderrFd: copy.childFd } : {}) });
  } catch (error) {
    report({ error: error.name, message: error.message });
    process.exit(error.exitCode ?? 125);
  }
  forwarding.setChild(child);
  report({ started: child.pid, startTicks: child.startTicks });
  const exit = await child.exited;
  forwarding.setChild(null);
  const tail = copy ? await copy.finish() : mark ? readStderrTail(mark) : null;
  report({ exit, tail, ballast: ballast.length });
  if (process.env.NEXT_TRY) {
    const next = startChild({ argv: JSON.parse(process.env.NEXT_TRY), env: process.env });
    report({ next: await next.exited });
  }
  if (exit.signal !== null) await dieOfSignal(exit.signal);
  process.exitCode = exit.exitCode;
  forwarding.stop();
})();
`;

/** The code of the miniature sidecar, as files. */
export interface SidecarCode extends TranspiledCopy {
  /** The script to run with node. */
  readonly runner: string;
}

/** Makes the miniature sidecar; remove it when done. */
export function sidecarCode(): SidecarCode {
  const copy = transpiledCopy(['schemas', 'producers/sidecar']);
  const runner = path.join(copy.root, 'runner.js');
  writeFileSync(runner, RUNNER);
  return { ...copy, runner };
}

/** One JSON line that the miniature sidecar wrote on descriptor 3. */
export type ReportLine = Readonly<Record<string, unknown>>;

/** How the miniature sidecar ended. */
export interface SidecarResult {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  lines: ReportLine[];
}

/** A miniature sidecar that runs now. */
export interface RunningSidecar {
  readonly pid: number;
  /** The first line with this key, once it has been written. */
  line(key: string): Promise<ReportLine>;
  /** Resolves when text that holds this was written to standard output. */
  output(text: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<SidecarResult>;
}

/** Runs the miniature sidecar, or a command that contains it, with its output and reports on pipes. */
export function runSidecar(
  code: SidecarCode,
  argv: readonly string[],
  options: { env?: Record<string, string>; wrapper?: readonly string[] } = {},
): RunningSidecar {
  const line = [...(options.wrapper ?? []), process.execPath, code.runner, ...argv];
  const child = spawn(line[0] ?? '', line.slice(1), {
    env: { ...process.env, ...code.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr, reports] = ['', '', ''];
  const waiting = new Set<() => void>();
  const collect = (append: (text: string) => void) => {
    const decoder = new StringDecoder(); // a chunk may end in the middle of a character
    return (data: Buffer) => {
      append(decoder.write(data));
      for (const wake of [...waiting]) wake();
    };
  };
  child.stdout?.on(
    'data',
    collect((text) => (stdout += text)),
  );
  child.stderr?.on(
    'data',
    collect((text) => (stderr += text)),
  );
  child.stdio[3]?.on(
    'data',
    collect((text) => (reports += text)),
  );
  const lines = (): ReportLine[] =>
    reports
      .split('\n')
      .slice(0, -1)
      .map((text) => JSON.parse(text) as ReportLine);
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const wake = (): void => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(wake);
        resolve(found);
      };
      waiting.add(wake);
      child.once('close', () => {
        wake();
        reject(new Error(`ended without it; stdout: ${stdout}; stderr: ${stderr}; reports: ${reports}`));
      });
      wake();
    });
  return {
    pid: child.pid ?? 0,
    line: (key) => until(() => lines().find((entry) => key in entry)),
    output: (text) => until(() => (stdout.includes(text) ? null : undefined)).then(() => undefined),
    signal: (name) => {
      child.kill(name);
    },
    ended: new Promise((resolve) => {
      child.once('close', (exitCode, signal) => {
        resolve({ code: exitCode, signal, stdout, stderr, lines: lines() });
      });
    }),
  };
}
