/** Attempts run in the foreground of a command: signals, progress, and what is said meanwhile. */
import { setMaxListeners } from 'node:events';
import type { Ledger } from '../ledger/port';
import type { WorkPlan } from '../pipelines/workPlan';
import { runAttempt, type RunAttemptOptions, type RunSummary, type StopReason } from '../producers/runner/runAttempt';
import { isInTerminalForeground } from '../producers/sidecar/procfs';
import { operatorName } from './operatorFacts';
import { startRunDisplay, type RunDisplay } from './output/runDisplay';
import { saidOnce } from './output/saidOnce';
import { attemptFolder, runnerOptions, type RunOptions } from './runOptions';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What is said of one attempt that is run. */
export interface AttemptToRun {
  readonly work: WorkPlan;
  readonly claim: Pick<RunAttemptOptions['claim'], 'why' | 'resumedFromAttempt' | 'earlier'>;
  /** Its share of places that several attempts have together; by default it has all. */
  readonly share?: RunAttemptOptions['share'];
}

/** The time in which a command runs attempts. */
export interface RunSession {
  /** Aborted by the first signal. */
  readonly stop: AbortSignal;
  readonly display: RunDisplay;
  /** Runs an attempt until its end or until it is stopped. @throws what {@link runAttempt} throws */
  readonly run: (attempt: AttemptToRun) => Promise<RunSummary>;
}

/**
 * Lets a command run attempts. The first SIGINT, SIGTERM or SIGHUP stops them in order; a second one ends what runs at
 * once.
 * @param title what is run, for the display
 */
export async function runHere<Result>(
  ledger: Ledger,
  title: string,
  options: RunOptions,
  work: (session: RunSession) => Promise<Result>,
): Promise<Result> {
  const display = startRunDisplay(title);
  const { stop, kill, forget } = stopOnSignals(display);
  const say = saidOnce(display.say);
  const run = ({ work: planned, claim, share }: AttemptToRun): Promise<RunSummary> => {
    const { scope } = planned.plan;
    return runAttempt({
      ...runnerOptions(options),
      ...(share === undefined ? {} : { share }),
      ledger,
      work: planned,
      claim: { ...claim, nodesExclusive: options.exclusive ?? null, startedBy: operatorName(options) },
      sidecar: thisProgram(),
      workFolder: attemptFolder(options, scope),
      stop,
      kill,
      onProgress: (progress) => {
        display.update(scope.unit, progress);
      },
      onMessage: (message) => {
        say(scope.unit, message);
      },
    });
  };
  try {
    return await work({ stop, display, run });
  } finally {
    forget();
    display.stop();
  }
}

/** The command line that this process is, for the sidecars. */
function thisProgram(): [string, ...string[]] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
}

function stopOnSignals(display: RunDisplay): {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  readonly forget: () => void;
} {
  const stop = new AbortController();
  const kill = new AbortController();
  // Every attempt under way listens to both.
  setMaxListeners(0, stop.signal, kill.signal);
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) {
      display.say(`${signal} again: ending what runs at once`);
      kill.abort();
      return;
    }
    display.say(`${signal}: starting no more jobs, and telling those that run; once more ends them at once`);
    const reason: StopReason = { signal, jobsKnow: signal === 'SIGINT' && isInTerminalForeground() };
    stop.abort(reason);
  };
  for (const signal of stopSignals) {
    process.on(signal, onSignal);
  }
  return {
    stop: stop.signal,
    kill: kill.signal,
    forget: () => {
      for (const signal of stopSignals) {
        process.removeListener(signal, onSignal);
      }
    },
  };
}
