/** Starts a TypeScript script of this repository as a real process: to be killed, limited, and run several at once. */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** How a script ended. */
export interface ScriptEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The lines of its standard output. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** A running script. */
export interface ChildScript {
  readonly process: ChildProcess;
  /** The lines of its standard output so far. */
  readonly lines: readonly string[];
  /** Resolves with the n-th line of its standard output (from 0); rejects when it ends before that. */
  line(index: number): Promise<string>;
  /** Resolves once the process is gone and its output is read, however it ended. */
  readonly ended: Promise<ScriptEnd>;
}

/** What a script may be given beside its arguments. */
export interface ScriptOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The largest file it may write (RLIMIT_FSIZE), in blocks of 512 bytes as `ulimit -f` counts them. */
  readonly maxFileBlocks?: number;
}

const runner = path.join(__dirname, 'runTypeScript.mjs');

/** @param script path of the `.ts` file */
export function runScript(script: string, args: readonly string[], options: ScriptOptions = {}): ChildScript {
  const command = [process.execPath, runner, script, ...args];
  const limited =
    options.maxFileBlocks === undefined
      ? command
      : ['sh', '-c', `ulimit -f ${String(options.maxFileBlocks)}; exec "$@"`, 'sh', ...command];
  const [executable = '', ...rest] = limited;
  const child = spawn(executable, rest, {
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return watch(child);
}

function watch(
  child: ReturnType<typeof spawn> & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream },
): ChildScript {
  const lines: string[] = [];
  let stderr = '';
  const waiting = new Set<() => void>();
  const wakeAll = (): void => {
    for (const wake of [...waiting]) {
      wake();
    }
  };
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    wakeAll();
  });
  const ended = new Promise<ScriptEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal, lines, stderr });
    });
  });
  let over = false;
  const finish = (): void => {
    over = true;
    wakeAll();
  };
  ended.then(finish, finish);
  return {
    process: child,
    lines,
    ended,
    line: (index) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const line = lines[index];
          if (line !== undefined) {
            waiting.delete(look);
            resolve(line);
          } else if (over) {
            waiting.delete(look);
            reject(new Error(`the script ended after ${String(lines.length)} lines\n${stderr}`));
          }
        };
        waiting.add(look);
        look();
      }),
  };
}
