/** The sidecar: runs one job, in as many tries as it is given, and records it. */
import { readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { errorMessage } from '../../schemas/systemError';
import type { FailureRule } from '../failures/failureRules';
import { nowMicros } from '../outbox/draft';
import { uuidV7 } from '../outbox/uuidV7';
import type { Metrics } from '../../schemas';
import {
  failedDraft,
  fileDrafts,
  inputsDrafts,
  notMeasured,
  startDrafts,
  succeededDraft,
  type Execution,
} from './executionEvents';
import type { concludeFailure, Consequences, TryPolicy } from './failedTry';
import { findWhatItLeft, forgetReport, type Findings } from './findings';
import type { writeFailure, writeSuccess } from './jobResult';
import type { JobDescription } from './jobDescription';
import type { lookBefore, OutputsBefore } from './outputs';
import { pausedUntil } from './pausedUntil';
import { processIdentity } from './procfs';
import type { Recorder } from './recorder';
import { forwardSignals, type SignalForwarding } from './signals';
import { markStderr } from './stderrTail';
import { startTry, type TryEnd } from './tryJob';

// Loaded only for the jobs that need them: every job waits for what the sidecar loads.
const load = createRequire(__filename);

/** How a job is run. */
export interface RunOptions extends TryPolicy {
  readonly environment: NodeJS.ProcessEnv;
  readonly rules: () => readonly FailureRule[];
  readonly teeStderr: boolean;
  readonly sha256: boolean;
  readonly recorder: Recorder;
}

/** What the sidecar ends with: an exit code, or a signal to die of. */
export type SidecarEnd = { readonly exitCode: number } | { readonly signal: string };

/** The sidecar's exit code where the child said 0 and an expected output is missing or empty. */
export const outputsMissingExitCode = 65;

/** Signals that mean: end now. Nobody who is told this starts another try. */
const endingSignals = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGXCPU']);

interface Results {
  writeSuccess: typeof writeSuccess;
  writeFailure: typeof writeFailure;
}

/** A try whose child has ended. */
interface EndedTry {
  readonly execution: Execution;
  readonly end: TryEnd;
  readonly before: OutputsBefore;
  readonly stderrTail: string | null;
  readonly failedBefore: number;
}

/** What came of a try. */
interface TryResult {
  readonly end: TryEnd;
  readonly failed: boolean;
  /** When the next try may begin, microseconds since 1970; null where there is none. */
  readonly notBefore: number | null;
}

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
    for (let failedBefore = 0; ; failedBefore += 1) {
      const { end, failed, notBefore } = await this.tryOnce(failedBefore);
      if (notBefore === null || !(await this.waitUntil(notBefore))) {
        return notBefore === null ? sidecarEnd(end, failed) : { signal: String(this.ending.signal.reason) };
      }
    }
  }

  stop(): void {
    this.forwarding.stop();
  }

  /** One try, from its first event to its last. */
  private async tryOnce(failedBefore: number): Promise<TryResult> {
    const { job, options } = this;
    const execution: Execution = { execution: uuidV7(), tryNumber: job.firstTry + failedBefore };
    this.forwarded = [];
    forgetReport(job);
    const before = await this.lookBefore();
    await this.recordStart(execution);
    const { end, stderrTail } = await this.runChild(execution);
    try {
      return await this.recordEnd({ execution, end, before, stderrTail, failedBefore });
    } catch (error) {
      // Whatever it is, it is not the job's: that has ended as it has ended.
      options.warn(`the end of the job could not be recorded: ${errorMessage(error)}`);
      return { end, failed: false, notBefore: null };
    }
  }

  private async runChild(execution: Execution): Promise<Pick<EndedTry, 'end' | 'stderrTail'>> {
    const { job, options, ending } = this;
    if (ending.signal.aborted) {
      const signal = String(ending.signal.reason);
      const message = `${signal} reached the sidecar before it had started the job`;
      return { end: { kind: 'notStarted', exitCode: null, signal, message }, stderrTail: null };
    }
    const started = startTry(job, execution, { ...options, forwarding: this.forwarding });
    const meanwhile = new AbortController();
    // Not waited for: a ledger that does not answer must not keep the job's end from being recorded.
    void options.recorder.drainMeanwhile(meanwhile.signal);
    const end = await started.ended;
    meanwhile.abort();
    const stderrTail = await started.finishStderr(!saidDone(end)).catch((error: unknown) => {
      options.warn(`standard error could not be copied to its end: ${errorMessage(error)}`);
      return null;
    });
    return { end, stderrTail };
  }

  private async lookBefore(): Promise<OutputsBefore> {
    const { root, outputs } = this.job;
    return outputs.length === 0
      ? { root: null, files: new Map() }
      : (load('./outputs') as { lookBefore: typeof lookBefore }).lookBefore(root, outputs);
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

  /** Looks at what a try wrote and records its end: files and outcome in one append. */
  private async recordEnd(ended: EndedTry): Promise<TryResult> {
    const { job, options } = this;
    const { execution } = ended.execution;
    const { end } = ended;
    const endedAt = nowMicros();
    const outputs = await findWhatItLeft(job, {
      before: ended.before,
      readContents: saidDone(end) || job.partialOutputsUsable,
      sha256: options.sha256,
      hurry: this.ending.signal,
    });
    outputs.reportProblems.forEach(options.warn);
    const inputs = inputsDrafts(job, execution, 'reported', outputs.used, endedAt);
    const metrics = metricsOf(end);
    const caveats = [
      ...(end.kind === 'exited' ? end.exit.caveats : []),
      ...outputs.caveats,
      ...(outputs.reportProblems.length > 0 ? ['reportedInputsIncomplete'] : []),
      ...[...new Set(this.forwarded)].map((signal) => `signalForwarded:${signal}`),
    ];
    if (saidDone(end) && outputs.problems.length === 0) {
      const files = fileDrafts(job, execution, outputs.written, outputs.absent, endedAt);
      const succeeded = succeededDraft(job, execution, metrics, caveats, endedAt);
      await options.recorder.record([...inputs, ...files, succeeded], { ends: execution });
      this.tellResult((file, tell) => {
        tell.writeSuccess(file, ended.execution, outputs.written, outputs.absent);
      });
      return { end, failed: false, notBefore: null };
    }
    const { failure, written, notBefore, drafts } = await this.concludeFailure(ended, outputs, endedAt);
    // What a failed execution did not write may still come: it has not said that it is absent.
    const files = fileDrafts(job, execution, written, [], endedAt);
    const failed = failedDraft(job, execution, failure, metrics, caveats, endedAt);
    await options.recorder.record([...inputs, ...files, failed, ...drafts], { ends: execution });
    this.tellResult((file, tell) => {
      tell.writeFailure(file, ended.execution, failure);
    });
    if (end.kind === 'notStarted' || saidDone(end)) {
      // The exit code will be the sidecar's own then, and nobody else says what it means.
      options.warn(failure.message);
    }
    return { end, failed: true, notBefore };
  }

  /** Whoever started the sidecar is told what came of the job; that it cannot be told is not the job's failure. */
  private tellResult(tell: (file: string, results: Results) => void): void {
    const { result } = this.job;
    try {
      if (result !== null) {
        tell(result, load('./jobResult') as Results);
      }
    } catch (error) {
      this.options.warn(`what came of the job could not be written: ${errorMessage(error)}`);
    }
  }

  private async concludeFailure(
    { execution: { execution }, end, stderrTail, failedBefore }: EndedTry,
    { written, problems }: Findings,
    endedAt: number,
  ): Promise<Consequences> {
    const { job, options, forwarded } = this;
    const evidence = { task: job.task, end, problems, stderrTail, forwarded };
    const toldToEnd = this.ending.signal.aborted;
    return (load('./failedTry') as { concludeFailure: typeof concludeFailure }).concludeFailure(
      job,
      { execution, evidence, written, failedBefore, endedAt, toldToEnd },
      options.rules(),
      options,
    );
  }

  /** @returns false where a signal that means the end came first */
  private async waitUntil(micros: number): Promise<boolean> {
    const { signal } = this.ending;
    const meanwhile = new AbortController();
    void this.options.recorder.drainMeanwhile(meanwhile.signal);
    await pausedUntil(Math.max(0, (micros - nowMicros()) / 1000), signal);
    meanwhile.abort();
    return !signal.aborted;
  }
}

/** Whether the job itself says that it is done. */
function saidDone(end: TryEnd): boolean {
  return end.kind === 'exited' && end.exit.exitCode === 0;
}

function metricsOf(end: TryEnd): Metrics {
  if (end.kind === 'notStarted') {
    return notMeasured;
  }
  const { wallMicros, userCpuMicros, systemCpuMicros, maxRssBytes } = end.exit;
  return { wallMicros, userCpuMicros, systemCpuMicros, maxRssBytes };
}

function sidecarEnd(end: TryEnd, failed: boolean): SidecarEnd {
  const { exitCode, signal } = end.kind === 'exited' ? end.exit : end;
  if (signal !== null) {
    return { signal };
  }
  return { exitCode: exitCode === 0 && failed ? outputsMissingExitCode : (exitCode ?? 0) };
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
