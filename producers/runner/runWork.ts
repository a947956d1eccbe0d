/**
 * Runs the work of an attempt: starts what is ready, so many at a time, and draws the conclusions from how it ends. What
 * starts jobs, what keeps events and what looks at the infrastructure is handed in.
 */
import type { PlannedJob } from '../../pipelines/plan';
import type { WorkPlan } from '../../pipelines/workPlan';
import { nowMicros, type EventDraft } from '../outbox/draft';
import { pausedUntil } from '../sidecar/pausedUntil';
import { AttemptEvents, type AttemptOutcome } from './attemptEvents';
import { InfrastructureGuard } from './infrastructureGuard';
import { JobTries, type TryRules } from './jobTries';
import { RunProgress, type Progress } from './progress';
import { Schedule } from './schedule';
import type { JobEnd, JobStarter, StartedJob } from './sidecarProcess';

/** Why a run is to stop; what an AbortController is given as its reason. */
export interface StopReason {
  readonly signal: NodeJS.Signals;
  /** Whether the jobs have the signal already, as those in the foreground of a terminal have. */
  readonly jobsKnow: boolean;
}

/** What may keep jobs from being started. */
export interface StartGate {
  /** Why nothing is to be started now, in words; null where nothing is in the way. */
  readonly heldBy: () => string | null;
  readonly isVetoed: (job: PlannedJob) => boolean;
}

/** A job that did not come to a good end. */
export interface FailedJob {
  readonly job: string;
  readonly failureClass: string | null;
  readonly message: string;
}

/** What running the work needs. */
export interface WorkOptions extends TryRules {
  readonly work: WorkPlan;
  /** How many jobs run at a time, at most. */
  readonly jobs: number;
  readonly starter: JobStarter;
  readonly gate: StartGate;
  /** Keeps events durably. */
  readonly record: (drafts: readonly EventDraft[]) => Promise<void>;
  /** What is wrong with what all jobs stand on, in words; null where all is well. */
  readonly probe: () => Promise<string | null>;
  /** The wait between two probes, milliseconds; it doubles, up to half a minute. */
  readonly probeMillis: number;
  /** Stops in order: nothing more is started, what runs is told. Its reason may be a {@link StopReason}. */
  readonly stop: AbortSignal;
  /** Ends what runs at once. */
  readonly kill: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly onMessage: (message: string) => void;
}

/** What came of the work. */
export interface WorkSummary extends Progress {
  readonly outcome: AttemptOutcome;
  readonly failures: readonly FailedJob[];
}

const longestProbePauseMillis = 30_000;
/** Events that travel as one append. */
const batchEvents = 500;

/** Runs the work to its end, which is told in AttemptEnded. */
export async function runWork(options: WorkOptions): Promise<WorkSummary> {
  return new Work(options).run();
}

/** A job that failed for the infrastructure's sake while nothing is started. */
interface Parked {
  readonly job: PlannedJob;
  readonly end: Exclude<JobEnd, { kind: 'succeeded' }>;
}

class Work {
  private readonly schedule: Schedule;
  private readonly events: AttemptEvents;
  private readonly guard = new InfrastructureGuard();
  private readonly progress: RunProgress;
  private readonly tries = new Map<PlannedJob, JobTries>();
  private readonly running = new Map<PlannedJob, StartedJob>();
  private readonly delayed = new Map<PlannedJob, NodeJS.Timeout>();
  private readonly failures: FailedJob[] = [];
  private parked: Parked[] = [];
  private stopping = false;
  private toldHold: string | null = null;
  /** What is under way besides jobs: whoever waits for the end waits for it. */
  private pending = 0;
  private defect: Error | null = null;
  private wake: () => void = () => undefined;
  private isWoken = false;

  constructor(private readonly options: WorkOptions) {
    this.schedule = new Schedule(options.work);
    this.events = new AttemptEvents(options.work.plan.scope);
    this.progress = new RunProgress(options.work.plan.jobs, this.schedule, options.jobs);
  }

  async run(): Promise<WorkSummary> {
    const onStop = (): void => {
      this.meanwhile(() => this.beginStop());
    };
    const onKill = (): void => {
      this.running.forEach((started) => {
        started.kill();
      });
    };
    this.options.stop.addEventListener('abort', onStop);
    this.options.kill.addEventListener('abort', onKill);
    // A hold is looked at again, whoever ends it.
    const look = setInterval(() => {
      this.wakeUp();
    }, 1000);
    try {
      await this.recordDecisions();
      if (this.options.stop.aborted) {
        onStop();
      }
      await this.untilOver();
      return await this.end();
    } finally {
      clearInterval(look);
      this.delayed.forEach(clearTimeout);
      this.options.stop.removeEventListener('abort', onStop);
      this.options.kill.removeEventListener('abort', onKill);
    }
  }

  private async untilOver(): Promise<void> {
    for (;;) {
      if (this.defect !== null) {
        throw this.defect;
      }
      this.startReady();
      this.options.onProgress(this.progress.now(this.running.size));
      if (this.schedule.finished && this.running.size === 0 && this.pending === 0) {
        return;
      }
      await this.woken();
    }
  }

  private startReady(): void {
    const { options, schedule } = this;
    while (!this.stopping && this.running.size < options.jobs && this.guard.mayStart(this.running.size)) {
      const hold = schedule.count('ready') === 0 ? null : options.gate.heldBy();
      this.tellHold(hold);
      const job = hold === null ? schedule.next() : null;
      if (job === null) {
        return;
      }
      if (options.gate.isVetoed(job)) {
        schedule.veto(job);
        this.meanwhile(() => this.recordDecisions());
      } else {
        this.start(job);
      }
    }
  }

  private start(job: PlannedJob): void {
    const tries = this.triesOf(job);
    const started = this.options.starter.start(job, tries.executions + 1, this.schedule.inputsOf(job));
    this.running.set(job, started);
    this.progress.started(job);
    this.meanwhile(async () => {
      const end = await started.ended;
      this.running.delete(job);
      await this.conclude(job, end);
    });
  }

  private async conclude(job: PlannedJob, end: JobEnd): Promise<void> {
    if (end.kind !== 'notBegun') {
      this.triesOf(job).executions += 1;
    }
    if (end.kind === 'succeeded') {
      this.guard.worked();
      this.progress.succeeded(job);
      this.schedule.succeeded(job, end.made);
      await this.recordDecisions();
    } else if (this.stopping) {
      await this.leaveAsItIs(job, end);
    } else if (end.kind === 'failed' && end.failure.permanence !== 'infrastructure') {
      this.guard.worked();
      const { permanence } = end.failure;
      const wait = permanence === 'permanent' ? null : this.triesOf(job).afterTransientFailure();
      await this.tryAgainOrGiveUp(job, end, wait);
    } else {
      await this.concludeInfrastructure(job, end);
    }
  }

  private async concludeInfrastructure(job: PlannedJob, end: Parked['end']): Promise<void> {
    if (this.guard.failed(job.name)) {
      this.options.onMessage(`starting no more jobs: several failed because of the infrastructure (${wordsOf(end)})`);
      this.meanwhile(() => this.probeUntilWell());
    }
    if (this.guard.paused) {
      this.parked.push({ job, end });
    } else {
      await this.tryAgainOrGiveUp(job, end, this.triesOf(job).afterInfrastructureFailure());
    }
  }

  private async probeUntilWell(): Promise<void> {
    const { probe, probeMillis, stop, onMessage } = this.options;
    let told: string | null = null;
    for (let pause = probeMillis; ; pause = Math.min(2 * pause, longestProbePauseMillis)) {
      const problem = await probe();
      if (this.stopping) {
        return;
      }
      if (problem === null) {
        break;
      }
      if (problem !== told) {
        onMessage(`waiting: ${problem}`);
        told = problem;
      }
      if (!(await pausedUntil(pause, stop))) {
        return;
      }
    }
    onMessage('the infrastructure answers; going on with one job first');
    this.guard.resume(told !== null);
    const { parked } = this;
    this.parked = [];
    for (const { job, end } of parked) {
      // Of an outage that the probes saw no job is to blame, and it costs none of them a try.
      const wait = told === null ? this.triesOf(job).afterInfrastructureFailure() : 0;
      await this.tryAgainOrGiveUp(job, end, wait);
    }
  }

  /** @param waitMillis null where the job is not tried again */
  private async tryAgainOrGiveUp(job: PlannedJob, end: Parked['end'], waitMillis: number | null): Promise<void> {
    if (this.stopping) {
      await this.leaveAsItIs(job, end);
      return;
    }
    if (waitMillis === null) {
      await this.giveUp(job, end);
      return;
    }
    const execution = end.kind === 'notBegun' ? null : end.execution;
    const timer = setTimeout(() => {
      this.delayed.delete(job);
      this.schedule.again(job);
      this.wakeUp();
    }, waitMillis);
    this.delayed.set(job, timer);
    this.progress.retried();
    if (execution !== null) {
      await this.record([this.events.retry(job, execution, nowMicros() + waitMillis * 1000)]);
    }
  }

  private async giveUp(job: PlannedJob, end: Parked['end']): Promise<void> {
    const failureClass = end.kind === 'failed' ? end.failure.failureClass : end.kind;
    this.failures.push({ job: job.name, failureClass, message: wordsOf(end) });
    this.schedule.failed(job);
    if (end.kind === 'notBegun') {
      // No sidecar has told anything of it, so the runner does.
      await this.record([this.events.abandoned(job, failureClass, null)]);
    }
    await this.recordDecisions();
  }

  /** A job that ends, or has ended, badly while the attempt stops: that is no reason to give it up. */
  private async leaveAsItIs(job: PlannedJob, end: Parked['end']): Promise<void> {
    if (end.kind === 'notBegun') {
      this.schedule.again(job);
      this.schedule.cancel();
    } else {
      const failureClass = end.kind === 'failed' ? end.failure.failureClass : end.kind;
      this.failures.push({ job: job.name, failureClass, message: wordsOf(end) });
      this.schedule.failed(job);
    }
    await this.recordDecisions();
  }

  private async beginStop(): Promise<void> {
    const reason = this.options.stop.reason as Partial<StopReason> | undefined;
    this.stopping = true;
    if (reason?.jobsKnow !== true) {
      this.running.forEach((started) => {
        started.signal(reason?.signal ?? 'SIGTERM');
      });
    }
    for (const [job, timer] of this.delayed) {
      clearTimeout(timer);
      this.schedule.again(job);
    }
    this.delayed.clear();
    const { parked } = this;
    this.parked = [];
    this.schedule.cancel();
    for (const { job, end } of parked) {
      await this.leaveAsItIs(job, end);
    }
    await this.recordDecisions();
  }

  private async end(): Promise<WorkSummary> {
    const { schedule, options } = this;
    const done = schedule.count('succeeded') + schedule.count('reused') === options.work.plan.jobs.length;
    const outcome = done ? 'complete' : this.stopping ? 'stopped' : 'partial';
    const reason = options.stop.reason as Partial<StopReason> | undefined;
    await this.record([this.events.ended(outcome, this.stopping ? (reason?.signal ?? null) : null)]);
    return { ...this.progress.now(0), outcome, failures: this.failures };
  }

  private tellHold(hold: string | null): void {
    if (hold !== this.toldHold) {
      this.toldHold = hold;
      this.options.onMessage(hold === null ? 'starting jobs again' : `starting no jobs: ${hold}`);
    }
  }

  private triesOf(job: PlannedJob): JobTries {
    const tries = this.tries.get(job) ?? new JobTries(job, this.options);
    this.tries.set(job, tries);
    return tries;
  }

  private async recordDecisions(): Promise<void> {
    await this.record(this.schedule.takeDecisions().map((decision) => this.events.decision(decision)));
  }

  private async record(drafts: readonly EventDraft[]): Promise<void> {
    for (let from = 0; from < drafts.length; from += batchEvents) {
      await this.options.record(drafts.slice(from, from + batchEvents));
    }
  }

  /** Work that is not waited for where it begins; the end of the run waits for it. */
  private meanwhile(work: () => Promise<void>): void {
    this.pending += 1;
    void work()
      .catch((error: unknown) => {
        this.defect ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        this.pending -= 1;
        this.wakeUp();
      });
  }

  private wakeUp(): void {
    this.isWoken = true;
    this.wake();
  }

  private async woken(): Promise<void> {
    if (!this.isWoken) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.isWoken = false;
  }
}

function wordsOf(end: Parked['end']): string {
  return end.kind === 'failed' ? end.failure.message : end.message;
}
