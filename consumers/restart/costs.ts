/** What the jobs of a restart would cost in CPU time, and what those saved would have cost. */
import type { Decided } from './decide';
import type { Decision } from './decision';
import type { PastExecution } from './history';
import type { UnitHistory } from './unitHistory';
import { ByJob, type WantedJob } from './wanted';

/** CPU time of the jobs decided alike. */
export interface Cost {
  readonly jobs: number;
  /** Null where nothing is known of any of them. */
  readonly cpuSeconds: number | null;
  /** Jobs of which nothing is known, and which the sum leaves out. */
  readonly unknownJobs: number;
}

/** Estimates of CPU time, seconds. */
export type CpuEstimates = Pick<ByJob<number | null>, 'get'>;

/** A job's CPU time as it was measured last; else the mean of its task's successful executions, else the task's hint. */
export function estimateCpu(history: UnitHistory, { pasts }: Decided): CpuEstimates {
  const estimates = new ByJob<number | null>(history.wanted.jobs);
  const tasks = new Map<string, { micros: number; count: number }>();
  for (const job of history.wanted.jobs) {
    const maker = pasts.get(job)?.standing?.maker;
    const micros = maker?.cpuMicros ?? lastMeasured(history, job);
    estimates.set(job, micros === null ? null : micros / 1e6);
    if (maker?.cpuMicros != null) {
      const task = tasks.get(job.task.name);
      if (task === undefined) {
        tasks.set(job.task.name, { micros: maker.cpuMicros, count: 1 });
      } else {
        task.micros += maker.cpuMicros;
        task.count += 1;
      }
    }
  }
  for (const [job, measured] of estimates) {
    if (measured === null) {
      const task = tasks.get(job.task.name);
      estimates.set(
        job,
        task === undefined ? job.task.execution.cpuSeconds : Math.round(task.micros / task.count) / 1e6,
      );
    }
  }
  return estimates;
}

/** A failed execution may have ended early: only a successful one tells what the job costs. */
function lastMeasured(history: UnitHistory, job: WantedJob): number | null {
  const isMeasured = ({ state, cpuMicros }: PastExecution): boolean => state === 'succeeded' && cpuMicros !== null;
  return history.executionsOf(job).findLast(isMeasured)?.cpuMicros ?? null;
}

/** The cost of all jobs with one kind of decision. */
export function costOf(decisions: Decided['decisions'], estimates: CpuEstimates, is: Decision['is']): Cost {
  const jobs: WantedJob[] = [];
  for (const [job, decision] of decisions) {
    if (decision.is === is) {
      jobs.push(job);
    }
  }
  return sumOf(jobs, estimates);
}

/** The cost of some jobs. */
export function sumOf(jobs: readonly WantedJob[], estimates: CpuEstimates): Cost {
  let known = 0;
  let micros = 0; // so that the sum does not depend on the order
  for (const job of jobs) {
    const seconds = estimates.get(job) ?? null;
    if (seconds !== null) {
      known += 1;
      micros += Math.round(seconds * 1e6);
    }
  }
  return {
    jobs: jobs.length,
    cpuSeconds: known === 0 && jobs.length > 0 ? null : micros / 1e6,
    unknownJobs: jobs.length - known,
  };
}
