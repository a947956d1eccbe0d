/** How far an attempt is, and how long it may still take. */
import type { PlannedJob } from '../../pipelines/plan';
import { expectedSeconds } from './criticalPath';
import type { Schedule } from './schedule';

/** How many jobs are where, and what is left. */
export interface Progress {
  readonly total: number;
  readonly running: number;
  readonly succeeded: number;
  readonly reused: number;
  readonly failed: number;
  readonly skipped: number;
  /** Left alone, for they failed for good before. */
  readonly abandoned: number;
  /** Tries after the first. */
  readonly retries: number;
  /** Since the beginning. */
  readonly wallSeconds: number;
  /** Until the end, as far as it can be told from what has ended; null before. */
  readonly leftSeconds: number | null;
}

/** Counts what ends. */
export class RunProgress {
  private readonly beganAt = Date.now();
  private readonly startedAt = new Map<PlannedJob, number>();
  private expectedDone = 0;
  private secondsDone = 0;
  private retries = 0;

  constructor(
    private readonly plannedJobs: readonly PlannedJob[],
    private readonly schedule: Schedule,
    private readonly atATime: number,
  ) {}

  /** A try begins. */
  started(job: PlannedJob): void {
    this.startedAt.set(job, Date.now());
  }

  /** A job has succeeded: how long jobs take compared with their hints is learnt from it. */
  succeeded(job: PlannedJob): void {
    this.expectedDone += expectedSeconds(job);
    this.secondsDone += (Date.now() - (this.startedAt.get(job) ?? Date.now())) / 1000;
    this.startedAt.delete(job);
  }

  /** A job is tried again. */
  retried(): void {
    this.retries += 1;
  }

  /** @param running how many jobs run */
  now(running: number): Progress {
    const { schedule } = this;
    return {
      total: this.plannedJobs.length,
      running,
      succeeded: schedule.count('succeeded'),
      reused: schedule.count('reused'),
      failed: schedule.count('failed'),
      skipped: schedule.count('skipped'),
      abandoned: schedule.count('abandoned'),
      retries: this.retries,
      wallSeconds: (Date.now() - this.beganAt) / 1000,
      leftSeconds: this.leftSeconds(),
    };
  }

  private leftSeconds(): number | null {
    if (this.expectedDone === 0) {
      return null;
    }
    return ((this.schedule.secondsLeft / this.expectedDone) * this.secondsDone) / this.atATime;
  }
}
