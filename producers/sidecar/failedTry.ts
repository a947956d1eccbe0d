/** What follows from a try that failed. Loaded only when one has: most jobs succeed. */
import type { FailureRule } from '../failures/failureRules';
import type { EventDraft } from '../outbox/draft';
import { abandonedDraft, retryDraft, type OutputWithContent } from './executionEvents';
import type { JobDescription } from './jobDescription';
import { judgeFailure, type FailureEvidence, type JudgedFailure } from './outcome';
import { backoffMillis } from './retry';
import { setAside, setAsidePath } from './setAside';

/** What is decided about tries. */
export interface TryPolicy {
  readonly retries: number;
  /** Infrastructure failures are for another node or a later hour, unless the user wants them tried again here. */
  readonly retryInfrastructure: boolean;
  readonly backoffSeconds: number;
  readonly setAside: boolean;
  readonly warn: (message: string) => void;
}

/** A try that failed, before anything follows from it. */
export interface FailedTry {
  readonly execution: string;
  readonly evidence: FailureEvidence;
  readonly written: readonly OutputWithContent[];
  /** How many tries failed before. */
  readonly failedBefore: number;
  /** When it ended, microseconds since 1970. */
  readonly endedAt: number;
  /** Whether the sidecar has been told to end. */
  readonly toldToEnd: boolean;
}

/** What follows. */
export interface Consequences {
  readonly failure: JudgedFailure;
  /** The files it wrote, where they lie now. */
  readonly written: readonly OutputWithContent[];
  /** When the next try may begin, microseconds since 1970; null where there is none. */
  readonly notBefore: number | null;
  /** JobRetryScheduled or JobAbandoned. */
  readonly drafts: readonly EventDraft[];
}

/** Judges a failed try, sets aside what it wrote and decides what comes next. */
export async function concludeFailure(
  job: JobDescription,
  failed: FailedTry,
  rules: readonly FailureRule[],
  policy: TryPolicy,
): Promise<Consequences> {
  const failure = judgeFailure(failed.evidence, rules);
  for (const rule of failure.rulesTimedOut) {
    policy.warn(`the failure rule ${rule} took too long and was passed over; simplify its regular expression`);
  }
  const notBefore = nextTry(failed, failure, policy);
  const written = policy.setAside && !job.partialOutputsUsable ? await moveAside(job, failed, policy) : failed.written;
  return { failure, written, notBefore, drafts: consequence(job, failed, failure, notBefore) };
}

function nextTry(
  { evidence, failedBefore, endedAt, toldToEnd }: FailedTry,
  { permanence }: JudgedFailure,
  { retries, retryInfrastructure, backoffSeconds }: TryPolicy,
): number | null {
  // A command that cannot be started here will not start here in a moment either.
  const startable = evidence.end.kind === 'exited' && !toldToEnd;
  const mayPass = permanence === 'transient' || (permanence === 'infrastructure' && retryInfrastructure);
  if (!startable || !mayPass || failedBefore >= retries) {
    return null;
  }
  return endedAt + 1000 * backoffMillis(backoffSeconds, failedBefore + 1, permanence, Math.random());
}

function consequence(
  job: JobDescription,
  { execution, endedAt }: FailedTry,
  { permanence, failureClass }: JudgedFailure,
  notBefore: number | null,
): EventDraft[] {
  if (permanence === 'permanent') {
    return [abandonedDraft(job, execution, failureClass, endedAt)];
  }
  return notBefore === null ? [] : [retryDraft(job, execution, notBefore, endedAt)];
}

async function moveAside(
  job: JobDescription,
  { execution, written }: FailedTry,
  { warn }: TryPolicy,
): Promise<OutputWithContent[]> {
  const paths = written.map((output) => output.path);
  const moved = await setAside(job.root, paths, execution, warn);
  return written.map((output) =>
    moved.has(output.path) ? { ...output, liesAt: setAsidePath(output.path, execution) } : output,
  );
}
