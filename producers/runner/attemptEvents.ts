/** What the runner says of jobs that its sidecars say nothing of, as drafts. */
import type { PlanScope } from '../../pipelines/fileNames';
import type { PlannedJob } from '../../pipelines/plan';
import { nowMicros, type DraftHeader, type EventDraft } from '../outbox/draft';
import type { Decision } from './schedule';

/** Who says so, in the events that name it. */
export const runnerName = 'tractledger run';

/** What became of an attempt, in the words of AttemptEnded. */
export type AttemptOutcome = 'complete' | 'partial' | 'stopped';

/** The events of one attempt. */
export class AttemptEvents {
  constructor(private readonly scope: PlanScope) {}

  /** JobReused, JobSkipped or JobAbandoned. */
  decision(decision: Decision): EventDraft {
    const { job } = decision;
    const header = this.header();
    switch (decision.kind) {
      case 'reused': {
        const { execution: fromExecution, attempt: fromAttempt } = decision.from;
        return { type: 'JobReused', header, ...named(job), dataId: job.dataId, fromExecution, fromAttempt };
      }
      case 'skipped':
        return {
          type: 'JobSkipped',
          header,
          job: job.name,
          reason: decision.reason,
          becauseOfJob: decision.because,
        };
      case 'left': {
        const { failureClass, execution: becauseOf } = decision.left;
        return this.abandoned(job, failureClass, becauseOf);
      }
    }
  }

  /** JobAbandoned: the job is not tried again. */
  abandoned(job: PlannedJob, failureClass: string | null, becauseOf: string | null): EventDraft {
    const said = { reason: 'permanent', failureClass, becauseOf, abandonedBy: runnerName };
    return { type: 'JobAbandoned', header: this.header(), job: job.name, ...said };
  }

  /** JobRetryScheduled. @param notBefore microseconds since 1970, or null for at once */
  retry(job: PlannedJob, becauseOf: string, notBefore: number | null): EventDraft {
    return { type: 'JobRetryScheduled', header: this.header(), job: job.name, becauseOf, notBefore };
  }

  /** AttemptEnded. */
  ended(outcome: AttemptOutcome, endedBy: string | null): EventDraft {
    return { type: 'AttemptEnded', header: this.header(), outcome, endedBy };
  }

  private header(): DraftHeader {
    return { occurredAt: nowMicros(), ...this.scope };
  }
}

function named({ name, task }: PlannedJob): { readonly job: string; readonly task: string } {
  return { job: name, task: task.name };
}
