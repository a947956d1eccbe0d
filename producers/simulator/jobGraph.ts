/** The jobs of a simulated attempt: which could start, which are done, which will never be. */
import type { Plan, PlannedFile, PlannedJob } from '../../pipelines/plan';
import { meets } from '../../pipelines/requirement';

/** A job's part in the attempt. */
export interface JobState {
  readonly job: PlannedJob;
  /** Its place in the plan. */
  readonly place: number;
  readonly upstream: JobState[];
  readonly downstream: JobState[];
  /** Jobs upstream that are neither done nor gone. */
  waitsFor: number;
  /** Jobs downstream that are neither done nor gone. */
  readersLeft: number;
  tries: number;
  outcome: 'pending' | 'done' | 'gone';
}

/** A job that is not run, and the one upstream that it lacks. */
export interface SkippedJob {
  readonly job: PlannedJob;
  readonly becauseOf: PlannedJob;
}

/** What became possible, or impossible, when a job was settled. */
export interface Settled {
  readonly skipped: readonly SkippedJob[];
  /** Jobs whose outputs nothing needs any more. */
  readonly unneeded: readonly JobState[];
}

/** A list that is taken from at its front. */
class Queue {
  private items: JobState[] = [];
  private front = 0;

  get isEmpty(): boolean {
    return this.front >= this.items.length;
  }

  put(item: JobState): void {
    this.items.push(item);
  }

  take(): JobState | undefined {
    const item = this.items[this.front];
    this.front += 1;
    if (this.isEmpty) {
      this.items = [];
      this.front = 0;
    }
    return item;
  }
}

/** See the file's head. */
export class JobGraph {
  readonly states: readonly JobState[];
  private readonly byJob: ReadonlyMap<PlannedJob, JobState>;
  /** Jobs that could start, by task; those of later tasks go first, so that little lies about half done. */
  private readonly queues: readonly Queue[];
  private readonly queueOfTask: ReadonlyMap<string, Queue>;
  private gone = 0;

  /** @param absent planned files that will not be written though their job succeeds */
  constructor(
    { jobs }: Plan,
    private readonly absent: ReadonlySet<PlannedFile>,
  ) {
    this.states = jobs.map((job, place) => ({
      job,
      place,
      upstream: [],
      downstream: [],
      waitsFor: job.upstream.length,
      readersLeft: 0,
      tries: 0,
      outcome: 'pending',
    }));
    this.byJob = new Map(this.states.map((state) => [state.job, state]));
    const tasks = [...new Set(jobs.map(({ task }) => task.name))];
    this.queueOfTask = new Map(tasks.map((name) => [name, new Queue()]));
    this.queues = [...this.queueOfTask.values()].reverse();
    for (const state of this.states) {
      for (const upstream of state.job.upstream) {
        const above = this.byJob.get(upstream);
        if (above !== undefined) {
          state.upstream.push(above);
          above.downstream.push(state);
          above.readersLeft += 1;
        }
      }
      if (state.waitsFor === 0) {
        this.put(state);
      }
    }
  }

  /** Whether a job could start. */
  get hasReady(): boolean {
    return this.queues.some((queue) => !queue.isEmpty);
  }

  /** Whether every job has been done. */
  get isComplete(): boolean {
    return this.gone === 0;
  }

  /** A job that could start, which is then no more in the queue. */
  take(): JobState | undefined {
    return this.queues.find((queue) => !queue.isEmpty)?.take();
  }

  /** Lets a job start, again. */
  put(state: JobState): void {
    this.queueOfTask.get(state.job.task.name)?.put(state);
  }

  /** The planned inputs that are there. */
  inputsOf({ job }: JobState): readonly PlannedFile[] {
    return job.inputs.length === 1
      ? this.present(job.inputs[0] ?? [])
      : job.inputs.flatMap((files) => this.present(files));
  }

  /** A job is done, or gone: it will never have outputs. Those whose needs cannot be met then go too. */
  settle(state: JobState, outcome: 'done' | 'gone'): Settled {
    const skipped: SkippedJob[] = [];
    const unneeded: JobState[] = [];
    const settled = [state];
    this.mark(state, outcome);
    for (let next = settled.pop(); next !== undefined; next = settled.pop()) {
      for (const above of next.upstream) {
        above.readersLeft -= 1;
        if (above.readersLeft === 0 && above.outcome === 'done') {
          unneeded.push(above);
        }
      }
      for (const below of next.downstream) {
        below.waitsFor -= 1;
        if (below.waitsFor > 0) {
          continue;
        }
        const becauseOf = this.lackedBy(below);
        if (becauseOf === null) {
          this.put(below);
        } else {
          skipped.push({ job: below.job, becauseOf });
          this.mark(below, 'gone');
          settled.push(below);
        }
      }
    }
    return { skipped, unneeded };
  }

  private mark(state: JobState, outcome: 'done' | 'gone'): void {
    state.outcome = outcome;
    this.gone += outcome === 'gone' ? 1 : 0;
  }

  /** The job upstream for want of which a job cannot run; null where it can. */
  private lackedBy({ job }: JobState): PlannedJob | null {
    if (this.gone === 0) {
      return null;
    }
    for (const [index, { require: requirement }] of job.task.inputs.entries()) {
      const files = job.inputs[index] ?? [];
      const present = this.present(files);
      if (!meets(requirement, present.length, present.length === files.length)) {
        const missing = files.find((file) => this.isGone(file));
        return missing?.maker ?? null;
      }
    }
    return null;
  }

  private present(files: readonly PlannedFile[]): readonly PlannedFile[] {
    const isThere = (file: PlannedFile): boolean => !this.absent.has(file) && !this.isGone(file);
    return files.every(isThere) ? files : files.filter(isThere);
  }

  private isGone({ maker }: PlannedFile): boolean {
    return this.gone > 0 && maker !== null && this.byJob.get(maker)?.outcome === 'gone';
  }
}
