/** An attempt run in the foreground of a command: signals, progress, and the summary at its end. */
import type { Ledger } from '../ledger/port';
import type { WorkPlan } from '../pipelines/workPlan';
import { runAttempt, type RunAttemptOptions, type RunSummary, type StopReason } from '../producers/runner/runAttempt';
import { isInTerminalForeground } from '../producers/sidecar/procfs';
import { operatorName } from './operatorFacts';
import { startRunDisplay, type RunDisplay } from './output/runDisplay';
import { attemptFolder, runnerOptions, type RunOptions } from './runOptions';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs an attempt until its end or until the first SIGINT, SIGTERM or SIGHUP, which stops it in order; a second one ends
 * what runs at once.
 * @throws what {@link runAttempt} throws
 */
export async function runHere(
  ledger: Ledger,
  work: WorkPlan,
  claim: Pick<RunAttemptOptions['claim'], 'why' | 'resumedFromAttempt'>,
  options: RunOptions,
): Promise<RunSummary> {
  const { scope } = work.plan;
  const display = startRunDisplay(scope);
  const { stop, kill, forget } = stopOnSignals(display);
  try {
    return await runAttempt({
      ...runnerOptions(options),
      ledger,
      work,
      claim: { ...claim, nodesExclusive: options.exclusive ?? null, startedBy: operatorName(options) },
      sidecar: thisProgram(),
      workFolder: attemptFolder(options, scope),
      stop,
      kill,
      onProgress: display.update,
      onMessage: display.say,
    });
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
