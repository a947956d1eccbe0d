/** How a failed try is judged. */
import { classify, type FailureRule } from '../failures/failureRules';
import type { Failure } from './executionEvents';
import type { OutputProblem } from './outputs';
import type { TryEnd } from './tryJob';

/** A failure as it is recorded, and whether another try may follow. */
export interface JudgedFailure extends Failure {
  readonly permanence: 'permanent' | 'transient' | 'infrastructure';
  /** Rules that took too long to apply. */
  readonly rulesTimedOut: readonly string[];
}

/** What is looked at to judge a failure. */
export interface FailureEvidence {
  readonly task: string;
  readonly end: TryEnd;
  readonly problems: readonly OutputProblem[];
  /** The end of the job's standard error, or null. */
  readonly stderrTail: string | null;
  /** The signals that were passed on to the job. */
  readonly forwarded: readonly string[];
}

/** Judges a failure by the rules. */
export function judgeFailure(evidence: FailureEvidence, rules: readonly FailureRule[]): JudgedFailure {
  const { task, end, problems, stderrTail } = evidence;
  const { exitCode, signal } = end.kind === 'exited' ? end.exit : end;
  const message = failureMessage(evidence);
  // Outputs count against a job that says it is done; one that failed is judged by what it says itself.
  const saidDone = exitCode === 0;
  const missingOutputs = problems.map((problem) => problem.path);
  const judged = classify(
    { task, message, stderrTail, exitCode, signal, missingOutputs: saidDone ? missingOutputs : [] },
    rules,
  );
  const own = saidDone && judged.rule.startsWith('default/') ? outputClass(problems) : null;
  return {
    exitCode,
    signal,
    failureClass: own?.failureClass ?? judged.failureClass,
    permanence: own?.permanence ?? judged.permanence,
    message,
    missingOutputs,
    rulesTimedOut: judged.rulesTimedOut,
  };
}

/** The class of a job that said it was done, by what is wrong with its outputs, unless an operator's rule knows better. */
function outputClass(problems: readonly OutputProblem[]): Pick<JudgedFailure, 'failureClass' | 'permanence'> {
  const kinds = new Set(problems.map((problem) => problem.kind));
  if (kinds.has('missing')) {
    return { failureClass: 'outputMissing', permanence: 'transient' };
  }
  return kinds.has('empty')
    ? { failureClass: 'outputEmpty', permanence: 'transient' }
    : { failureClass: 'outputUnreachable', permanence: 'infrastructure' };
}

function failureMessage({ end, problems, stderrTail, forwarded }: FailureEvidence): string {
  if (end.kind === 'notStarted') {
    return end.message;
  }
  const { exitCode, signal } = end.exit;
  if (exitCode === 0) {
    return `exit code 0, but ${problems.map((problem) => problem.message).join('; ')}`;
  }
  const ending = signal === null ? `exit code ${String(exitCode)}` : `ended by ${signal}`;
  const told = forwarded.length === 0 ? '' : ` after the sidecar had passed on ${forwarded.join(', ')}`;
  const lastWords = lastLine(stderrTail);
  return `${ending}${told}${lastWords === null ? '' : `: ${lastWords}`}`;
}

/** The last line with something on it, which is where most programs say why they give up. */
function lastLine(tail: string | null): string | null {
  const line = tail?.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? null : line.slice(0, 1000);
}
