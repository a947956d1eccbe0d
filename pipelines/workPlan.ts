/**
 * What a new attempt is to do with each job of its plan: run it, run it only if what it reads has changed, take over what
 * an earlier execution made, or leave it. A restart is planned in these words and the runner does what they say.
 */
import type { Plan } from './plan';

/** Why a job runs: one of the words below, and what that rests on. */
export interface RunReason {
  /**
   * neverRan, failed, lost, outputMissing, outputPurged, outputEmpty, outputCorrupt, inputsChanged, definitionChanged,
   * environmentChanged, upstreamChanged, framework or asked.
   */
  readonly reason: string;
  /** Sentences for people: executions, files, positions. */
  readonly evidence: readonly string[];
}

/** One file as an earlier execution made it. */
export interface ReusedFile {
  /** The logical path under which it lies on disk: the earlier attempt's name for it. */
  readonly path: string;
  /** The execution that made it. */
  readonly execution: string;
  readonly sizeBytes: number | null;
  readonly md5: string | null;
  readonly contentDigest: string | null;
}

/** What an earlier execution of a job made. */
export interface ReusedJob {
  readonly execution: string;
  /** The attempt of that execution; null where unknown. */
  readonly attempt: number | null;
  /** By the path that the new plan gives it. A planned output that is not here is not there: absent, or purged. */
  readonly files: ReadonlyMap<string, ReusedFile>;
}

/** Why a job is left as it is. */
export interface LeftJob {
  /** permanentFailure (it would fail again) or vetoed. */
  readonly reason: 'permanentFailure' | 'vetoed';
  /** The execution that failed for good; null where there is none. */
  readonly execution: string | null;
  /** The class of that failure. */
  readonly failureClass: string | null;
}

/**
 * What one attempt does. Each job of the plan, by name, stands in exactly one of `run`, `runIfChanged`, `reuse` and
 * `leave`.
 */
export interface WorkPlan {
  /** The plan of the new attempt. */
  readonly plan: Plan;
  readonly run: ReadonlyMap<string, RunReason>;
  /** Runs if what these upstream jobs made anew differs from what the job read before, by its dataset type's sameness. */
  readonly runIfChanged: ReadonlyMap<string, { readonly on: readonly string[] }>;
  readonly reuse: ReadonlyMap<string, ReusedJob>;
  readonly leave: ReadonlyMap<string, LeftJob>;
  /**
   * For jobs of `run` and `runIfChanged`: what they made before, where that is known. Those of `runIfChanged` all have
   * it; it is what is taken over if they need not run.
   */
  readonly previous: ReadonlyMap<string, ReusedJob>;
}

/** The work of an attempt that takes nothing over: every job runs but those that are to be left. */
export function freshWorkPlan(plan: Plan, leave: ReadonlyMap<string, LeftJob> = new Map()): WorkPlan {
  const run = new Map<string, RunReason>();
  for (const { name } of plan.jobs) {
    if (!leave.has(name)) {
      run.set(name, { reason: 'neverRan', evidence: [] });
    }
  }
  return { plan, run, runIfChanged: new Map(), reuse: new Map(), leave, previous: new Map() };
}
