/** What a restart decides of a job. */
import type { WantedJob } from './wanted';

/** Why a job runs; README.md in this folder says when each is given. */
export const runReasons = [
  'neverRan',
  'failed',
  'lost',
  'outputWithdrawn',
  'definitionChanged',
  'inputsChanged',
  'environmentChanged',
  'upstreamChanged',
  'asked',
  'outputMissing',
  'outputPurged',
  'outputEmpty',
  'outputCorrupt',
  'framework',
] as const;

/** One of {@link runReasons}. */
export type RunReasonName = (typeof runReasons)[number];

/** The job runs. */
export interface RunDecision {
  readonly is: 'run';
  readonly reason: RunReasonName;
  readonly evidence: readonly string[];
  /** Whether what comes out may differ from what was there before. */
  readonly mayChange: boolean;
}

/** The job runs if what these others make differs from what it read. */
export interface RunIfChangedDecision {
  readonly is: 'runIfChanged';
  readonly on: readonly WantedJob[];
}

/** What stands is taken over. */
export interface ReuseDecision {
  readonly is: 'reuse';
}

/** The job should not run, or cannot. */
export interface LeaveDecision {
  readonly is: 'leave';
  readonly reason: 'permanentFailure' | 'vetoed' | 'inputsUnmet';
  readonly evidence: readonly string[];
  /** The execution that failed for good. */
  readonly execution: string | null;
  readonly failureClass: string | null;
  /** Why it would run if it could; null where it should not. */
  readonly wouldRun: RunDecision | null;
}

/** One of the four. */
export type Decision = RunDecision | RunIfChangedDecision | ReuseDecision | LeaveDecision;
