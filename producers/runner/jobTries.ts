/** How often a job has been tried, and whether it is tried again. */
import type { PlannedJob } from '../../pipelines/plan';
import { backoffMillis } from '../sidecar/retry';

/** What decides about further tries. */
export interface TryRules {
  /** The first wait between tries, seconds; it doubles. */
  readonly backoffSeconds: number;
  /** How many more tries a job gets after failures of the infrastructure. */
  readonly infrastructureRetries: number;
}

/** The tries of one job. */
export class JobTries {
  /** The executions that there were, from 0. */
  executions = 0;
  private afterTransient = 0;
  private afterInfrastructure = 0;

  constructor(
    private readonly job: PlannedJob,
    private readonly rules: TryRules,
  ) {}

  /** The wait before the next try, milliseconds; null where there is none. Counts it. */
  afterTransientFailure(): number | null {
    if (this.afterTransient >= this.job.task.execution.retries) {
      return null;
    }
    this.afterTransient += 1;
    return backoffMillis(this.rules.backoffSeconds, this.afterTransient, 'transient', Math.random());
  }

  /** The same after a failure of the infrastructure, of which a job has a number of its own. */
  afterInfrastructureFailure(): number | null {
    if (this.afterInfrastructure >= this.rules.infrastructureRetries) {
      return null;
    }
    this.afterInfrastructure += 1;
    return backoffMillis(this.rules.backoffSeconds, this.afterInfrastructure, 'infrastructure', Math.random());
  }
}
