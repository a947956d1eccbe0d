/** Events before they have a place in a producer's order, and how they get one. */
import { encodeEvent, redactText, type LedgerEvent } from '../../schemas';
import { jobInParts, type JobLists } from '../planner/jobParts';
import type { ImportScope } from './identities';

type WithoutHeader<E> = E extends LedgerEvent ? Omit<E, 'header'> : never;

/** An event without its header, and when it happened: microseconds since 1970 UTC. */
export interface Draft {
  readonly occurredAtMicros: number;
  readonly event: WithoutHeader<LedgerEvent>;
}

/** Metrics of which nothing was measured. */
export const notMeasured = { wallMicros: null, userCpuMicros: null, systemCpuMicros: null, maxRssBytes: null } as const;

/** The bytes of a draft as one producer's event. @throws what {@link encodeEvent} throws */
export function encodeDraft(draft: Draft, producer: string, sequence: number, scope: ImportScope): Buffer {
  const header = {
    producer,
    sequence,
    occurredAt: draft.occurredAtMicros,
    campaign: scope.campaign,
    unit: scope.unit,
    attempt: scope.attempt,
  };
  return encodeEvent({ ...draft.event, header });
}

const maxTextLength = 4096;

/** A text from outside as an event may hold it: trimmed, secrets replaced, cut at 4,096 characters; null for none. */
export function eventText(text: string | null): string | null {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') {
    return null;
  }
  const clean = redactText(trimmed);
  return clean.length > maxTextLength ? `${clean.slice(0, maxTextLength)} [cut]` : clean;
}

/** What a plan says of one job. */
export interface PlannedJob extends JobLists {
  readonly job: string;
  readonly task: string;
  readonly dataId: string | null;
  readonly kind: 'payload' | 'framework';
}

/** JobPlanned, in as many parts as its lists need. */
export function plannedJobDrafts(planned: PlannedJob, occurredAtMicros: number): Draft[] {
  const { job, task, dataId, kind, ...lists } = planned;
  const parts = jobInParts(lists);
  return parts.map((part, index) => ({
    occurredAtMicros,
    event: { type: 'JobPlanned', job, task, dataId, kind, ...part, part: index + 1, parts: parts.length },
  }));
}

/** The lists of a job of which nothing is known. */
export const emptyLists: JobLists = { upstreamJobs: [], predictedInputs: [], predictedOutputs: [] };
