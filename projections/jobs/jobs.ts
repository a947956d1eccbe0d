/** The jobs view: the state of every job in every attempt, the history of its executions, counts by task. */
import type { ExecutionStarted, Header, JobPlanned, JobReused, LedgerEvent } from '../../schemas';
import type { ExecutionOutcome } from '../executionFacts';
import type { Projection, Tables } from '../projection';
import { RowDrafts, type Draft } from '../rowDrafts';
import { scopeOf } from '../scope';
import { agreed, stampOf, supersedes } from '../statementOrder';
import { unheardExecution, withOutcome, withStart } from './executions';
import { applyAttempt, applyCampaign, applyNote, applyVeto } from './frame';
import { jobState, jobStates, type JobState } from './jobState';
import {
  attemptsTable,
  campaignsTable,
  executionsTable,
  jobCountsTable,
  jobsTable,
  jobUpstreamsTable,
  notesTable,
  vetoesTable,
  type ExecutionRow,
  type JobCountRow,
  type JobRow,
} from './tables';

/** See the file's head. */
export const jobsProjection: Projection = {
  name: 'jobs',
  version: 2,
  tables: [
    jobsTable,
    executionsTable,
    jobCountsTable,
    attemptsTable,
    jobUpstreamsTable,
    campaignsTable,
    vetoesTable,
    notesTable,
  ],
  folds: {
    ExecutionStarted: applyExecution,
    ExecutionSucceeded: applyExecution,
    ExecutionFailed: applyExecution,
    ExecutionLost: applyExecution,
    JobPlanned: applyPlan,
    JobQueued: applyJobFact,
    JobHeld: applyJobFact,
    JobReleased: applyJobFact,
    JobReused: applyJobFact,
    JobSkipped: applyJobFact,
    JobRetryScheduled: applyJobFact,
    JobAbandoned: applyJobFact,
    AttemptStarted: applyAttempt,
    AttemptEnded: applyAttempt,
    CampaignDeclared: applyCampaign,
    DataIdVetoed: applyVeto,
    VetoLifted: applyVeto,
    OperatorNoted: applyNote,
  },
};

function applyExecution(event: ExecutionStarted | ExecutionOutcome, tables: Tables): void {
  const executions = tables.of(executionsTable);
  const { campaign, unit, attempt } = scopeOf(event.header);
  const known = executions.get(event.execution, campaign, unit, attempt, event.job);
  const before = known ?? unheardExecution(event);
  const after = event.type === 'ExecutionStarted' ? withStart(before, event) : withOutcome(before, event);
  if (after !== undefined) {
    executions.put(after);
  }
  updateJob(event, tables, (job) => {
    if (event.type === 'ExecutionStarted') {
      agreeOnNames(job, event);
    }
    if (after !== undefined) {
      const last = lastExecution(job, known, after, tables);
      job.executions += known === undefined ? 1 : 0;
      job.execution = last.execution;
      job.execution_state = last.state;
      job.execution_stamp = last.end_stamp ?? last.lost_stamp ?? last.start_stamp;
    }
    return true;
  });
}

/** Task and data ID, which many events repeat: agreed on over all of them, also those that count for nothing else. */
function agreeOnNames(job: Draft<JobRow>, event: ExecutionStarted | JobPlanned | JobReused): void {
  job.task = agreed(job.task, event.task);
  job.data_id = agreed(job.data_id, event.dataId);
}

/**
 * The execution that counts, the last by (try number, started, UUID), after one of the job's executions has changed. All
 * of them are read only where the one that counted comes to rank lower.
 */
function lastExecution(
  { campaign, unit, attempt, job, execution }: JobRow,
  known: ExecutionRow | undefined,
  after: ExecutionRow,
  tables: Tables,
): ExecutionRow {
  const executions = tables.of(executionsTable);
  if (execution === after.execution) {
    return known !== undefined && ranksAbove(known, after)
      ? executions
          .scan('by_job', campaign, unit, attempt, job)
          .reduce((last, row) => (ranksAbove(row, last) ? row : last))
      : after;
  }
  const last = execution === null ? undefined : executions.get(execution, campaign, unit, attempt, job);
  return last === undefined || ranksAbove(after, last) ? after : last;
}

/** An unknown number or time ranks lowest. */
function ranksAbove(a: ExecutionRow, b: ExecutionRow): boolean {
  const tries = (a.try_number ?? 0) - (b.try_number ?? 0);
  const started = (a.started_at_us ?? Number.NEGATIVE_INFINITY) - (b.started_at_us ?? Number.NEGATIVE_INFINITY);
  return tries !== 0 ? tries > 0 : started > 0 || (!(started < 0) && a.execution > b.execution);
}

function applyPlan(event: JobPlanned, tables: Tables): void {
  updateJob(event, tables, (job) => {
    agreeOnNames(job, event);
    job.planned = 1;
    job.kind = agreed(job.kind, event.kind);
    return true;
  });
  const upstreams = tables.of(jobUpstreamsTable);
  const { campaign, unit, attempt } = scopeOf(event.header);
  const { job } = event;
  for (const upstream_job of event.upstreamJobs) {
    upstreams.put({ campaign, unit, attempt, job, upstream_job });
  }
}

type JobFact = Extract<
  LedgerEvent,
  {
    type: 'JobQueued' | 'JobHeld' | 'JobReleased' | 'JobReused' | 'JobSkipped' | 'JobRetryScheduled' | 'JobAbandoned';
  }
>;

function applyJobFact(event: JobFact, tables: Tables): void {
  updateJob(event, tables, (job) => tellJobFact(job, event));
}

/** Tells a job what an event states about it; false where a later statement of the kind is known already. */
function tellJobFact(job: Draft<JobRow>, event: JobFact): boolean {
  const stamp = stampOf(event.header);
  switch (event.type) {
    case 'JobQueued':
    case 'JobHeld':
    case 'JobReleased':
      tellQueueFact(job, event, stamp);
      return true;
    case 'JobReused':
      agreeOnNames(job, event);
      if (supersedes(stamp, job.reused_stamp)) {
        job.reused_execution = event.fromExecution;
        job.reused_stamp = stamp;
      }
      return true;
    case 'JobSkipped':
      if (!supersedes(stamp, job.skip_stamp)) return false;
      job.skip_reason = event.reason;
      job.skip_because_of = event.becauseOfJob;
      job.skip_stamp = stamp;
      return true;
    case 'JobRetryScheduled':
      if (!supersedes(stamp, job.retry_stamp)) return false;
      job.retry_of = event.becauseOf;
      job.retry_stamp = stamp;
      return true;
    case 'JobAbandoned':
      if (!supersedes(stamp, job.abandon_stamp)) return false;
      job.abandon_reason = event.reason;
      job.abandon_class = event.failureClass;
      job.abandon_because_of = event.becauseOf;
      job.abandon_stamp = stamp;
      return true;
  }
}

function tellQueueFact(
  job: Draft<JobRow>,
  event: Extract<JobFact, { type: 'JobQueued' | 'JobHeld' | 'JobReleased' }>,
  stamp: string,
): void {
  // The batch job is agreed on, not taken from the last statement: a hold does not say it.
  const batch = event.type === 'JobQueued' ? event.batchJob : null;
  job.batch_scheduler = agreed(job.batch_scheduler, batch?.scheduler ?? null);
  job.batch_id = agreed(job.batch_id, batch?.id ?? null);
  if (supersedes(stamp, job.queue_stamp)) {
    job.queue_state = event.type === 'JobQueued' ? 'queued' : event.type === 'JobHeld' ? 'held' : 'released';
    job.queue_stamp = stamp;
    job.queue_reason = event.type === 'JobQueued' ? null : event.reason;
  }
}

/**
 * Changes a job's row, its state, and the counts that follow from it.
 * @param tell changes the row; false where it has nothing to change
 */
function updateJob(
  event: { readonly header: Header; readonly job: string },
  tables: Tables,
  tell: (job: Draft<JobRow>) => boolean,
): void {
  const jobs = tables.of(jobsTable);
  const { campaign, unit, attempt } = scopeOf(event.header);
  const known = jobs.get(campaign, unit, attempt, event.job);
  const after = jobDrafts.copyOf(known);
  if (known === undefined) {
    after.campaign = campaign;
    after.unit = unit;
    after.attempt = attempt;
    after.job = event.job;
  }
  if (!tell(after)) {
    return;
  }
  after.state = jobState(after);
  jobs.put(after);
  if (known?.state !== after.state || known.task !== after.task) {
    recount(known, after, tables);
  }
}

const jobDrafts = new RowDrafts<JobRow>({
  campaign: '',
  unit: '',
  attempt: 0,
  job: '',
  task: null,
  data_id: null,
  kind: null,
  state: 'planned',
  planned: 0,
  execution: null,
  execution_state: null,
  execution_stamp: null,
  executions: 0,
  queue_state: null,
  queue_stamp: null,
  queue_reason: null,
  batch_scheduler: null,
  batch_id: null,
  skip_reason: null,
  skip_because_of: null,
  skip_stamp: null,
  reused_execution: null,
  reused_stamp: null,
  abandon_reason: null,
  abandon_class: null,
  abandon_because_of: null,
  abandon_stamp: null,
  retry_of: null,
  retry_stamp: null,
});

const noJobs = Object.fromEntries(jobStates.map((state) => [state, 0])) as Record<JobState, number>;

const countDrafts = new RowDrafts<JobCountRow>({ campaign: '', unit: '', attempt: 0, task: '', ...noJobs });

/** Counts a job in its state and task as it is now, and no longer as it was. */
function recount(before: JobRow | undefined, after: JobRow, tables: Tables): void {
  if (before === undefined) {
    count(after, null, after.state, tables);
  } else if (before.task === after.task) {
    count(after, before.state, after.state, tables);
  } else {
    count(before, before.state, null, tables);
    count(after, null, after.state, tables);
  }
}

/** Counts one job of a task less in one state and one more in another. */
function count(
  { campaign, unit, attempt, task }: JobRow,
  from: JobState | null,
  to: JobState | null,
  tables: Tables,
): void {
  const counts = tables.of(jobCountsTable);
  const name = task ?? '';
  const known = counts.get(campaign, unit, attempt, name);
  const after = countDrafts.copyOf(known);
  if (known === undefined) {
    after.campaign = campaign;
    after.unit = unit;
    after.attempt = attempt;
    after.task = name;
  }
  if (from !== null) {
    after[from] -= 1;
  }
  if (to !== null) {
    after[to] += 1;
  }
  if (jobStates.every((state) => after[state] === 0)) {
    counts.delete(campaign, unit, attempt, name);
  } else {
    counts.put(after);
  }
}
