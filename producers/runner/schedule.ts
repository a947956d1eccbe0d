/**
 * What is to be done next, and what follows from what was done. Knows nothing of processes, time or events: jobs end as
 * it is told, and it tells which start, which are skipped and which are taken over.
 */
import type { PlannedJob } from '../../pipelines/plan';
import { meets } from '../../pipelines/requirement';
import type { LeftJob, ReusedJob, WorkPlan } from '../../pipelines/workPlan';
import { criticalPathSeconds, expectedSeconds } from './criticalPath';
import { FileStock, type AvailableFile } from './fileStock';
import { ReadyQueue, type Queued } from './readyQueue';
import type { KnownContent } from './sameness';

/** Why a job is skipped, in the words of JobSkipped. */
export type SkipReason = 'upstreamFailed' | 'noWorkUpstream' | 'vetoed' | 'cancelled';

/** What the schedule itself decided of a job. */
export type Decision =
  | { readonly kind: 'skipped'; readonly job: PlannedJob; readonly reason: SkipReason; readonly because: string | null }
  | { readonly kind: 'reused'; readonly job: PlannedJob; readonly from: ReusedJob }
  | { readonly kind: 'left'; readonly job: PlannedJob; readonly left: LeftJob };

/** Where a job is in this attempt: waiting for others, ready, running, or in one of the final states. */
export type ScheduleState =
  'waiting' | 'ready' | 'running' | 'succeeded' | 'failed' | 'skipped' | 'reused' | 'abandoned';

/** The work of an attempt contradicts its plan: a job stands in none of its lists, or in several. */
export class WorkPlanError extends Error {
  override readonly name = 'WorkPlanError';
}

/** Why there is nothing of a job that others could read, and which job that goes back to. */
interface Lack {
  readonly reason: Exclude<SkipReason, 'cancelled'>;
  readonly because: string | null;
}

/** Which reason is told where there are several. */
const reasonsInOrder: readonly SkipReason[] = ['upstreamFailed', 'vetoed', 'noWorkUpstream'];

interface Entry extends Queued {
  readonly job: PlannedJob;
  state: ScheduleState;
  /** Upstream jobs that are not in a final state yet. */
  pending: number;
  readonly downstream: Entry[];
  lack: Lack | null;
}

/** The schedule of one attempt. */
export class Schedule {
  private readonly entries = new Map<PlannedJob, Entry>();
  private readonly ready = new ReadyQueue<Entry>();
  private readonly stock: FileStock;
  private readonly numbers = new Map<ScheduleState, number>();
  private decisions: Decision[] = [];
  /** What the jobs that are in no final state are expected to take, one after another, seconds. */
  secondsLeft = 0;
  // A list of our own instead of recursion: a chain of jobs may be longer than the machine's stack.
  private readonly considering = new Set<Entry>();
  private isConsidering = false;

  /** @throws {WorkPlanError} where the work does not say one thing of each job */
  constructor(private readonly work: WorkPlan) {
    const { jobs } = work.plan;
    this.stock = new FileStock(work);
    const priorities = criticalPathSeconds(jobs);
    jobs.forEach((job, order) => {
      const priority = priorities.get(job) ?? 0;
      this.entries.set(job, { job, priority, order, state: 'waiting', pending: 0, downstream: [], lack: null });
      for (const upstream of job.upstream) {
        this.entry(upstream).downstream.push(this.entry(job));
      }
    });
    this.numbers.set('waiting', jobs.length);
    this.secondsLeft = jobs.reduce((sum, job) => sum + expectedSeconds(job), 0);
    for (const entry of this.entries.values()) {
      this.checkListed(entry.job.name);
      entry.pending = entry.job.upstream.length;
    }
    this.begin();
  }

  /** What was decided since the last call, in order. */
  takeDecisions(): readonly Decision[] {
    const { decisions } = this;
    this.decisions = [];
    return decisions;
  }

  /** How many jobs are in a state. */
  count(state: ScheduleState): number {
    return this.numbers.get(state) ?? 0;
  }

  /** Whether no job waits, is ready or runs. */
  get finished(): boolean {
    return this.count('waiting') + this.count('ready') + this.count('running') === 0;
  }

  /** What {@link next} would answer, by the seconds of its critical path; null where no job is ready. */
  get mostUrgent(): number | null {
    return this.ready.first?.priority ?? null;
  }

  /** The ready job with the most work behind it, which runs from now on; null where none is ready. */
  next(): PlannedJob | null {
    const entry = this.ready.pop();
    if (entry === undefined) {
      return null;
    }
    this.move(entry, 'running');
    return entry.job;
  }

  /** Puts a running job back, to be tried again. */
  again(job: PlannedJob): void {
    this.makeReady(this.entry(job));
  }

  /** For each input of a job, in its task's order, the files that are there. */
  inputsOf(job: PlannedJob): readonly (readonly AvailableFile[])[] {
    return job.inputs.map((files) => files.flatMap((file) => this.stock.find(file) ?? []));
  }

  /** A job has made these files. @param made by logical path */
  succeeded(job: PlannedJob, made: ReadonlyMap<string, KnownContent>): void {
    this.stock.made(job, made);
    this.settle(this.entry(job), 'succeeded', { reason: 'noWorkUpstream', because: job.name });
  }

  /** A job has failed and is not tried again in this attempt. */
  failed(job: PlannedJob): void {
    this.settle(this.entry(job), 'failed', { reason: 'upstreamFailed', because: job.name });
  }

  /** A job that was taken by {@link next} is not run after all. */
  veto(job: PlannedJob): void {
    this.skip(this.entry(job), 'vetoed', null);
  }

  /** Nothing more is started: every job that has not begun is skipped. */
  cancel(): void {
    for (const entry of this.entries.values()) {
      if (entry.state === 'waiting' || entry.state === 'ready') {
        this.move(entry, 'skipped');
        this.decisions.push({ kind: 'skipped', job: entry.job, reason: 'cancelled', because: null });
      }
    }
    while (this.ready.pop() !== undefined);
  }

  /** What is taken over or left is settled first; only then is there a first job that may run. */
  private begin(): void {
    const { reuse, leave } = this.work;
    this.isConsidering = true;
    for (const entry of this.entries.values()) {
      const { job } = entry;
      const reused = reuse.get(job.name);
      const left = leave.get(job.name);
      if (reused !== undefined) {
        this.takeOver(entry, reused);
      } else if (left?.reason === 'vetoed') {
        this.skip(entry, 'vetoed', null);
      } else if (left !== undefined) {
        this.decisions.push({ kind: 'left', job, left });
        this.settle(entry, 'abandoned', { reason: 'upstreamFailed', because: job.name });
      }
    }
    this.isConsidering = false;
    this.considering.clear();
    for (const entry of this.entries.values()) {
      if (entry.state === 'waiting' && entry.pending === 0) {
        this.consider(entry);
      }
    }
  }

  /** A job all of whose upstream jobs have come to their end: it is ready, skipped, or taken over unchanged. */
  private consider(entry: Entry): void {
    const { job } = entry;
    const unmet = this.unmetLack(job);
    const previous = this.work.previous.get(job.name);
    if (unmet !== null) {
      this.skip(entry, unmet.reason, unmet.because);
    } else if (this.work.runIfChanged.has(job.name) && previous !== undefined && !this.stock.haveInputsChanged(job)) {
      this.takeOver(entry, previous);
    } else {
      this.makeReady(entry);
    }
  }

  /** Why an input has not what its task requires; null where all have. A failure tells more than an absence. */
  private unmetLack(job: PlannedJob): Lack | null {
    const lacks = job.task.inputs.flatMap(({ require: requirement }, place): Lack[] => {
      const files = job.inputs[place] ?? [];
      const missing = files.filter((file) => this.stock.find(file) === null);
      if (meets(requirement, files.length - missing.length, missing.length === 0)) {
        return [];
      }
      const causes = missing.flatMap(({ maker }) => (maker === null ? [] : (this.entry(maker).lack ?? [])));
      return [...causes, { reason: 'noWorkUpstream', because: null }];
    });
    return lacks.sort((a, b) => reasonsInOrder.indexOf(a.reason) - reasonsInOrder.indexOf(b.reason))[0] ?? null;
  }

  private takeOver(entry: Entry, from: ReusedJob): void {
    const { job } = entry;
    this.stock.takenOver(job, from);
    this.decisions.push({ kind: 'reused', job, from });
    this.settle(entry, 'reused', { reason: 'noWorkUpstream', because: job.name });
  }

  private skip(entry: Entry, reason: Lack['reason'], because: string | null): void {
    this.decisions.push({ kind: 'skipped', job: entry.job, reason, because });
    this.settle(entry, 'skipped', { reason, because: because ?? entry.job.name });
  }

  private makeReady(entry: Entry): void {
    this.move(entry, 'ready');
    this.ready.push(entry);
  }

  /** A job has come to its end; those that waited for nothing else are considered, one after another. */
  private settle(entry: Entry, state: ScheduleState, lack: Lack): void {
    this.move(entry, state);
    entry.lack = lack;
    for (const downstream of entry.downstream) {
      downstream.pending -= 1;
      if (downstream.pending === 0) {
        this.considering.add(downstream);
      }
    }
    this.considerAll();
  }

  private considerAll(): void {
    if (this.isConsidering) {
      return;
    }
    this.isConsidering = true;
    for (const entry of this.considering) {
      this.considering.delete(entry);
      if (entry.state === 'waiting') {
        this.consider(entry);
      }
    }
    this.isConsidering = false;
  }

  private move(entry: Entry, state: ScheduleState): void {
    this.numbers.set(entry.state, this.count(entry.state) - 1);
    entry.state = state;
    this.secondsLeft -= isFinal(state) ? expectedSeconds(entry.job) : 0;
    this.numbers.set(state, this.count(state) + 1);
  }

  private checkListed(name: string): void {
    const { run, runIfChanged, reuse, leave } = this.work;
    const lists = [run, runIfChanged, reuse, leave].filter((list) => list.has(name)).length;
    if (lists !== 1) {
      throw new WorkPlanError(`the work of the attempt names ${name} ${lists === 0 ? 'nowhere' : 'more than once'}`);
    }
  }

  private entry(job: PlannedJob): Entry {
    const entry = this.entries.get(job);
    if (entry === undefined) {
      throw new WorkPlanError(`${job.name} is no job of the plan`);
    }
    return entry;
  }
}

function isFinal(state: ScheduleState): boolean {
  return state !== 'waiting' && state !== 'ready' && state !== 'running';
}
