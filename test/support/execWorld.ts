/** A folder with a ledger and an outbox of its own, in which the real `tractledger exec` runs as processes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { Outbox } from '../../producers/outbox/outbox';
import { decodeEvent, type EventType, type LedgerEvent } from '../../schemas';
import { temporaryFolder } from './temporaryFolder';
import { transpiledCopy, type TranspiledCopy } from './transpiledCopy';

/** What the command line needs to run `exec`, `emit` and `relay`. */
const folders = [
  'schemas',
  'schemas/generated',
  'ledger',
  'ledger/sqlite',
  'ledger/kafka',
  'producers/outbox',
  'producers/emitter',
  'producers/failures',
  'producers/sidecar',
  'cli',
  'cli/output',
  'cli/commands',
];

/** The command line as JavaScript, so that many processes can start in little time. */
export function execCode(): TranspiledCopy {
  return transpiledCopy(folders);
}

/** How a process ended. */
export interface ExecResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a process is started. */
export interface ExecOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; empty by default. */
  readonly input?: string;
  /** A descriptor for standard error instead of a pipe. */
  readonly stderr?: number;
  /** A command to run it under, e.g. `['sh', '-c', 'ulimit -f 8; exec "$@"', 'sh']`. */
  readonly wrapper?: readonly string[];
}

/** A process that runs. */
export interface RunningExec {
  readonly process: ChildProcess;
  readonly ended: Promise<ExecResult>;
}

/** One test's world. */
export class ExecWorld {
  readonly folder: string;
  readonly outbox: string;
  readonly ledgerFile: string;
  readonly remove: () => void;

  constructor(private readonly code: TranspiledCopy) {
    const { folder, remove } = temporaryFolder();
    this.folder = folder;
    this.remove = remove;
    this.outbox = path.join(folder, 'node', 'outbox.db');
    this.ledgerFile = path.join(folder, 'ledger', 'ledger.db');
  }

  /** A path in the world's folder, which is also the root folder of its jobs. */
  path(name: string): string {
    return path.join(this.folder, name);
  }

  /** Starts `tractledger exec FLAGS -- COMMAND` as the job `task {"n":…}` of a campaign. */
  start(flags: readonly string[], command: readonly string[], options: ExecOptions = {}): RunningExec {
    return this.startCli(
      ['exec', '--campaign', 'C', '--unit', 'U', '--task', 'T', ...flags, '--', ...command],
      options,
    );
  }

  /** Runs it to its end. */
  async exec(flags: readonly string[], command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return this.start(flags, command, options).ended;
  }

  /** Runs the command line with any arguments. */
  startCli(argv: readonly string[], options: ExecOptions = {}): RunningExec {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TRACTLEDGER_'));
    const line = [...(options.wrapper ?? []), process.execPath, path.join(this.code.root, 'cli/main.js'), ...argv];
    const child = spawn(line[0] ?? '', line.slice(1), {
      cwd: this.folder,
      env: {
        ...Object.fromEntries(inherited),
        ...this.code.env,
        TRACTLEDGER_URL: `sqlite:${this.ledgerFile}`,
        TRACTLEDGER_OUTBOX: this.outbox,
        ...options.env,
      },
      stdio: ['pipe', 'pipe', options.stderr ?? 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
    child.stdin?.on('error', () => undefined); // it may end without reading
    child.stdin?.end(options.input ?? '');
    const ended = new Promise<ExecResult>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, signal) => {
        resolve({ exitCode, signal, ...texts });
      });
    });
    return { process: child, ended };
  }

  /** The ledger's events in order, every gap and every damage an error. */
  async events(file: string = this.ledgerFile): Promise<LedgerEvent[]> {
    const ledger = SqliteLedger.open(file, { mustExist: true });
    try {
      const events: LedgerEvent[] = [];
      for await (const batch of ledger.read(ledger.start)) {
        events.push(...batch.events.map((bytes) => decodeEvent(bytes)));
      }
      return events;
    } finally {
      await ledger.close();
    }
  }

  /** The events that wait in the outbox; none where there is no outbox. */
  async waiting(): Promise<LedgerEvent[]> {
    if (!existsSync(this.outbox)) {
      return [];
    }
    const outbox = await Outbox.open(this.outbox, { mustExist: true });
    try {
      const events: LedgerEvent[] = [];
      for await (const batch of outbox.pending()) {
        events.push(...batch.events.map((bytes) => decodeEvent(bytes)));
      }
      return events;
    } finally {
      await outbox.close();
    }
  }
}

/** The events of one type. */
export function ofType<T extends EventType>(
  events: readonly LedgerEvent[],
  type: T,
): Extract<LedgerEvent, { type: T }>[] {
  return events.filter((event): event is Extract<LedgerEvent, { type: T }> => event.type === type);
}

/** Resolves once a condition holds; the test's own time limit ends it otherwise. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resolves once a file is there. */
export async function fileExists(file: string): Promise<void> {
  await until(() => existsSync(file));
}
