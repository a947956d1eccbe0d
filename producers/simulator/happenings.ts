/** What happens in a simulated attempt, before anyone has recorded it. Times are microseconds since the attempt began. */
import type { PlannedFile, PlannedJob } from '../../pipelines/plan';

/** One execution of a job. */
export interface Run {
  readonly job: PlannedJob;
  /** The job's place in the plan. */
  readonly place: number;
  /** From 1. */
  readonly tryNumber: number;
  /** From 0. */
  readonly host: number;
  readonly startMicros: number;
  /** The planned inputs that are there. */
  readonly inputs: readonly PlannedFile[];
}

/** How a run ended. */
export type Ending =
  | { readonly kind: 'succeeded' }
  | {
      readonly kind: 'failed';
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly failureClass: string;
      readonly permanence: 'permanent' | 'transient' | 'infrastructure';
      readonly message: string;
    }
  | { readonly kind: 'lost'; readonly cause: 'nodeFailure' | 'unheardOf'; readonly evidence: string };

/** One thing that happened. */
export type Happening = { readonly atMicros: number } & (
  | { readonly kind: 'started'; readonly run: Run }
  | { readonly kind: 'ended'; readonly run: Run; readonly ending: Ending }
  | { readonly kind: 'retryScheduled'; readonly run: Run; readonly notBeforeMicros: number }
  | { readonly kind: 'abandoned'; readonly run: Run; readonly failureClass: string }
  | { readonly kind: 'skipped'; readonly job: PlannedJob; readonly becauseOf: PlannedJob }
  | { readonly kind: 'hostLost'; readonly host: number }
  | { readonly kind: 'noted'; readonly text: string }
  | {
      readonly kind: 'purged';
      /** The place of the job that made them. */ readonly place: number;
      readonly files: readonly PlannedFile[];
    }
  | { readonly kind: 'attemptEnded'; readonly isComplete: boolean }
);
