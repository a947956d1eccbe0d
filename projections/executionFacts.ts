/**
 * What is known of one execution, merged from its start, its end and its loss in any order. Several views keep this,
 * each in a table of its own with the columns that it needs.
 */
import type { ExecutionFailed, ExecutionLost, ExecutionStarted, ExecutionSucceeded } from '../schemas';
import { stampOf, supersedes } from './statementOrder';

/** What an execution came to: its end outranks its loss, whoever told either. */
export type ExecutionState = 'unheard' | 'running' | 'succeeded' | 'failed' | 'lost';

/** The stamps that decide which statement counts. */
export type ExecutionStamps = Readonly<{
  start_stamp: string | null;
  end_stamp: string | null;
  lost_stamp: string | null;
}>;

/** An event that says how an execution ended. */
export type ExecutionOutcome = ExecutionSucceeded | ExecutionFailed | ExecutionLost;

/** An execution of which nothing is known. */
export const noStamps: ExecutionStamps = { start_stamp: null, end_stamp: null, lost_stamp: null };

/** The stamp of a start, or undefined where it says nothing new. */
export function afterStart(kept: Pick<ExecutionStamps, 'start_stamp'>, event: ExecutionStarted): string | undefined {
  const stamp = stampOf(event.header);
  return supersedes(stamp, kept.start_stamp) ? stamp : undefined;
}

/** The stamps of end and loss. */
export type OutcomeStamps = Omit<ExecutionStamps, 'start_stamp'>;

/** The stamps after an outcome, or undefined where it says nothing new or is outranked. A loss gives way to an end. */
export function afterOutcome(kept: OutcomeStamps, event: ExecutionOutcome): OutcomeStamps | undefined {
  const stamp = stampOf(event.header);
  if (event.type === 'ExecutionLost') {
    const counts = kept.end_stamp === null && supersedes(stamp, kept.lost_stamp);
    return counts ? { end_stamp: null, lost_stamp: stamp } : undefined;
  }
  return supersedes(stamp, kept.end_stamp) ? { end_stamp: stamp, lost_stamp: null } : undefined;
}

/** The state that an outcome leads to. */
export function stateAfter(event: ExecutionOutcome): ExecutionState {
  return event.type === 'ExecutionSucceeded' ? 'succeeded' : event.type === 'ExecutionFailed' ? 'failed' : 'lost';
}

/** The class that a failure or a loss is counted under. */
export function failureClassOf(event: ExecutionFailed | ExecutionLost): string {
  return event.type === 'ExecutionLost' ? event.cause : (event.failureClass ?? 'unclassified');
}

/** User and system CPU together, microseconds; null where neither was measured. */
export function totalCpuMicros(metrics: ExecutionOutcome['metrics']): number | null {
  const { userCpuMicros: user, systemCpuMicros: system } = metrics;
  return user === null && system === null ? null : (user ?? 0) + (system ?? 0);
}
