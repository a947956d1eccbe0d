/**
 * Runs the work of an attempt: starts what is ready, so many at a time, and draws the conclusions from how it ends. What
 * starts jobs, what keeps events and what looks at the infrastructure is handed in.
 */
import type { PlannedJob } from '../../pipelines/plan';
import type { WorkPlan } from '../../pipelines/workPlan';
import { nowMicros, type EventDraft } from '../outbox/draft';
import { AttemptEvents, type AttemptOutcome } from './attemptEvents';
import type { PlaceShare, Wish } from './jobPlaces';
import { JobTries, type TryRules } from './jobTries';
import type { OutageWatch, ProbeOptions } from './outage';
import { PendingWork } from './pendingWork';
import { RunProgress, type Progress } from './progress';
import { Schedule } from './schedule';
import { wordsOf, type BadEnd, type JobEnd, type JobStarter, type StartedJob } from './sidecarProcess';

/** Why a run is to stop; what an AbortController is given as its reason. */
export interface StopReason {
  readonly signal: NodeJS.Signals;
  /** Whether the jobs have the signal already, as those in the foreground of a terminal have. */
  readonly jobsKnow: boolean;
}

/** What keeps jobs from being started for now. */
export interface StartHold {
  /** What a person should know of it. */
  readonly words: string;
  /** Whether it holds every unit that runs here. */
  readonly ofAllUnits: boolean;
}

/** What may keep jobs from being started. */
export interface StartGate {
  /** Null where nothing is in the way. */
  readonly heldBy: () => StartHold | null;
  readonly isVetoed: (job: PlannedJob) => boolean;
}

/** A job that did not come to a good end. */
export interface FailedJob {
  readonly job: string;
  readonly failureClass: string | null;
  readonly message: string;
}

/** What running the work needs. */
export interface WorkOptions extends TryRules, ProbeOptions {
  readonly work: WorkPlan;
  /** The places where its jobs run; it leaves them at the end. */
  readonly share: PlaceShare;
  readonly starter: JobStarter;
  readonly gate: StartGate;
  /** Keeps events durably. */
  readonly record: (drafts: readonly EventDraft[]) => Promise<void>;
  /** Stops in order: nothing more is started, what runs is told. Its reason may be a {@link StopReason}. */
  readonly stop: AbortSignal;
  /** Ends what runs at once. */
  readonly kill: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** What came of the work. */
export interface WorkSummary extends Progress {
  readonly outcome: AttemptOutcome;
  readonly failures: readonly FailedJob[];
}

/** Events that travel as one append. */
const batchEvents = 500;

/** Runs the work to its end, which is told in AttemptEnded. */
export async function runWork(options: WorkOptions): Promise<WorkSummary> {
  return new Work(options).run();
}

class Work {
  private readonly schedule: Schedule;
  private readonly events: AttemptEvents;
  private readonly outage: OutageWatch;
  private readonly pending = new PendingWork();
  private readonly progress: RunProgress;
  private readonly tries = new Map<PlannedJob, JobTries>();
  private readonly running = new Map<PlannedJob, StartedJob>();
  private readonly delayed = new Map<PlannedJob, NodeJS.Timeout>();
  /** Jobs that failed for the infrastructure's sake while nothing is started. */
  private parked: { readonly job: PlannedJob; readonly end: BadEnd }[] = [];
  private readonly failures: FailedJob[] = [];
  private stopping = false;
  private toldHold: string | null = null;

  constructor(private readonly options: WorkOptions) {
    this.schedule = new Schedule(options.work);
    this.events = new AttemptEvents(options.work.plan.scope);
    this.outage = options.share.places.outage;
    this.progress = new RunProgress(options.work.plan.jobs, this.schedule, options.share.places.size);
  }

  async run(): Promise<WorkSummary> {
    const onStop = (): void => {
      this.pending.begin(() => this.beginStop());
    };
    const onKill = (): void => {
      this.running.forEach((started) => {
        started.kill();
      });
    };
    this.options.stop.addEventListener('abort', onStop);
    this.options.kill.addEventListener('abort', onKill);
    // A hold is looked at again, whoever ends it.
    const look = setInterval(this.pending.wakeUp, 1000);
    const { share } = this.options;
    const forget = this.outage.afterPauses((wasOut) => {
      this.pending.begin(() => this.takeUpParked(wasOut));
    });
    try {
      await this.recordDecisions();
      if (this.options.stop.aborted) {
        onStop();
      }
      share.begin({ wish: () => this.wish(), wakeUp: this.pending.wakeUp });
      await this.untilOver();
      return await this.end();
    } finally {
      clearInterval(look);
      forget();
      share.leave();
      this.delayed.forEach(clearTimeout);
      this.options.stop.removeEventListener('abort', onStop);
      this.options.kill.removeEventListener('abort', onKill);
    }
  }

  private async untilOver(): Promise<void> {
    for (;;) {
      this.startReady();
      this.options.onProgress(this.progress.now(this.running.size));
      if (this.pending.idle && this.schedule.finished && this.running.size === 0) {
        return;
      }
      await this.pending.woken();
    }
  }

  private startReady(): void {
    const { options, schedule } = this;
    const { share } = options;
    if (!schedule.finished && !this.stopping) {
      this.tellHold(options.gate.heldBy()?.words ?? null);
    }
    while (share.take()) {
      const job = schedule.next();
      if (job === null || options.gate.isVetoed(job)) {
        share.giveBack();
        this.leaveVetoed(job);
      } else {
        this.start(job);
      }
    }
    share.passOn();
  }

  private wish(): Wish {
    const urgency = this.schedule.mostUrgent;
    if (urgency === null || this.stopping) {
      return 'nothing';
    }
    const hold = this.options.gate.heldBy();
    if (hold !== null) {
      return hold.ofAllUnits ? 'kept' : 'nothing';
    }
    return this.outage.guard.mayStart() ? urgency : 'kept';
  }

  private leaveVetoed(job: PlannedJob | null): void {
    if (job !== null) {
      this.schedule.veto(job);
      this.pending.begin(() => this.recordDecisions());
    }
  }

  private start(job: PlannedJob): void {
    const tries = this.triesOf(job);
    this.outage.guard.started();
    const started = this.options.starter.start(job, tries.executions + 1, this.schedule.inputsOf(job));
    this.running.set(job, started);
    this.progress.started(job);
    this.pending.begin(async () => {
      const end = await started.ended;
      this.running.delete(job);
      this.options.share.giveBack();
      await this.conclude(job, end);
    });
  }

  private async conclude(job: PlannedJob, end: JobEnd): Promise<void> {
    if (end.kind !== 'notBegun') {
      this.triesOf(job).executions += 1;
    }
    if (end.kind === 'succeeded') {
      this.outage.guard.worked();
      this.progress.succeeded(job);
      this.schedule.succeeded(job, end.made);
      await this.recordDecisions();
    } else if (this.stopping) {
      await this.leaveAsItIs(job, end);
    } else if (end.kind === 'failed' && end.failure.permanence !== 'infrastructure') {
      this.outage.guard.worked();
      const { permanence } = end.failure;
      const wait = permanence === 'permanent' ? null : this.triesOf(job).afterTransientFailure();
      await this.tryAgainOrGiveUp(job, end, wait);
    } else {
      await this.concludeInfrastructure(job, end);
    }
  }

  private async concludeInfrastructure(job: PlannedJob, end: BadEnd): Promise<void> {
    const { outage, options } = this;
    const begins =
      outage.guard.failed(`${options.work.plan.scope.unit} ${job.name}`) ||
      (!outage.guard.paused && (await outage.findsOutage(options.probe)));
    if (begins) {
      options.onMessage(`starting no more jobs, the infrastructure fails: ${wordsOf(end)}`);
      this.pending.begin(() => outage.untilWell(options));
    }
    if (outage.guard.paused && !this.stopping) {
      this.parked.push({ job, end });
    } else {
      await this.tryAgainOrGiveUp(job, end, this.triesOf(job).afterInfrastructureFailure());
    }
  }

  /** @param wasOut whether the probes saw an outage: no job is to blame for one, and it costs none of them a try */
  private async takeUpParked(wasOut: boolean): Promise<void> {
    for (const { job, end } of this.takeParked()) {
      const wait = wasOut ? 0 : this.triesOf(job).afterInfrastructureFailure();
      await this.tryAgainOrGiveUp(job, end, wait);
    }
  }

  private takeParked(): typeof this.parked {
    const { parked } = this;
    this.parked = [];
    return parked;
  }

  /** @param waitMillis null where the job is not tried again */
  private async tryAgainOrGiveUp(job: PlannedJob, end: BadEnd, waitMillis: number | null): Promise<void> {
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
      this.pending.wakeUp();
    }, waitMillis);
    this.delayed.set(job, timer);
    this.progress.retried();
    if (execution !== null) {
      await this.record([this.events.retry(job, execution, nowMicros() + waitMillis * 1000)]);
    }
  }

  private async giveUp(job: PlannedJob, end: BadEnd): Promise<void> {
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
  private async leaveAsItIs(job: PlannedJob, end: BadEnd): Promise<void> {
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
    if (this.stopping) {
      return;
    }
    this.stopping = true;
    const reason = this.options.stop.reason as Partial<StopReason> | undefined;
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
    this.schedule.cancel();
    for (const { job, end } of this.takeParked()) {
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
      this.options.onMessage(hold === null ? 'no hold is in force any more' : `starting no jobs: ${hold}`);
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
}
