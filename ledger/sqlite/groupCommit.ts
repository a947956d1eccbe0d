/**
 * Runs write work in transactions. What is asked for within one turn of the event loop shares one transaction, so that
 * many concurrent appends wait for one sync of the disk instead of one each.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError } from '../errors';
import { isBusy } from './sqliteErrors';
import type { Tables } from './tables';

/** One piece of work; it may run more than once, and only its last run counts. */
interface Job {
  readonly work: () => unknown;
  readonly bytes: number;
  readonly refusesCleanly: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How a job ended within a transaction that is not committed yet. */
type Outcome = { readonly value: unknown } | { readonly refusal: LedgerError };

/** What is known of a job's work before it runs. */
export interface JobTraits {
  /** About how much it writes. */
  readonly bytes: number;
  /** Whether it writes nothing before it throws a {@link LedgerError}; the transaction then goes on without it. */
  readonly refusesCleanly: boolean;
}

/** What the commit needs to know of its ledger. */
export interface GroupCommitHost {
  readonly tables: Tables;
  /** Throws where nothing may be written: the ledger was closed, its file is gone. */
  readonly beforeCommit: () => void;
  /** @param eventBytes about how many bytes the jobs of the transaction wrote, as far as they had told */
  readonly afterCommit: (eventBytes: number) => void;
  readonly translate: (error: unknown) => unknown;
}

/** A transaction takes in about so much, so that neither the log nor the wait for a turn grows without bound. */
const maxGroupBytes = 8 * 1024 * 1024;

/** The queue of one open ledger's writes. */
export class GroupCommit {
  private queue: Job[] = [];
  private running: Promise<void> | null = null;

  /** @param lockTimeoutMillis how long to wait for other processes' transactions before giving up */
  constructor(
    private readonly host: GroupCommitHost,
    private readonly lockTimeoutMillis: number,
  ) {}

  /** Runs `work` inside a write transaction and resolves once that is durable; what fails leaves nothing behind. */
  run<T>(traits: JobTraits, work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.queue.push({ ...traits, work, resolve: resolve as (value: unknown) => void, reject });
      this.running ??= this.drain();
    });
  }

  /** Resolves once nothing is waiting any more. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async drain(): Promise<void> {
    do {
      await nextTurn();
      const group = this.takeGroup();
      try {
        await this.beginWrite();
        await this.commitGroup(group);
      } catch (error) {
        this.rejectAll(group, error);
      }
    } while (this.queue.length > 0);
    this.running = null;
  }

  private takeGroup(): Job[] {
    let bytes = 0;
    const over = this.queue.findIndex((job, index) => (bytes += job.bytes) > maxGroupBytes && index > 0);
    return this.queue.splice(0, over === -1 ? this.queue.length : over);
  }

  private async commitGroup(group: readonly Job[]): Promise<void> {
    let outcomes: Outcome[];
    try {
      outcomes = this.finishTransaction(group);
    } catch (error) {
      if (group.length === 1) {
        throw error;
      }
      await this.commitOneByOne(group);
      return;
    }
    this.host.afterCommit(group.reduce((sum, { bytes }) => sum + bytes, 0));
    group.forEach((job, index) => {
      settle(job, outcomes[index]);
    });
  }

  /** One of several failed in a way that took the others back with it: only it may fail. */
  private async commitOneByOne(group: readonly Job[]): Promise<void> {
    for (const job of group) {
      try {
        await this.beginWrite();
        await this.commitGroup([job]);
      } catch (error) {
        this.rejectAll([job], error);
      }
    }
  }

  private rejectAll(jobs: readonly Job[], error: unknown): void {
    const translated = this.host.translate(error);
    for (const job of jobs) {
      job.reject(translated);
    }
  }

  /** Runs the jobs in the transaction that has begun, and commits it. */
  private finishTransaction(group: readonly Job[]): Outcome[] {
    const { tables, beforeCommit } = this.host;
    try {
      const outcomes = group.map(runJob);
      beforeCommit();
      tables.commit.run();
      return outcomes;
    } catch (error) {
      // SQLite takes some failures back by itself; a second ROLLBACK would hide the first error.
      if (tables.database.inTransaction) {
        tables.rollback.run();
      }
      throw error;
    }
  }

  /** Waits for the write lock without blocking the event loop for long. */
  private async beginWrite(): Promise<void> {
    const deadline = Date.now() + this.lockTimeoutMillis;
    for (;;) {
      try {
        this.host.tables.begin.run();
        return;
      } catch (error) {
        if (!isBusy(error) || Date.now() > deadline) {
          throw error;
        }
        await sleep(1 + Math.random() * 15);
      }
    }
  }
}

function runJob(job: Job): Outcome {
  try {
    return { value: job.work() };
  } catch (error) {
    if (job.refusesCleanly && error instanceof LedgerError) {
      return { refusal: error };
    }
    throw error;
  }
}

function settle(job: Job, outcome: Outcome | undefined): void {
  if (outcome === undefined || 'refusal' in outcome) {
    job.reject(outcome?.refusal);
  } else {
    job.resolve(outcome.value);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
