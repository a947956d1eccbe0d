/** A plan in numbers. */
import type { Plan, PlannedJob } from './plan';

/** How large a plan is. */
export interface PlanNumbers {
  readonly jobs: number;
  readonly jobsByTask: Readonly<Record<string, number>>;
  /** Files to be made, by dataset type. */
  readonly filesByDatasetType: Readonly<Record<string, number>>;
  /** Registered files that are read, by dataset type. */
  readonly registeredByDatasetType: Readonly<Record<string, number>>;
  readonly inputReferences: number;
  readonly outputReferences: number;
  /** Pairs of a job and one that waits for it. */
  readonly edges: number;
  /** Jobs on the longest way from one that waits for nothing to one that nothing waits for. */
  readonly longestPathJobs: number;
  /** CPU time by the tasks' hints; null where no task has one. */
  readonly cpuSeconds: number | null;
}

/** The numbers of a plan. */
export function planNumbers({ jobs, expected, registered, pipeline }: Plan): PlanNumbers {
  const jobsByTask = new Map([...pipeline.definition.tasks.keys()].map((task) => [task, 0]));
  const depths = new Map<PlannedJob, number>();
  let inputReferences = 0;
  let outputReferences = 0;
  let edges = 0;
  let longestPathJobs = 0;
  let cpuSeconds: number | null = null;
  // A job stands behind those it waits for, so their depths are known.
  for (const job of jobs) {
    jobsByTask.set(job.task.name, (jobsByTask.get(job.task.name) ?? 0) + 1);
    inputReferences += count(job.inputs);
    outputReferences += count(job.outputs);
    edges += job.upstream.length;
    const depth = 1 + job.upstream.reduce((deepest, upstream) => Math.max(deepest, depths.get(upstream) ?? 0), 0);
    depths.set(job, depth);
    longestPathJobs = Math.max(longestPathJobs, depth);
    const hint = job.task.execution.cpuSeconds;
    cpuSeconds = hint === null ? cpuSeconds : (cpuSeconds ?? 0) + hint;
  }
  return {
    jobs: jobs.length,
    jobsByTask: Object.fromEntries(jobsByTask),
    filesByDatasetType: Object.fromEntries(expected),
    registeredByDatasetType: Object.fromEntries(registered),
    inputReferences,
    outputReferences,
    edges,
    longestPathJobs,
    cpuSeconds,
  };
}

function count(lists: readonly (readonly unknown[])[]): number {
  return lists.reduce((sum, list) => sum + list.length, 0);
}
