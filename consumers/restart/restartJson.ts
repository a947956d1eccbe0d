/** A restart plan as programs are told it. */
import { costOf } from './costs';
import type { RestartPlan } from './planRestart';

/** The documented shape; lists are in the order in which the jobs could run. */
export interface RestartJson {
  readonly campaign: string;
  readonly unit: string;
  /** The attempt that this would be. */
  readonly attempt: number;
  readonly resumedFromAttempt: number;
  readonly run: readonly {
    readonly job: string;
    readonly task: string;
    readonly reason: string;
    readonly evidence: readonly string[];
    readonly cpuSeconds: number | null;
  }[];
  readonly runIfChanged: readonly {
    readonly job: string;
    readonly task: string;
    readonly on: readonly string[];
    readonly cpuSeconds: number | null;
  }[];
  readonly reuse: readonly {
    readonly job: string;
    readonly task: string;
    readonly execution: string;
    readonly attempt: number;
  }[];
  readonly leave: readonly {
    readonly job: string;
    readonly task: string;
    readonly reason: string;
    readonly evidence: readonly string[];
  }[];
  /** Executions that may still be running. */
  readonly alive: readonly { readonly job: string; readonly execution: string; readonly host: string | null }[];
  /** Null where nothing is known of any of the jobs. */
  readonly cpuSecondsToRun: number | null;
  readonly cpuSecondsIfChanged: number | null;
  readonly cpuSecondsSaved: number | null;
  /** Jobs of which no CPU time is known; the sums leave them out. */
  readonly jobsWithoutCpuTime: number;
}

/** See {@link RestartJson}. */
export function restartJson(restart: RestartPlan): RestartJson {
  const { ground, decisions, pasts, cpuEstimates } = restart;
  const run: RestartJson['run'][number][] = [];
  const runIfChanged: RestartJson['runIfChanged'][number][] = [];
  const reuse: RestartJson['reuse'][number][] = [];
  const leave: RestartJson['leave'][number][] = [];
  for (const [job, decision] of decisions) {
    const { name } = job;
    const task = job.task.name;
    const cpuSeconds = cpuEstimates.get(job) ?? null;
    switch (decision.is) {
      case 'run':
        run.push({ job: name, task, reason: decision.reason, evidence: decision.evidence, cpuSeconds });
        break;
      case 'runIfChanged':
        runIfChanged.push({ job: name, task, on: decision.on.map((other) => other.name), cpuSeconds });
        break;
      case 'leave':
        leave.push({ job: name, task, reason: decision.reason, evidence: decision.evidence });
        break;
      case 'reuse': {
        const maker = pasts.get(job)?.standing?.maker;
        reuse.push({ job: name, task, execution: maker?.execution ?? '', attempt: maker?.attempt ?? 0 });
      }
    }
  }
  const costs = (['run', 'runIfChanged', 'reuse'] as const).map((is) => costOf(decisions, cpuEstimates, is));
  const [toRun, ifChanged, saved] = costs;
  return {
    ...ground.scope,
    attempt: ground.lastAttempt + 1,
    resumedFromAttempt: ground.lastAttempt,
    run,
    runIfChanged,
    reuse,
    leave,
    alive: ground.alive.map(({ job, execution, host }) => ({ job, execution, host })),
    cpuSecondsToRun: toRun?.cpuSeconds ?? null,
    cpuSecondsIfChanged: ifChanged?.cpuSeconds ?? null,
    cpuSecondsSaved: saved?.cpuSeconds ?? null,
    jobsWithoutCpuTime: costs.reduce((sum, { unknownJobs }) => sum + unknownJobs, 0),
  };
}
