/**
 * From a trace's rows to events.
 *
 * A job is a task name. Nextflow writes a row a try, in the order in which tries end, and tells nowhere that two rows
 * are the same task: a row is another try of the first job of its name that failed last time (and, where the trace has
 * the column attempt, whose attempts it continues); otherwise it is a job of its own, the second of a name being
 * `name #2`. A later row so never changes what an earlier one gave.
 *
 * CPU time stays unmeasured: %cpu is an estimate of user and system time together, and of each nothing is told.
 */
import { emptyLists, eventText, notMeasured, plannedJobDrafts, type Draft } from '../drafts';
import { attemptExecution, unitExecution, type ImportScope } from '../identities';
import { countIgnored, type Findings } from '../importInput';
import { undatedWarning } from '../planFile';
import type { TraceTask } from './parseTrace';
import { taskTimes, type TaskTimes } from './taskTimes';

const toldBy = 'nextflow';

interface TaskJob {
  readonly job: string;
  tries: number;
  /** The attempt of the last try. */
  lastAttempt: number;
  /** The execution that failed last; null where the last try did not fail. */
  failedExecution: string | null;
}

/** Maps one trace; to be given its rows in order. */
export class TraceMapping {
  private readonly jobsByName = new Map<string, TaskJob[]>();

  /** @param timeless what rows that tell no time at all are dated */
  constructor(
    private readonly scope: ImportScope,
    private readonly timeless: number,
    private readonly findings: Findings,
  ) {}

  /** The events that follow from a row. */
  apply(task: TraceTask): Draft[] {
    const times = taskTimes(task) ?? this.withoutTimes();
    const { job, drafts } = this.jobOf(task, times);
    if (task.status === 'CACHED') {
      job.failedExecution = null;
      return [...drafts, reused(task, job, times, this.execution(task))];
    }
    drafts.push(queued(task, job, times));
    if (task.status === 'NEW' || task.status === 'SUBMITTED') {
      countIgnored(this.findings, `tasks that the run ended before they began (${task.status}), queued only`);
      return drafts;
    }
    const execution = this.execution(task);
    job.tries += 1;
    job.lastAttempt = task.attempt ?? job.tries;
    job.failedExecution = task.status === 'COMPLETED' ? null : execution;
    return [...drafts, started(task, job, times, execution), outcome(task, job, times, execution)];
  }

  private withoutTimes(): TaskTimes {
    this.findings.warnings.add(undatedWarning('rows tell no time (columns submit, start, complete)', this.timeless));
    return { queuedAtMicros: this.timeless, startedAtMicros: this.timeless, endedAtMicros: this.timeless };
  }

  private jobOf(task: TraceTask, times: TaskTimes): { job: TaskJob; drafts: Draft[] } {
    const jobs = this.jobsByName.get(task.name) ?? [];
    const again = jobs.find(
      (job) => job.failedExecution !== null && (task.attempt === null || task.attempt === job.lastAttempt + 1),
    );
    if (again?.failedExecution != null) {
      const retry: Draft = {
        occurredAtMicros: times.queuedAtMicros,
        event: { type: 'JobRetryScheduled', job: again.job, becauseOf: again.failedExecution, notBefore: null },
      };
      return { job: again, drafts: [retry] };
    }
    const number = jobs.length + 1;
    const job: TaskJob = {
      job: number === 1 ? task.name : `${task.name} #${String(number)}`,
      tries: 0,
      lastAttempt: 0,
      failedExecution: null,
    };
    this.jobsByName.set(task.name, [...jobs, job]);
    const planned = { job: job.job, task: task.process, dataId: null, kind: 'payload' as const, ...emptyLists };
    return { job, drafts: plannedJobDrafts(planned, times.queuedAtMicros) };
  }

  /**
   * The execution that a row is about. Nextflow's hash names the work of a task across runs: a cached row names the
   * execution that an earlier attempt of the unit stored, so the hash and not the attempt is in its identity.
   */
  private execution(task: TraceTask): string {
    return task.hash === null
      ? attemptExecution(this.scope, task.name, 'line', task.place.line)
      : unitExecution(this.scope, task.name, task.hash);
  }
}

function queued(task: TraceTask, job: TaskJob, times: TaskTimes): Draft {
  return {
    occurredAtMicros: times.queuedAtMicros,
    event: {
      type: 'JobQueued',
      job: job.job,
      batchJob: batchJobOf(task),
      requestedMemoryBytes: task.requestedMemoryBytes,
      requestedCpus: task.requestedCpus,
      requestedWallMicros: task.requestedWallMicros,
      queue: task.queue,
    },
  };
}

function started(task: TraceTask, job: TaskJob, times: TaskTimes, execution: string): Draft {
  return {
    occurredAtMicros: times.startedAtMicros,
    event: {
      type: 'ExecutionStarted',
      execution,
      job: job.job,
      task: task.process,
      dataId: null,
      tryNumber: task.attempt ?? job.tries,
      batchJob: batchJobOf(task),
      processId: null,
      host: task.host,
      allocation: null,
      executable: null,
      argv: [],
      // Nextflow keeps a task's output there: its documentation, "Task execution: work directory".
      logPath: task.workFolder === null ? null : `${task.workFolder}/.command.log`,
      environmentDigest: null,
      site: null,
    },
  };
}

function outcome(task: TraceTask, job: TaskJob, times: TaskTimes, execution: string): Draft {
  const metrics = { ...notMeasured, wallMicros: task.realtimeMicros, maxRssBytes: task.peakRssBytes };
  const common = { execution, job: job.job, metrics };
  const occurredAtMicros = times.endedAtMicros;
  if (task.status === 'COMPLETED') {
    const accepted =
      task.exitCode === null || task.exitCode === 0 ? [] : [`accepted exit code ${String(task.exitCode)}`];
    return { occurredAtMicros, event: { type: 'ExecutionSucceeded', ...common, caveats: accepted } };
  }
  if (task.status === 'FAILED') {
    return {
      occurredAtMicros,
      event: {
        type: 'ExecutionFailed',
        ...common,
        exitCode: task.exitCode,
        signal: null,
        failureClass: null,
        permanence: null,
        message: null,
        missingOutputs: [],
        caveats: [],
      },
    };
  }
  // ABORTED: Nextflow ended the task with the run; RUNNING: the run ended and nobody saw the task's end.
  const cause = task.status === 'ABORTED' ? 'evicted' : 'unheardOf';
  const evidence = eventText(`status ${task.status}: the run ended before the task did`);
  return { occurredAtMicros, event: { type: 'ExecutionLost', ...common, cause, toldBy, evidence } };
}

function reused(task: TraceTask, job: TaskJob, times: TaskTimes, fromExecution: string): Draft {
  return {
    occurredAtMicros: times.endedAtMicros,
    event: {
      type: 'JobReused',
      job: job.job,
      task: task.process,
      dataId: null,
      fromExecution,
      fromAttempt: null,
    },
  };
}

function batchJobOf(task: TraceTask): { scheduler: string; id: string; arrayIndex: null } | null {
  return task.nativeId === null ? null : { scheduler: toldBy, id: task.nativeId, arrayIndex: null };
}
