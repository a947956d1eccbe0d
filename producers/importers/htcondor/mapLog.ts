/**
 * From a job event log to events: what DAGMan makes of the log's records is made of them here.
 *
 * A node's submission is judged as a whole, as DAGMan judges it: when all its procs have left the queue and, where the
 * node has a POST script, that script has ended, whose result then decides (HTCondor's manual, "Node Success/Failure").
 * The outcomes of its executions wait for that, so no execution is told to have ended well in a node that failed.
 * Everything follows from the records in their order, so a longer log only adds events.
 */
import { emptyLists, plannedJobDrafts, type Draft } from '../drafts';
import { ImportFormatError } from '../errors';
import { attemptExecution, type ImportScope } from '../identities';
import { countIgnored, type Findings } from '../importInput';
import type { Dag } from './dag';
import * as say from './nodeEvents';
import { hasLeft, newNodeState, newProc, newSubmission, type NodeState, type Submission } from './nodeStates';
import type { LogEvent, LogEventBase } from './parseJobEventLog';
import { applyToProc, endRun, type Of } from './procTransitions';
import type { Termination } from './recordParts';
import { endSubmission, judge, startRun, type Context } from './submissions';
import { declaredLabels, kindOfNode, taskOfNode } from './taskNames';

/** The task of jobs that no DAG node's name tells. */
const taskOutsideDags = 'htcondor';

/** Maps one log; to be given its events in order. */
export class LogMapping {
  private readonly nodes = new Map<string, NodeState>();
  /** By cluster for DAG nodes, by proc for other jobs. */
  private readonly submissions = new Map<string, Submission>();
  private readonly context: Context;

  /** @param dag null where the log is not DAGMan's, or its DAG file is not at hand */
  constructor(
    private readonly scope: ImportScope,
    private readonly dag: Dag | null,
    private readonly findings: Findings,
  ) {
    this.context = { scope, nodes: this.nodes, forget: (submission) => this.submissions.delete(submission.key) };
    const labels = dag === null ? [] : declaredLabels(dag);
    for (const node of dag?.nodes.values() ?? []) {
      const task = taskOfNode(node, labels);
      this.nodes.set(node.name, newNodeState(node.name, task, kindOfNode(node, task), node));
    }
  }

  /** What the DAG file plans, as of the log's first record. */
  plan(at: number): Draft[] {
    return [...this.nodes.values()].flatMap((node) => [
      ...planned(node, at),
      ...(node.dagNode?.done === true
        ? [say.reused(node, at, attemptExecution(this.scope, 'done before this attempt', node.job))]
        : []),
    ]);
  }

  /** The events that follow from a record. @throws {ImportFormatError} for a node that the DAG file does not have */
  apply(event: LogEvent, at: number): Draft[] {
    switch (event.kind) {
      case 'submitted':
        return this.submit(event, at);
      case 'clusterSubmitted':
        return this.submitCluster(event, at);
      case 'clusterRemoved':
        return this.removeCluster(event, at);
      case 'postScript':
        return this.endPostScript(event, at);
      case 'preSkipped':
        return this.withoutRun(this.nodeNamed(event.dagNode, event), at, { exitCode: 0, signal: null }, null);
      case 'ignored':
        return this.ignore(`${codeText(event)} ${event.name}: ${event.because}`);
      case 'unknown':
        this.findings.warnings.add(
          `event code ${codeText(event)} is not known to this version; its records are left out`,
        );
        return this.ignore(`${codeText(event)}: not known to this version`);
      default:
        return this.applyToProc(event, at);
    }
  }

  private ignore(reason: string): Draft[] {
    countIgnored(this.findings, reason);
    return [];
  }

  private applyToProc(event: LogEvent, at: number): Draft[] {
    const submission = this.submissionOf(event);
    const proc = submission?.procs.get(event.proc);
    if (submission === undefined || proc === undefined || hasLeft(proc)) {
      return this.ignore('records of jobs that had ended before, or whose submission the log does not have');
    }
    const drafts = applyToProc({ context: this.context, submission, proc, at }, event);
    return drafts ?? this.ignore('evictions of jobs that did not run');
  }

  private submit(event: Of<'submitted'>, at: number): Draft[] {
    const node = this.nodeOf(event);
    if (node === null) {
      return this.ignore('records of jobs that are not of the DAG');
    }
    const { submission, drafts } = this.openSubmission(event, node, at);
    const known = submission.procs.get(event.proc);
    if (known !== undefined) {
      return this.ignore('second submit records of one job');
    }
    const id = `${String(event.cluster)}.${String(event.proc)}`;
    const proc = newProc(id, id);
    submission.procs.set(event.proc, proc);
    return [...drafts, say.queued(node, proc, at)];
  }

  private submitCluster(event: Of<'clusterSubmitted'>, at: number): Draft[] {
    if (event.dagNode === null) {
      return this.ignore('clusters outside DAGs; their procs have records of their own');
    }
    const { submission, drafts } = this.openSubmission(event, this.nodeNamed(event.dagNode, event), at);
    submission.isFactory = true;
    return drafts;
  }

  private removeCluster(event: Of<'clusterRemoved'>, at: number): Draft[] {
    const submission = this.submissions.get(clusterKey(event));
    if (submission === undefined) {
      return this.ignore('clusters outside DAGs; their procs have records of their own');
    }
    submission.isRemoved = true;
    return endSubmission(this.context, submission, at);
  }

  /** The submission that a submit record belongs to; a new one where the node has none under that cluster. */
  private openSubmission(
    event: Of<'submitted'> | Of<'clusterSubmitted'>,
    node: NodeState,
    at: number,
  ): { submission: Submission; drafts: Draft[] } {
    const isOfCluster = event.dagNode !== null || this.submissions.has(clusterKey(event));
    const key = isOfCluster ? clusterKey(event) : procKey(event);
    const known = this.submissions.get(key);
    if (known?.node === node) {
      return { submission: known, drafts: [] };
    }
    const drafts = this.nodes.has(node.job) ? [] : planned(node, at);
    this.nodes.set(node.job, node);
    if (node.submission !== null) {
      // DAGMan may log nothing of a failed POST script when it tries the node again, only the node's next submission.
      drafts.push(...judge(this.context, node.submission, at, 'DAGMan submitted the node again'));
    }
    if (node.outcome === 'failed' && node.failedExecution !== null) {
      drafts.push(say.retryScheduled(node, at, node.failedExecution));
    }
    node.outcome = 'open';
    const submission = newSubmission(key, node);
    node.submission = submission;
    this.submissions.set(key, submission);
    return { submission, drafts };
  }

  private endPostScript(event: Of<'postScript'>, at: number): Draft[] {
    const node = event.dagNode === null ? this.submissionOf(event)?.node : this.nodeNamed(event.dagNode, event);
    if (node === undefined) {
      return this.ignore('POST scripts of nodes that the log does not name');
    }
    if (node.submission !== null) {
      return judge(this.context, node.submission, at, null, event.termination);
    }
    const good = event.termination.exitCode === 0;
    return node.outcome === (good ? 'succeeded' : 'failed')
      ? []
      : this.withoutRun(node, at, event.termination, 'the POST script decided; no job of the node ran');
  }

  /** An outcome that no run of the node led to: a PRE script that skipped it, a POST script after a failed submission. */
  private withoutRun(node: NodeState, at: number, termination: Termination, message: string | null): Draft[] {
    const drafts = this.nodes.has(node.job) ? [] : planned(node, at);
    this.nodes.set(node.job, node);
    const id = `no batch job ${String(node.highestTry)}`;
    const submission = newSubmission(id, node);
    const proc = newProc(id, null);
    submission.procs.set(0, proc);
    node.submission = submission;
    const begun = startRun(this.context, submission, proc, at, null);
    endRun(proc, at, { termination, usage: null, message });
    return [...drafts, begun, ...judge(this.context, submission, at, null)];
  }

  /** The node that a submission is of; null for a job outside the DAG. */
  private nodeOf(event: Of<'submitted'>): NodeState | null {
    if (event.dagNode !== null) {
      return this.nodeNamed(event.dagNode, event);
    }
    // Of a late-materialized cluster only the cluster's own record may name the node.
    const known = this.submissions.get(clusterKey(event));
    if (known !== undefined || this.dag !== null) {
      return known?.node ?? null;
    }
    const job = `${String(event.cluster)}.${String(event.proc)}`;
    return this.nodes.get(job) ?? newNodeState(job, taskOutsideDags, 'payload', null);
  }

  private nodeNamed(name: string, event: LogEventBase): NodeState {
    const known = this.nodes.get(name);
    if (known === undefined && this.dag !== null) {
      throw new ImportFormatError(event.place, `a node of ${this.dag.file}`, name);
    }
    return known ?? newNodeState(name, name, 'payload', null);
  }

  private submissionOf(event: LogEventBase): Submission | undefined {
    return this.submissions.get(clusterKey(event)) ?? this.submissions.get(procKey(event));
  }
}

function planned(node: NodeState, at: number): Draft[] {
  const { job, task, kind, dagNode } = node;
  const lists = { ...emptyLists, upstreamJobs: [...(dagNode?.parents ?? [])] };
  return plannedJobDrafts({ job, task, dataId: null, kind, ...lists }, at);
}

function codeText(event: LogEventBase): string {
  return String(event.code).padStart(3, '0');
}

/** What DAGMan makes up for NOOP nodes has no cluster of its own: there the proc and subproc tell nodes apart. */
function clusterKey(event: LogEventBase): string {
  return event.cluster > 0 ? String(event.cluster) : procKey(event);
}

function procKey(event: LogEventBase): string {
  return `${String(event.cluster)}.${String(event.proc)}.${String(event.subproc)}`;
}
