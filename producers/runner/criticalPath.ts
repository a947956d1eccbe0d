/** Which job goes first: the one with the most work waiting behind it. */
import type { PlannedJob } from '../../pipelines/plan';

/** What a job of a task without a hint counts for, seconds. */
const unknownSeconds = 1;

/** How long a job is expected to take, seconds, by its task's hints. */
export function expectedSeconds({ task: { execution } }: PlannedJob): number {
  return Math.max(execution.wallSeconds ?? execution.cpuSeconds ?? unknownSeconds, 0);
}

/**
 * For each job the seconds from its start to the end of the longest chain of jobs that begins with it.
 * @param jobs each after those upstream of it
 */
export function criticalPathSeconds(jobs: readonly PlannedJob[]): ReadonlyMap<PlannedJob, number> {
  const behind = new Map<PlannedJob, number>();
  const seconds = new Map<PlannedJob, number>();
  for (let place = jobs.length - 1; place >= 0; place -= 1) {
    const job = jobs[place];
    if (job !== undefined) {
      const own = expectedSeconds(job) + (behind.get(job) ?? 0);
      seconds.set(job, own);
      for (const upstream of job.upstream) {
        behind.set(upstream, Math.max(behind.get(upstream) ?? 0, own));
      }
    }
  }
  return seconds;
}
