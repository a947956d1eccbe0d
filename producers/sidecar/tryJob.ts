/** One try of a job: start, wait, look at what it wrote. Nothing is recorded here. */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ChildLostError, EXECUTION_VARIABLE, startChild, type RunningChild } from './childProcess';
import { readContent } from './checksum';
import { messageOf } from './errors';
import type { Execution, OutputWithContent } from './executionEvents';
import type { JobDescription } from './jobDescription';
import type { TryEnd } from './outcome';
import { lookAfter, type OutputProblem, type OutputsBefore, type OutputsFound, type WrittenOutput } from './outputs';
import type { SignalForwarding } from './signals';
import { ChildStartError } from './spawnCommand';
import { warn } from './warn';
import { markStderr, readStderrTail, startStderrCopy, type StderrCopy } from './stderrTail';

/** How a try is run. */
export interface TryOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly teeStderr: boolean;
  readonly forwarding: SignalForwarding;
}

/** A try that has begun, or could not. */
export interface StartedTry {
  /** Resolves when the child has ended. */
  readonly ended: Promise<TryEnd>;
  /** The end of its standard error; call it once the child has ended. */
  readonly stderrTail: () => Promise<string | null>;
}

/** Starts the child. Never throws: what keeps it from starting is an end of the try too. */
export function startTry(job: JobDescription, { execution }: Execution, options: TryOptions): StartedTry {
  const { forwarding } = options;
  const copy = options.teeStderr ? copyStderr(execution) : null;
  try {
    const mark = markStderr();
    const child = startChild({
      argv: job.command,
      env: childEnvironment(job, execution, options.environment),
      ...(copy === null ? {} : { stderrFd: copy.childFd }),
    });
    forwarding.setChild(child);
    return {
      ended: waitFor(child, forwarding),
      stderrTail: async () => copy?.finish() ?? (mark === null ? null : readStderrTail(mark)),
    };
  } catch (error) {
    const exitCode = error instanceof ChildStartError ? error.exitCode : 125;
    return {
      ended: Promise.resolve({ kind: 'notStarted', exitCode, message: messageOf(error) }),
      stderrTail: async () => {
        await copy?.finish();
        return null;
      },
    };
  }
}

/** A copy that cannot be made costs the job nothing but the words that would class its failure. */
function copyStderr(execution: string): StderrCopy | null {
  try {
    return startStderrCopy(path.join(tmpdir(), `tractledger-${execution}.stderr`));
  } catch (error) {
    warn(`standard error cannot be copied, so failures are classed without it: ${messageOf(error)}`);
    return null;
  }
}

async function waitFor(child: RunningChild, forwarding: SignalForwarding): Promise<TryEnd> {
  try {
    return { kind: 'exited', exit: await child.exited };
  } catch (error) {
    if (error instanceof ChildLostError) {
      return { kind: 'notStarted', exitCode: 125, message: error.message };
    }
    throw error;
  } finally {
    forwarding.setChild(null);
  }
}

/** Variables that say which job this is; a sidecar within the job must not take them for its own job's. */
const jobVariables = [
  'TRACTLEDGER_TASK',
  'TRACTLEDGER_DATA_ID',
  'TRACTLEDGER_JOB_NAME',
  'TRACTLEDGER_EXECUTABLE',
  'TRACTLEDGER_LOG',
  'TRACTLEDGER_TRY',
  'TRACTLEDGER_RETRIES',
];

function childEnvironment(job: JobDescription, execution: string, own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.fromEntries(Object.entries(own).filter(([name]) => !jobVariables.includes(name)));
  return {
    ...others,
    [EXECUTION_VARIABLE]: execution,
    TRACTLEDGER_CAMPAIGN: job.campaign,
    TRACTLEDGER_UNIT: job.unit,
    TRACTLEDGER_ATTEMPT: String(job.attempt),
  };
}

/** What a try wrote, with contents read where they matter. */
export interface FinishedOutputs {
  readonly written: readonly OutputWithContent[];
  readonly found: OutputsFound;
  readonly problems: readonly OutputProblem[];
  readonly caveats: readonly string[];
}

/** How outputs are looked at. */
export interface LookOptions {
  readonly before: OutputsBefore;
  /** Whether to read the files for their digests: not those of a failed execution, which nobody will use. */
  readonly readContents: boolean;
  readonly sha256: boolean;
  /** Ends the reading early, when the sidecar is told to end. */
  readonly hurry: AbortSignal;
}

/** Looks at what a try wrote. */
export async function finishOutputs(job: JobDescription, options: LookOptions): Promise<FinishedOutputs> {
  const found = await lookAfter(job.root, job.outputs, options.before);
  const written: OutputWithContent[] = [];
  const problems = [...found.problems];
  const caveats = new Set<string>();
  for (const output of found.written) {
    const read = options.readContents ? await readOutput(job, output, options) : null;
    if (read !== null && 'kind' in read) {
      problems.push(read);
    } else {
      written.push({ ...output, content: read, liesAt: output.path });
      if (read?.changed === true) {
        caveats.add('outputChangedWhileRead');
      }
    }
  }
  if (options.readContents && options.hurry.aborted && written.some(({ content }) => content === null)) {
    caveats.add('checksumsSkipped');
  }
  return { written, found, problems, caveats: [...caveats] };
}

async function readOutput(
  job: JobDescription,
  output: WrittenOutput,
  { sha256, hurry }: LookOptions,
): Promise<Awaited<ReturnType<typeof readContent>> | OutputProblem> {
  try {
    return await readContent(path.join(job.root.real, output.path), { sha256, signal: hurry });
  } catch (error) {
    return { path: output.path, kind: 'unreachable', message: `${output.path} cannot be read: ${messageOf(error)}` };
  }
}
