/** The one state that a job is in, from the facts that its row keeps. */
import type { JobRow } from './tables';

/** Every state of a job; a job is in exactly one. */
export const jobStates = [
  'planned',
  'queued',
  'held',
  'running',
  'lost',
  'succeeded',
  'failed',
  'skipped',
  'reused',
  'abandoned',
] as const;

/** One of {@link jobStates}. */
export type JobState = (typeof jobStates)[number];

/**
 * The rules, first that fits: what the last execution came to, unless a later word from the queue, a retry scheduled
 * because of it or an abandonment says what comes next; without an execution, reuse, skip, queue and plan in this order.
 */
export function jobState(job: JobRow): JobState {
  if (job.execution_state === 'succeeded') {
    return 'succeeded';
  }
  if (isAbandoned(job)) {
    return 'abandoned';
  }
  if (job.execution_state === null || job.execution_state === 'unheard') {
    return stateWithoutExecution(job);
  }
  if (job.execution_state === 'running') {
    return 'running';
  }
  if (isLater(job.skip_stamp, job.execution_stamp) && !isLater(job.queue_stamp, job.skip_stamp)) {
    return 'skipped';
  }
  if (isLater(job.queue_stamp, job.execution_stamp)) {
    return queueState(job);
  }
  return job.retry_of !== null && job.retry_of === job.execution ? 'queued' : job.execution_state;
}

/** Given up as such, or because of the execution that still is the last one heard of; a newer one is another chance. */
function isAbandoned({ abandon_stamp, abandon_because_of: because, execution }: JobRow): boolean {
  return abandon_stamp !== null && (because === null || execution === null || because === execution);
}

function stateWithoutExecution(job: JobRow): JobState {
  if (job.reused_stamp !== null) {
    return 'reused';
  }
  if (job.skip_stamp !== null && !isLater(job.queue_stamp, job.skip_stamp)) {
    return 'skipped';
  }
  return job.queue_stamp === null ? 'planned' : queueState(job);
}

function queueState(job: JobRow): JobState {
  return job.queue_state === 'held' ? 'held' : 'queued';
}

function isLater(stamp: string | null, than: string | null): boolean {
  return stamp !== null && (than === null || stamp > than);
}
