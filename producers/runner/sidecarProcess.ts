/** Starting a job: its files written, its folders made, its sidecar run; and what came of it. */
import { createHash } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '../../schemas/systemError';
import type { PlannedJob } from '../../pipelines/plan';
import { readResult, type ResultFailure } from '../sidecar/jobResult';
import { findDescendants } from '../sidecar/procfs';
import type { Recorder } from '../sidecar/recorder';
import { pausedUntil } from '../sidecar/pausedUntil';
import { jobFileContent, type JobSurroundings, type TryFiles } from './jobRequest';
import type { RootWatch } from './rootWatch';
import type { KnownContent } from './sameness';
import type { AvailableFile } from './fileStock';

/** How one try of a job ended. */
export type JobEnd =
  | { readonly kind: 'succeeded'; readonly execution: string; readonly made: ReadonlyMap<string, KnownContent> }
  | { readonly kind: 'failed'; readonly execution: string; readonly failure: ResultFailure }
  /** The sidecar was killed; nobody can say how the job ended. */
  | { readonly kind: 'lost'; readonly execution: string | null; readonly message: string }
  /** The job was not begun, and no execution was recorded. */
  | { readonly kind: 'notBegun'; readonly message: string };

/** How a try ended that did not succeed. */
export type BadEnd = Exclude<JobEnd, { kind: 'succeeded' }>;

/** What is said of it. */
export function wordsOf(end: BadEnd): string {
  return end.kind === 'failed' ? end.failure.message : end.message;
}

/** A try that runs. */
export interface StartedJob {
  /** Never rejects. */
  readonly ended: Promise<JobEnd>;
  /** Passes a signal on to the job. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Ends the job and everything it started, at once. */
  readonly kill: () => void;
}

/** What starts jobs: the seam between the runner's decisions and processes. */
export interface JobStarter {
  start(job: PlannedJob, tryNumber: number, inputs: readonly (readonly AvailableFile[])[]): StartedJob;
}

/** How sidecars are started. */
export interface SidecarOptions {
  /** The program and its arguments in front of `exec`. */
  readonly command: readonly [string, ...string[]];
  readonly environment: NodeJS.ProcessEnv;
  readonly surroundings: JobSurroundings;
  /** The folder for job files and logs, absolute. */
  readonly workFolder: string;
  readonly recorder: Recorder;
  readonly rootWatch: RootWatch;
  /** Aborted where nothing is waited for any more. */
  readonly giveUp: AbortSignal;
}

/** Variables of a sidecar that would be one job's own; what the runner itself was given must not reach its jobs. */
const ownVariables = ['TASK', 'DATA_ID', 'JOB_NAME', 'EXECUTABLE', 'LOG', 'TRY', 'RETRIES', 'REPORT'];

/** How often to look whether the processes of a lost execution have ended, milliseconds. */
const lookAgainMillis = 300;

/** Starts each job under a sidecar process of its own, in the runner's process group. */
export class SidecarStarter implements JobStarter {
  private readonly environment: NodeJS.ProcessEnv;

  constructor(private readonly options: SidecarOptions) {
    const { ledgerUrl, outbox, root } = options.surroundings;
    const inherited = Object.entries(options.environment).filter(
      ([name]) => !ownVariables.some((own) => name === `TRACTLEDGER_${own}`),
    );
    this.environment = {
      ...Object.fromEntries(inherited),
      TRACTLEDGER_URL: ledgerUrl,
      TRACTLEDGER_OUTBOX: outbox,
      TRACTLEDGER_ROOT: root,
    };
  }

  start(job: PlannedJob, tryNumber: number, inputs: readonly (readonly AvailableFile[])[]): StartedJob {
    const running: { child: ChildProcess | null; told: NodeJS.Signals | null } = { child: null, told: null };
    return {
      ended: this.run(job, tryNumber, inputs, running).catch((error: unknown) => ({
        kind: 'notBegun',
        message: errorMessage(error),
      })),
      signal: (name) => {
        running.told = name;
        running.child?.kill(name);
      },
      kill: () => {
        running.told = 'SIGKILL';
        killAll(running.child);
      },
    };
  }

  private async run(
    job: PlannedJob,
    tryNumber: number,
    inputs: readonly (readonly AvailableFile[])[],
    running: { child: ChildProcess | null; readonly told: NodeJS.Signals | null },
  ): Promise<JobEnd> {
    const { surroundings, rootWatch } = this.options;
    const problem = await rootWatch.problem();
    if (problem !== null) {
      return { kind: 'notBegun', message: problem };
    }
    await makeFolders(surroundings.root, job);
    const { jobFile, files } = this.writeJobFile(job, tryNumber, inputs);
    if (running.told !== null) {
      return { kind: 'notBegun', message: `${running.told} came before the job had begun` };
    }
    const ending = await this.runSidecar(jobFile, files.log, running);
    const result = readResult(files.result);
    for (const file of [jobFile, files.result, files.report]) {
      rmSync(file, { force: true });
    }
    if (result === null) {
      return this.withoutResult(job, ending);
    }
    const { execution, failure } = result;
    return failure === null
      ? { kind: 'succeeded', execution, made: new Map(result.files.map((file) => [file.path, file])) }
      : { kind: 'failed', execution, failure };
  }

  private writeJobFile(
    job: PlannedJob,
    tryNumber: number,
    inputs: readonly (readonly AvailableFile[])[],
  ): { readonly jobFile: string; readonly files: TryFiles } {
    const { workFolder, surroundings } = this.options;
    const folder = path.join(workFolder, job.task.name);
    mkdirSync(folder, { recursive: true });
    const name = path.join(folder, `${nameOf(job)}.${String(tryNumber)}`);
    const files = { log: `${name}.log`, report: `${name}.report`, result: `${name}.result` };
    const jobFile = `${name}.json`;
    writeFileSync(jobFile, JSON.stringify(jobFileContent(job, tryNumber, inputs, surroundings, files)));
    return { jobFile, files };
  }

  /** @returns how the sidecar ended, in words */
  private runSidecar(jobFile: string, log: string, running: { child: ChildProcess | null }): Promise<string> {
    const { command, surroundings } = this.options;
    const [program, ...first] = command;
    const descriptor = openSync(log, 'w');
    return new Promise((resolve, reject) => {
      const child = spawn(program, [...first, 'exec', '--job', jobFile], {
        cwd: surroundings.root,
        env: this.environment,
        stdio: ['ignore', descriptor, descriptor],
      });
      running.child = child;
      closeSync(descriptor);
      child.once('error', reject);
      child.once('exit', (exitCode, signal) => {
        running.child = null;
        resolve(
          signal === null
            ? `its sidecar ended with exit code ${String(exitCode)}`
            : `its sidecar was ended by ${signal}`,
        );
      });
    });
  }

  /** The sidecar has not said what came of the job: either it never began it, or it was killed. */
  private async withoutResult(job: PlannedJob, ending: string): Promise<JobEnd> {
    const { recorder, giveUp, surroundings } = this.options;
    const { campaign, unit, attempt } = surroundings;
    const lives = (await recorder.liveExecutions()).find(
      (live) => live.job === job.name && live.campaign === campaign && live.unit === unit && live.attempt === attempt,
    );
    if (lives === undefined) {
      return { kind: 'notBegun', message: `${ending} before the job had begun` };
    }
    // The job's own process outlives a killed sidecar and may still be writing: it is lost once it is certainly gone.
    const { execution } = lives;
    do {
      if (await recorder.tellLost(execution)) {
        return { kind: 'lost', execution, message: ending };
      }
    } while (await pausedUntil(lookAgainMillis, giveUp));
    return { kind: 'lost', execution: null, message: `${ending}; the job may still run` };
  }
}

/** The folders of a job's outputs. The root itself is never made: where its file system is away it must stay away. */
async function makeFolders(root: string, job: PlannedJob): Promise<void> {
  const folders = new Set(job.outputs.flat().map((file) => path.dirname(file.path)));
  for (const folder of folders) {
    let made = root;
    for (const name of folder.split('/').filter((part) => part !== '.')) {
      made = path.join(made, name);
      await mkdir(made).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
          throw error;
        }
      });
    }
  }
}

/** A file name that tells the job: its data ID as far as it is plain, and a digest that no other job of its task has. */
function nameOf({ name, task }: PlannedJob): string {
  const values = name
    .slice(task.name.length)
    .replace(/[^A-Za-z0-9.,-]+/g, '_')
    .slice(0, 100);
  return `${values.replace(/^_|_$/g, '')}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

function killAll(child: ChildProcess | null): void {
  if (child?.pid === undefined) {
    return;
  }
  for (const pid of [child.pid, ...findDescendants(child.pid, null).keys()]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      continue; // it has ended by itself
    }
  }
}
