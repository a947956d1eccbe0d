/** One try of a job: start and wait. Nothing is recorded here. */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorMessage } from '../../schemas/systemError';
import { ChildLostError, EXECUTION_VARIABLE, startChild, type ChildExit, type RunningChild } from './childProcess';
import type { Execution } from './executionEvents';
import type { JobDescription } from './jobDescription';
import type { SignalForwarding } from './signals';
import { ChildStartError } from './spawnCommand';
import { warn } from './warn';
import { markStderr, readStderrTail, startStderrCopy, type StderrCopy } from './stderrTail';

/** What ended a try: the child's own end, or what kept it from being started or watched. */
export type TryEnd =
  | { readonly kind: 'exited'; readonly exit: ChildExit }
  | {
      readonly kind: 'notStarted';
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly message: string;
    };

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
  /**
   * Ends the copying of standard error, where it is copied; call it once the child has ended.
   * @param wanted whether the end of standard error is asked for
   * @returns that, or null where it cannot be told
   */
  readonly finishStderr: (wanted: boolean) => Promise<string | null>;
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
      finishStderr: async (wanted) => copy?.finish() ?? (mark === null || !wanted ? null : readStderrTail(mark)),
    };
  } catch (error) {
    const exitCode = error instanceof ChildStartError ? error.exitCode : 125;
    return {
      ended: Promise.resolve({ kind: 'notStarted', exitCode, signal: null, message: errorMessage(error) }),
      finishStderr: async () => {
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
    warn(`standard error cannot be copied, so failures are classed without it: ${errorMessage(error)}`);
    return null;
  }
}

async function waitFor(child: RunningChild, forwarding: SignalForwarding): Promise<TryEnd> {
  try {
    return { kind: 'exited', exit: await child.exited };
  } catch (error) {
    if (error instanceof ChildLostError) {
      return { kind: 'notStarted', exitCode: 125, signal: null, message: error.message };
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
  'TRACTLEDGER_REPORT',
];

function childEnvironment(job: JobDescription, execution: string, own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.fromEntries(Object.entries(own).filter(([name]) => !jobVariables.includes(name)));
  return {
    ...others,
    [EXECUTION_VARIABLE]: execution,
    ...(job.report === null ? {} : { TRACTLEDGER_REPORT: job.report }),
    TRACTLEDGER_CAMPAIGN: job.campaign,
    TRACTLEDGER_UNIT: job.unit,
    TRACTLEDGER_ATTEMPT: String(job.attempt),
  };
}
