/** The sidecar: runs one job, in as many tries as it is given, and records it. */
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FailureRule } from '../failures/failureRules';
import { nowMicros, type EventDraft } from '../outbox/draft';
import { uuidV7 } from '../outbox/uuidV7';
import {
  abandonedDraft,
  failedDraft,
  fileDrafts,
  inputsDrafts,
  notMeasured,
  retryDraft,
  startDrafts,
  succeededDraft,
  type Execution,
  type OutputWithContent,
} from './executionEvents';
import type { JobDescription } from './jobDescription';
import { isSuccess, judgeFailure, type JudgedFailure, type TryEnd } from './outcome';
import { lookBefore, type OutputsBefore } from './outputs';
import { processIdentity } from './procfs';
import type { Recorder } from './recorder';
import { readReportedInputs } from './reportedInputs';
import { backoffMillis } from './retry';
import { setAside, setAsidePath } from './setAside';
import { forwardSignals, type SignalForwarding } from './signals';
import { markStderr } from './stderrTail';
import { finishOutputs, startTry } from './tryJob';

/** How a job is run. */
export interface RunOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly rules: () => readonly FailureRule[];
  readonly retries: number;
  readonly backoffSeconds: number;
  readonly setAside: boolean;
  readonly teeStderr: boolean;
  readonly sha256: boolean;
  readonly recorder: Recorder;
  readonly warn: (message: string) => void;
}

/** What the sidecar ends with: an exit code, or a signal to die of. */
export type SidecarEnd = { readonly exitCode: number } | { readonly signal: string };

/** The sidecar's exit code where the child said 0 and an expected output is missing or empty. */
export const outputsMissingExitCode = 65;

/** Signals that mean: end now. Nobody who is told this starts another try. */
const endingSignals = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGXCPU']);

/** Runs a job to its end. */
export async function runJob(job: JobDescription, options: RunOptions): Promise<SidecarEnd> {
  const run = new JobRun(job, options);
  try {
    return await run.run();
  } finally {
    run.stop();
  }
}

class JobRun {
  private readonly forwarding: SignalForwarding;
  /** Aborted by the first signal that means: end now. */
  private readonly ending = new AbortController();
  private forwarded: string[] = [];

  constructor(
    private readonly job: JobDescription,
    private readonly options: RunOptions,
  ) {
    this.forwarding = forwardSignals(({ signal, outcome }) => {
      if (outcome !== 'noChild') {
        this.forwarded.push(signal);
      }
      if (endingSignals.has(signal)) {
        this.ending.abort(signal);
      }
    });
  }

  async run(): Promise<SidecarEnd> {
    for (let failedTries = 0; ; failedTries += 1) {
      const { end, failure, notBefore } = await this.tryOnce(failedTries);
      if (notBefore === null || !(await this.waitUntil(notBefore))) {
        return notBefore === null ? sidecarEnd(end, failure) : { signal: String(this.ending.signal.reason) };
      }
    }
  }

  stop(): void {
    this.forwarding.stop();
  }

  /** One try, from its first event to its last. */
  private async tryOnce(
    failedTries: number,
  ): Promise<{ end: TryEnd; failure: JudgedFailure | null; notBefore: number | null }> {
    const { job, options } = this;
    const execution: Execution = { execution: uuidV7(), tryNumber: job.firstTry + failedTries };
    this.forwarded = [];
    const before = await lookBefore(job.root, job.outputs);
    await this.recordStart(execution);
    const started = startTry(job, execution, { ...options, forwarding: this.forwarding });
    const meanwhile = new AbortController();
    const draining = options.recorder.drainMeanwhile(meanwhile.signal);
    const end = await started.ended;
    meanwhile.abort();
    const stderrTail = isSuccess(end, []) ? null : await started.stderrTail();
    await draining;
    return this.recordEnd({ execution, end, before, stderrTail, failedTries });
  }

  private async recordStart(execution: Execution): Promise<void> {
    const { job, options } = this;
    const { campaign, unit, attempt, host } = job;
    await options.recorder.record(startDrafts(job, execution, job.logPath ?? stderrFile(), nowMicros()), {
      begins: {
        ...{ execution: execution.execution, campaign, unit, attempt, job: job.job, host },
        sidecar: processIdentity(process.pid),
      },
    });
  }

  /** Looks at what a try wrote, judges it and records its end: files and outcome in one append. */
  private async recordEnd(ended: {
    readonly execution: Execution;
    readonly end: TryEnd;
    readonly before: OutputsBefore;
    readonly stderrTail: string | null;
    readonly failedTries: number;
  }): Promise<{ end: TryEnd; failure: JudgedFailure | null; notBefore: number | null }> {
    const { job, options } = this;
    const { execution } = ended.execution;
    const { end, stderrTail, failedTries } = ended;
    const endedAt = nowMicros();
    const outputs = await finishOutputs(job, {
      before: ended.before,
      readContents: isSuccess(end, []) || job.partialOutputsUsable,
      sha256: options.sha256,
      hurry: this.ending.signal,
    });
    const reported = job.inputsFrom === null ? null : readReportedInputs(job.root, job.inputsFrom);
    reported?.problems.forEach(options.warn);
    const caveats = [
      ...(end.kind === 'exited' ? end.exit.caveats : []),
      ...outputs.caveats,
      ...(reported !== null && reported.problems.length > 0 ? ['reportedInputsIncomplete'] : []),
      ...[...new Set(this.forwarded)].map((signal) => `signalForwarded:${signal}`),
    ];
    const inputs = inputsDrafts(job, execution, 'reported', reported?.files ?? [], endedAt);
    const metrics = metricsOf(end);
    if (isSuccess(end, outputs.problems)) {
      await options.recorder.record(
        [
          ...inputs,
          ...fileDrafts(job, execution, outputs.written, outputs.found.absent, endedAt),
          succeededDraft(job, execution, metrics, caveats, endedAt),
        ],
        { ends: execution },
      );
      return { end, failure: null, notBefore: null };
    }
    const evidence = { task: job.task, end, problems: outputs.problems, stderrTail, forwarded: this.forwarded };
    const failure = judgeFailure(evidence, options.rules());
    failure.rulesTimedOut.forEach((rule) => {
      options.warn(`the failure rule ${rule} took too long and was passed over; simplify its regular expression`);
    });
    const notBefore = this.nextTry(end, failure, failedTries, endedAt);
    const written = await this.afterSettingAside(execution, outputs.written);
    await options.recorder.record(
      [
        ...inputs,
        // What a failed execution did not write may still come: it has not said that it is absent.
        ...fileDrafts(job, execution, written, [], endedAt),
        failedDraft(job, execution, failure, metrics, caveats, endedAt),
        ...this.consequence(execution, failure, notBefore, endedAt),
      ],
      { ends: execution },
    );
    return { end, failure, notBefore };
  }

  /** When the next try may begin, microseconds since 1970; null where there is none. */
  private nextTry(end: TryEnd, failure: JudgedFailure, failedTries: number, endedAt: number): number | null {
    const { retries, backoffSeconds } = this.options;
    // A command that cannot be started here will not start here in a moment either.
    const inVain = failure.permanence === 'permanent' || end.kind === 'notStarted' || this.ending.signal.aborted;
    if (inVain || failedTries >= retries) {
      return null;
    }
    return endedAt + 1000 * backoffMillis(backoffSeconds, failedTries + 1, failure.permanence, Math.random());
  }

  private consequence(
    execution: string,
    { permanence, failureClass }: JudgedFailure,
    notBefore: number | null,
    endedAt: number,
  ): EventDraft[] {
    if (permanence === 'permanent') {
      return [abandonedDraft(this.job, execution, failureClass, endedAt)];
    }
    return notBefore === null ? [] : [retryDraft(this.job, execution, notBefore, endedAt)];
  }

  private async afterSettingAside(
    execution: string,
    written: readonly OutputWithContent[],
  ): Promise<readonly OutputWithContent[]> {
    const { job, options } = this;
    if (!options.setAside || job.partialOutputsUsable) {
      return written;
    }
    const paths = written.map((output) => output.path);
    const moved = await setAside(job.root, paths, execution, options.warn);
    return written.map((output) =>
      moved.has(output.path) ? { ...output, liesAt: setAsidePath(output.path, execution) } : output,
    );
  }

  /** @returns false where a signal that means the end came first */
  private async waitUntil(micros: number): Promise<boolean> {
    const { signal } = this.ending;
    const meanwhile = new AbortController();
    const draining = this.options.recorder.drainMeanwhile(meanwhile.signal);
    const millis = Math.max(0, (micros - nowMicros()) / 1000);
    await sleep(millis, undefined, { signal }).catch(() => undefined);
    meanwhile.abort();
    await draining;
    return !signal.aborted;
  }
}

function metricsOf(end: TryEnd): typeof notMeasured {
  if (end.kind === 'notStarted') {
    return notMeasured;
  }
  const { wallMicros, userCpuMicros, systemCpuMicros, maxRssBytes } = end.exit;
  return { wallMicros, userCpuMicros, systemCpuMicros, maxRssBytes };
}

function sidecarEnd(end: TryEnd, failure: JudgedFailure | null): SidecarEnd {
  if (end.kind === 'notStarted') {
    return { exitCode: end.exitCode };
  }
  if (end.exit.signal !== null) {
    return { signal: end.exit.signal };
  }
  const exitCode = end.exit.exitCode ?? 0;
  return { exitCode: exitCode === 0 && failure !== null ? outputsMissingExitCode : exitCode };
}

/** The file that standard error goes to, where the job's own words can be read later; null where it is none. */
function stderrFile(): string | null {
  if (markStderr() === null) {
    return null;
  }
  try {
    return readlinkSync('/proc/self/fd/2');
  } catch {
    return null;
  }
}
