/** How a submission's runs begin, and how it is judged once it is over. */
import type { Draft } from '../drafts';
import { attemptExecution, type ImportScope } from '../identities';
import * as say from './nodeEvents';
import {
  endedWell,
  failedProcs,
  isOver,
  isTolerated,
  newRun,
  type EndedRun,
  type NodeState,
  type Proc,
  type Submission,
} from './nodeStates';
import type { Termination } from './recordParts';

/** What judging needs to know beside the submission. */
export interface Context {
  readonly scope: ImportScope;
  readonly nodes: ReadonlyMap<string, NodeState>;
  /** The submission is over and no record of it counts any more. */
  readonly forget: (submission: Submission) => void;
}

/**
 * A proc's run begins; the execution is told by the job, the proc and how often the proc has begun by then.
 * @param where null where the log has no execute record
 */
export function startRun(
  context: Context,
  submission: Submission,
  proc: Proc,
  at: number,
  where: say.RunPlace | null,
): Draft {
  const { node } = submission;
  proc.starts += 1;
  proc.phase = 'running';
  const tryNumber = submission.triesBefore + proc.starts;
  node.highestTry = Math.max(node.highestTry, tryNumber);
  const execution = attemptExecution(context.scope, node.job, proc.id, proc.starts);
  proc.run = newRun(execution, at, where !== null);
  submission.lastExecution = execution;
  return say.started(node, proc, proc.run, tryNumber, where ?? { host: null, slotName: null });
}

/** Judges a submission whose procs have all left the queue, unless its node has a POST script to wait for. */
export function endSubmission(context: Context, submission: Submission, at: number): Draft[] {
  const waits = !isOver(submission) || submission.node.dagNode?.hasPostScript === true;
  return waits ? [] : judge(context, submission, at, null);
}

/**
 * The outcomes of a submission's executions and of its node.
 * @param failedBecause why it failed although nothing in it did; null where its procs and its POST script decide
 * @param postScript how the POST script ended, where there was one
 */
export function judge(
  context: Context,
  submission: Submission,
  at: number,
  failedBecause: string | null,
  postScript: Termination | null = null,
): Draft[] {
  const { node } = submission;
  const failures = failedProcs(submission);
  const [firstFailure] = failures;
  const good =
    failedBecause === null && (postScript === null ? isTolerated(submission, failures.length) : endedWell(postScript));
  const because =
    failedBecause ??
    (postScript === null ? ofFailedProc(firstFailure) : `its POST script ended with ${shown(postScript)}`);
  const drafts = [...submission.procs.values()].flatMap((proc) => outcomeOf(node, proc, good, because, at));
  context.forget(submission);
  node.submission = null;
  if (good) {
    node.outcome = 'succeeded';
    return drafts;
  }
  node.failedExecution = firstFailure?.ended?.run.execution ?? submission.lastExecution;
  const value = (postScript ?? firstFailure?.ended?.termination)?.exitCode ?? null;
  return [...drafts, ...failNode(context, submission, at, value)];
}

function outcomeOf(node: NodeState, proc: Proc, good: boolean, because: string, at: number): Draft[] {
  if (proc.run !== null) {
    const run = { run: proc.run, endedAtMicros: at, usage: null };
    return [say.lost(node, run, 'unheardOf', 'its node was judged before the log told the end of this run')];
  }
  return proc.ended === null ? [] : [outcome(node, proc.ended, good, because)];
}

function outcome(node: NodeState, ended: EndedRun, good: boolean, because: string): Draft {
  const well = endedWell(ended.termination);
  if (good) {
    return say.succeeded(node, ended, well ? [] : [`accepted ${shown(ended.termination)}`]);
  }
  return say.failed(node, ended, well ? `ended well, but ${because}` : ended.message);
}

/** @param value the return value that UNLESS-EXIT is compared with; null for a signal or a job taken from the queue */
function failNode(context: Context, submission: Submission, at: number, value: number | null): Draft[] {
  const { node } = submission;
  const { dagNode } = node;
  const mayRetry = dagNode !== null && node.retriesDone < dagNode.retries;
  if (mayRetry && (value === null || value !== dagNode.unlessExit)) {
    node.retriesDone += 1;
    return node.failedExecution === null ? [] : [say.retryScheduled(node, at, node.failedExecution)];
  }
  node.outcome = 'failed';
  const isCancelled = [...submission.procs.values()].every((proc) => proc.phase === 'removed');
  return [...(isCancelled ? [say.skipped(node, at, 'cancelled', null)] : []), ...futileDescendants(context, node, at)];
}

/** The nodes that can never run now, each once, as DAGMan sets them futile. */
function futileDescendants(context: Context, failed: NodeState, at: number): Draft[] {
  const drafts: Draft[] = [];
  const waiting = [...(failed.dagNode?.dependants ?? [])];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = context.nodes.get(name);
    if (node?.outcome === 'open' && node.submission === null) {
      node.outcome = 'futile';
      drafts.push(say.skipped(node, at, 'upstreamFailed', failed.job));
      waiting.push(...(node.dagNode?.dependants ?? []));
    }
  }
  return drafts;
}

function ofFailedProc(failure: Proc | undefined): string {
  if (failure === undefined) {
    return 'its node failed';
  }
  const how = failure.ended === null ? 'was removed' : `ended with ${shown(failure.ended.termination)}`;
  return `job ${failure.id} of the same node ${how}, and a node is judged as a whole`;
}

function shown(termination: Termination): string {
  return termination.exitCode === null
    ? (termination.signal ?? 'no exit code')
    : `exit code ${String(termination.exitCode)}`;
}
