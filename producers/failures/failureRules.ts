/**
 * Failure rules: what kind of failure an execution met, and whether trying again can help.
 *
 * An ordered list; the first rule that applies decides. `[...loaded.rules, ...defaultRules]` is the usual list: an
 * operator's own file first, then what tractledger knows (loadRules puts them together).
 */
import { matchesInTime } from './boundedMatch';
import { exitCodeOfSignal } from './exitCodes';

/**
 * - permanent: the same again will fail the same way; the job is abandoned
 * - transient: worth trying again
 * - infrastructure: no fault of the job's; worth trying again, elsewhere or later, and worth a look at the site
 */
export type Permanence = 'permanent' | 'transient' | 'infrastructure';

/** What is known of a failed or lost execution. */
export interface Failure {
  task: string | null;
  /** What the job or another system said of it, or null. */
  message: string | null;
  /** The end of its standard error, or null. */
  stderrTail: string | null;
  /** The exit code; null where a signal ended it. */
  exitCode: number | null;
  /** As `SIGKILL`, or null. */
  signal: string | null;
  /** ExecutionLost's cause, where it is that: evicted, preempted, timeLimit, outOfMemory, nodeFailure, unheardOf. */
  lostCause?: string | null;
  /** Expected outputs that are missing or empty. */
  missingOutputs?: readonly string[];
}

/** Holds when every part that is given holds. */
export interface FailureCondition {
  /** One of these tasks. */
  tasks?: readonly string[];
  exitCodes?: readonly number[];
  /** Ended by one of these signals, or with 128 + its number, as a shell reports a signal of its command. */
  signals?: readonly string[];
  lostCauses?: readonly string[];
  /** Whether expected outputs are missing. */
  outputsMissing?: boolean;
  /** Found in the message. */
  message?: RegExp;
  /** Found in the end of standard error. */
  stderr?: RegExp;
  /** Found in either. */
  text?: RegExp;
}

/** One rule. It applies when at least one of its conditions holds. */
export interface FailureRule {
  /** Names the rule to people: in `failures`, and in warnings. */
  name: string;
  failureClass: string;
  permanence: Permanence;
  /**
   * The share of a task's jobs that may fail like this before production must stop, from 0 to 1; 0: stop at the first;
   * null: nobody has said.
   */
  toleratedRate: number | null;
  anyOf: readonly FailureCondition[];
}

/** What the rules say of one failure. */
export interface Classification {
  failureClass: string;
  permanence: Permanence;
  toleratedRate: number | null;
  /** The name of the rule that applied. */
  rule: string;
  /** Rules passed over because their regular expression took too long on this text: tell the operator. */
  rulesTimedOut: readonly string[];
}

/**
 * What no rule applies to. Transient: tries are bounded, so a wrong guess costs a few of them, while a wrong `permanent`
 * would abandon a job that the next try might have finished, with all that depends on it.
 */
export const UNCLASSIFIED = 'unclassified';

/** How much of each text is looked at: the end, where the reason stands. */
const MAX_TEXT_LENGTH = 64 * 1024;

/** Whether a further try is worth it. */
export function isRetriable(permanence: Permanence): boolean {
  return permanence !== 'permanent';
}

/** Classes a failure by the first rule that applies, or as {@link UNCLASSIFIED}. */
export function classify(failure: Failure, rules: readonly FailureRule[]): Classification {
  const rulesTimedOut: string[] = [];
  const bounded: Failure = {
    ...failure,
    message: failure.message?.slice(-MAX_TEXT_LENGTH) ?? null,
    stderrTail: failure.stderrTail?.slice(-MAX_TEXT_LENGTH) ?? null,
  };
  for (const rule of rules) {
    const search: Search = (pattern, text) => {
      const result = matchesInTime(pattern, text);
      if (result === 'timedOut') rulesTimedOut.push(rule.name);
      return result === true;
    };
    if (rule.anyOf.some((condition) => holds(condition, bounded, search))) {
      const { failureClass, permanence, toleratedRate, name } = rule;
      return { failureClass, permanence, toleratedRate, rule: name, rulesTimedOut };
    }
  }
  return {
    failureClass: UNCLASSIFIED,
    permanence: 'transient',
    toleratedRate: null,
    rule: UNCLASSIFIED,
    rulesTimedOut,
  };
}

type Search = (pattern: RegExp, text: string) => boolean;

function holds(condition: FailureCondition, failure: Failure, search: Search): boolean {
  return factsHold(condition, failure) && textsHold(condition, failure, search);
}

function factsHold(condition: FailureCondition, failure: Failure): boolean {
  const { tasks, exitCodes, signals, lostCauses, outputsMissing } = condition;
  if (tasks !== undefined && !(failure.task !== null && tasks.includes(failure.task))) return false;
  if (exitCodes !== undefined && !(failure.exitCode !== null && exitCodes.includes(failure.exitCode))) return false;
  if (signals !== undefined && !signals.some((signal) => endedBy(failure, signal))) return false;
  const lostCause = failure.lostCause ?? null;
  if (lostCauses !== undefined && !(lostCause !== null && lostCauses.includes(lostCause))) return false;
  return outputsMissing === undefined || outputsMissing === (failure.missingOutputs ?? []).length > 0;
}

function endedBy(failure: Failure, signal: string): boolean {
  const exitCode = exitCodeOfSignal(signal);
  // By number where there is one: some signals have two names.
  if (failure.signal !== null) {
    return failure.signal === signal || (exitCode !== null && exitCodeOfSignal(failure.signal) === exitCode);
  }
  return exitCode !== null && failure.exitCode === exitCode;
}

function textsHold(condition: FailureCondition, failure: Failure, search: Search): boolean {
  const found = (pattern: RegExp, text: string | null): boolean => text !== null && search(pattern, text);
  const { message, stderr, text } = condition;
  if (message !== undefined && !found(message, failure.message)) return false;
  if (stderr !== undefined && !found(stderr, failure.stderrTail)) return false;
  return text === undefined || found(text, failure.message) || found(text, failure.stderrTail);
}
