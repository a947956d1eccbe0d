/** The events about one node's runs, as drafts: everything that needs no memory of the log. */
import type { BatchJob, Metrics } from '../../../schemas';
import { eventText, notMeasured, type Draft } from '../drafts';
import type { EndedRun, NodeState, Proc, Run } from './nodeStates';

/** Who says what the log says. */
const toldBy = 'htcondor';

/** The job waits in HTCondor's queue. */
export function queued(node: NodeState, proc: Proc, at: number): Draft {
  return {
    occurredAtMicros: at,
    event: {
      type: 'JobQueued',
      job: node.job,
      batchJob: batchJobOf(proc),
      requestedMemoryBytes: null,
      requestedCpus: null,
      requestedWallMicros: null,
      queue: null,
    },
  };
}

/** Where a run runs. */
export interface RunPlace {
  readonly host: string | null;
  readonly slotName: string | null;
}

/** A run begins. */
export function started(node: NodeState, proc: Proc, run: Run, tryNumber: number, where: RunPlace): Draft {
  return {
    occurredAtMicros: run.startedAtMicros,
    event: {
      type: 'ExecutionStarted',
      execution: run.execution,
      job: node.job,
      task: node.task,
      dataId: null,
      tryNumber,
      batchJob: batchJobOf(proc),
      processId: null,
      host: where.host,
      allocation: where.slotName,
      executable: null,
      argv: [],
      logPath: null,
      environmentDigest: null,
      site: null,
    },
  };
}

/** What is known of a run that has no outcome. */
export type LostRun = Pick<EndedRun, 'run' | 'endedAtMicros' | 'usage'>;

/** A run left its machine without an outcome. */
export function lost(node: NodeState, ended: LostRun, cause: string, evidence: string): Draft {
  return {
    occurredAtMicros: ended.endedAtMicros,
    event: {
      type: 'ExecutionLost',
      execution: ended.run.execution,
      job: node.job,
      cause,
      toldBy,
      evidence: eventText(evidence),
      metrics: metricsOf(ended),
    },
  };
}

/** A run ended well, or the node takes it so. */
export function succeeded(node: NodeState, ended: EndedRun, caveats: readonly string[]): Draft {
  const metrics = metricsOf(ended);
  return {
    occurredAtMicros: ended.endedAtMicros,
    event: {
      type: 'ExecutionSucceeded',
      execution: ended.run.execution,
      job: node.job,
      metrics,
      caveats: [...ended.caveats, ...caveats, ...sampled(metrics.maxRssBytes)],
    },
  };
}

/** A run ended badly, or the node takes it so. */
export function failed(node: NodeState, ended: EndedRun, message: string | null): Draft {
  const metrics = metricsOf(ended);
  return {
    occurredAtMicros: ended.endedAtMicros,
    event: {
      type: 'ExecutionFailed',
      execution: ended.run.execution,
      job: node.job,
      exitCode: ended.termination.exitCode,
      signal: ended.termination.signal,
      failureClass: null,
      permanence: null,
      message: eventText(message ?? ended.message),
      missingOutputs: [],
      metrics,
      caveats: [...ended.caveats, ...sampled(metrics.maxRssBytes)],
    },
  };
}

/** The job is held, with the scheduler's reason and its codes. */
export function held(node: NodeState, at: number, reason: string | null, codes: string | null): Draft {
  const text = [reason, codes].filter((part) => part !== null).join(' ');
  return { occurredAtMicros: at, event: { type: 'JobHeld', job: node.job, reason: eventText(text), heldBy: toldBy } };
}

/** The job is let go again. */
export function released(node: NodeState, at: number, reason: string | null): Draft {
  return {
    occurredAtMicros: at,
    event: { type: 'JobReleased', job: node.job, reason: eventText(reason), releasedBy: null },
  };
}

/** The job will not run. */
export function skipped(
  node: NodeState,
  at: number,
  reason: 'upstreamFailed' | 'cancelled',
  becauseOfJob: string | null,
): Draft {
  return { occurredAtMicros: at, event: { type: 'JobSkipped', job: node.job, reason, becauseOfJob } };
}

/** The job will be tried again. */
export function retryScheduled(node: NodeState, at: number, becauseOf: string): Draft {
  return { occurredAtMicros: at, event: { type: 'JobRetryScheduled', job: node.job, becauseOf, notBefore: null } };
}

/** The job is done before the DAG began, by an execution that its log does not name. */
export function reused(node: NodeState, at: number, fromExecution: string): Draft {
  return {
    occurredAtMicros: at,
    event: { type: 'JobReused', job: node.job, task: node.task, dataId: null, fromExecution, fromAttempt: null },
  };
}

function batchJobOf(proc: Proc): BatchJob | null {
  return proc.batchJobId === null ? null : { scheduler: toldBy, id: proc.batchJobId, arrayIndex: null };
}

function metricsOf(ended: LostRun): Metrics {
  const wallMicros = ended.endedAtMicros - ended.run.startedAtMicros;
  return {
    ...notMeasured,
    ...(ended.usage ?? {}),
    // A clock that was set back measures nothing.
    wallMicros: wallMicros < 0 || !ended.run.isExecuted ? null : wallMicros,
    maxRssBytes: ended.run.maxRssBytes,
  };
}

/** HTCondor samples memory every few minutes: a peak between two samples is not seen. */
function sampled(maxRssBytes: number | null): readonly string[] {
  return maxRssBytes === null ? [] : ['maxRssSampled'];
}
