/** What the mapping remembers of DAG nodes, their submissions and the procs of these. */
import type { DagNode } from './dag';
import type { CpuUsage, Termination } from './recordParts';

/** A run of a proc that has begun. */
export interface Run {
  readonly execution: string;
  readonly startedAtMicros: number;
  /** False where the log has no execute record: NOOP nodes, bad executables, nodes that a script decided. */
  readonly isExecuted: boolean;
  /** The largest memory told so far, bytes; null where none was. */
  readonly maxRssBytes: number | null;
  /** Takes note of a measurement of its memory, which may be missing. */
  growMemory(bytes: number | null): void;
}

/** A run that begins. */
export function newRun(execution: string, startedAtMicros: number, isExecuted: boolean): Run {
  let maxRssBytes: number | null = null;
  return {
    execution,
    startedAtMicros,
    isExecuted,
    get maxRssBytes() {
      return maxRssBytes;
    },
    growMemory: (bytes) => {
      maxRssBytes = bytes === null ? maxRssBytes : Math.max(maxRssBytes ?? 0, bytes);
    },
  };
}

/** How a run ended. */
export interface EndedRun {
  readonly run: Run;
  readonly endedAtMicros: number;
  readonly termination: Termination;
  readonly usage: CpuUsage | null;
  /** What the log says beside the exit code. */
  readonly message: string | null;
  readonly caveats: readonly string[];
}

/** One proc of a submission. */
export interface Proc {
  /** What the log calls it: cluster.proc. */
  readonly id: string;
  /** Null where there is no job of the scheduler behind it. */
  readonly batchJobId: string | null;
  /** ended with an outcome; aborted while it ran; removed from the queue while it did not run. */
  phase: 'idle' | 'running' | 'held' | 'ended' | 'aborted' | 'removed';
  starts: number;
  run: Run | null;
  ended: EndedRun | null;
}

/** One submission of a node: a cluster with its procs. */
export interface Submission {
  readonly key: string;
  readonly node: NodeState;
  readonly procs: Map<number, Proc>;
  /** The node's highest try before this submission. */
  readonly triesBefore: number;
  /** Procs come one after the other until the cluster is removed (late materialization). */
  isFactory: boolean;
  isRemoved: boolean;
  /** The execution that began last; null before the first. */
  lastExecution: string | null;
}

/** A submission without procs yet. */
export function newSubmission(key: string, node: NodeState): Submission {
  return {
    key,
    node,
    procs: new Map(),
    triesBefore: node.highestTry,
    isFactory: false,
    isRemoved: false,
    lastExecution: null,
  };
}

/** A proc that waits in the queue. */
export function newProc(id: string, batchJobId: string | null): Proc {
  return { id, batchJobId, phase: 'idle', starts: 0, run: null, ended: null };
}

/** Whether a proc has left the queue for good. */
export function hasLeft(proc: Proc): boolean {
  return proc.phase === 'ended' || proc.phase === 'aborted' || proc.phase === 'removed';
}

/** A node, or a job that is none of a DAG's. */
export interface NodeState {
  readonly job: string;
  readonly task: string;
  readonly kind: 'payload' | 'framework';
  /** Null where no DAG file is known. */
  readonly dagNode: DagNode | null;
  outcome: 'open' | 'succeeded' | 'failed' | 'futile';
  retriesDone: number;
  highestTry: number;
  submission: Submission | null;
  /** The execution that a retry would be because of. */
  failedExecution: string | null;
}

/** A node of which nothing has happened yet. */
export function newNodeState(
  job: string,
  task: string,
  kind: 'payload' | 'framework',
  dagNode: DagNode | null,
): NodeState {
  return {
    job,
    task,
    kind,
    dagNode,
    outcome: dagNode?.done === true ? 'succeeded' : 'open',
    retriesDone: 0,
    highestTry: 0,
    submission: null,
    failedExecution: null,
  };
}

/** Whether a process ended well, as DAGMan sees it. */
export function endedWell(termination: Termination): boolean {
  return termination.exitCode === 0;
}

/** Whether every proc has left the queue, so that the submission can be judged. */
export function isOver(submission: Submission): boolean {
  return (
    [...submission.procs.values()].every(hasLeft) &&
    submission.procs.size > 0 &&
    (!submission.isFactory || submission.isRemoved)
  );
}

/** The procs that failed, in the order of their ends, then those that were taken from the queue. */
export function failedProcs(submission: Submission): readonly Proc[] {
  const endOf = (proc: Proc): number => proc.ended?.endedAtMicros ?? Number.MAX_SAFE_INTEGER;
  return [...submission.procs.values()]
    .filter((proc) => proc.ended === null || !endedWell(proc.ended.termination))
    .sort((a, b) => endOf(a) - endOf(b));
}

/** Whether a node bears that many failed procs: none, unless TOLERANCE says more. */
export function isTolerated(submission: Submission, failed: number): boolean {
  const tolerance = submission.node.dagNode?.tolerance ?? null;
  if (tolerance === null) {
    return failed === 0;
  }
  const { failures, isPercentage } = tolerance;
  return failed <= (isPercentage ? Math.floor((submission.procs.size * failures) / 100) : failures);
}
