/** What happens to one proc of a submission, and the events that follow. */
import type { Draft } from '../drafts';
import { lossCause } from './lossCauses';
import * as say from './nodeEvents';
import type { EndedRun, Proc, Run, Submission } from './nodeStates';
import type { LogEvent } from './parseJobEventLog';
import { memoryUsageBytes, type CpuUsage, type Termination } from './recordParts';
import { endSubmission, startRun, type Context } from './submissions';

/** A log event of one kind. */
export type Of<K extends LogEvent['kind']> = LogEvent & { readonly kind: K };

/** A proc, with the submission it is of and the instant at which something happens to it. */
export interface Happening {
  readonly context: Context;
  readonly submission: Submission;
  readonly proc: Proc;
  readonly at: number;
}

/** What an event means for the proc that it is about; null where it means nothing in the state the proc is in. */
export function applyToProc(happening: Happening, event: LogEvent): Draft[] | null {
  const { submission, proc, at } = happening;
  switch (event.kind) {
    case 'executing':
      return execute(happening, event);
    case 'terminated':
      proc.run?.growMemory(memoryUsageBytes(event.resources));
      return end(happening, { termination: event.termination, usage: event.runRemoteUsage, message: null });
    case 'executableError':
      return end(happening, { termination: { exitCode: null, signal: null }, usage: null, message: event.message });
    case 'dataflowSkipped':
      return end(happening, { termination: { exitCode: 0, signal: null }, usage: null, message: event.reason });
    case 'imageSize':
      proc.run?.growMemory(event.residentSetBytes ?? event.memoryBytes);
      return [];
    case 'evicted':
      return evict(happening, event);
    case 'shadowException':
      return requeue(happening, 'evicted', `shadow exception: ${event.message ?? 'no message'}`, null);
    case 'reconnectFailed':
      return requeue(happening, 'nodeFailure', `reconnection failed: ${event.reason ?? 'no reason'}`, null);
    case 'held':
      return hold(happening, event);
    case 'released':
      proc.phase = 'idle';
      return [say.released(submission.node, at, event.reason)];
    case 'aborted':
      return abort(happening, event);
    default:
      return null;
  }
}

function execute(happening: Happening, event: Of<'executing'>): Draft[] {
  const { context, submission, proc, at } = happening;
  return [
    ...lose(happening, 'unheardOf', 'the job began to execute again', null),
    startRun(context, submission, proc, at, { host: event.host, slotName: event.slotName }),
  ];
}

/** A proc's run ends. A job that never executed (a NOOP node, a bad executable) gets a run of no length. */
function end(happening: Happening, how: Pick<EndedRun, 'termination' | 'usage' | 'message'>): Draft[] {
  const { context, submission, proc, at } = happening;
  const begun = proc.run === null ? [startRun(context, submission, proc, at, null)] : [];
  endRun(proc, at, how);
  return [...begun, ...endSubmission(context, submission, at)];
}

/** Notes how the run of a proc ended. */
export function endRun(proc: Proc, at: number, how: Pick<EndedRun, 'termination' | 'usage' | 'message'>): void {
  const { run } = proc;
  if (run !== null) {
    const isIdle = !run.isExecuted && how.termination.exitCode === 0;
    proc.ended = {
      run,
      endedAtMicros: at,
      termination: how.termination,
      usage: run.isExecuted ? how.usage : null,
      message: how.message,
      caveats: isIdle ? ['noWork'] : [],
    };
  }
  proc.phase = 'ended';
  proc.run = null;
}

function evict(happening: Happening, event: Of<'evicted'>): Draft[] | null {
  const { proc } = happening;
  proc.run?.growMemory(memoryUsageBytes(event.resources));
  if (event.requeued !== null && proc.run !== null) {
    return [...requeueEnded(happening, proc.run, event.requeued, event)];
  }
  const how = event.checkpointed ? 'evicted after a checkpoint' : 'evicted';
  const evidence = event.reason === null ? how : `${how}: ${event.reason}`;
  return requeue(happening, lossCause(event.reasonCode), evidence, event.usage);
}

/** The run had ended, and the job's own policy (on_exit_remove) put it into the queue again. */
function requeueEnded(happening: Happening, run: Run, termination: Termination, event: Of<'evicted'>): Draft[] {
  const { submission, proc, at } = happening;
  proc.phase = 'idle';
  proc.run = null;
  const message = `ended and was put into the queue again by its policy${event.reason === null ? '' : `: ${event.reason}`}`;
  const ended = { run, endedAtMicros: at, termination, usage: event.usage, message, caveats: [] };
  return [
    say.failed(submission.node, ended, message),
    say.retryScheduled(submission.node, at, run.execution),
    say.queued(submission.node, proc, at),
  ];
}

/** A run is lost and the job waits in the queue again. */
function requeue(happening: Happening, cause: string, evidence: string, usage: CpuUsage | null): Draft[] | null {
  const { submission, proc, at } = happening;
  return proc.run === null ? null : [...lose(happening, cause, evidence, usage), say.queued(submission.node, proc, at)];
}

function lose(happening: Happening, cause: string, evidence: string, usage: CpuUsage | null): Draft[] {
  const { submission, proc, at } = happening;
  const { run } = proc;
  if (run === null) {
    return [];
  }
  proc.phase = 'idle';
  proc.run = null;
  return [say.lost(submission.node, { run, endedAtMicros: at, usage }, cause, evidence)];
}

function hold(happening: Happening, event: Of<'held'>): Draft[] {
  const { submission, proc, at } = happening;
  const evidence = `held: ${event.reason ?? 'reason unspecified'}`;
  const drafts = lose(happening, lossCause(event.reasonCode), evidence, null);
  proc.phase = 'held';
  const { reasonCode: code, reasonSubcode: subcode } = event;
  const codes = code === null ? null : `(code ${String(code)}, subcode ${String(subcode ?? 0)})`;
  return [...drafts, say.held(submission.node, at, event.reason, codes)];
}

function abort(happening: Happening, event: Of<'aborted'>): Draft[] {
  const { context, submission, proc, at } = happening;
  const drafts = lose(happening, 'evicted', `aborted: ${event.reason ?? 'no reason'}`, null);
  proc.phase = drafts.length > 0 ? 'aborted' : 'removed';
  return [...drafts, ...endSubmission(context, submission, at)];
}
