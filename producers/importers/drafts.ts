/** Events before they have a place in a producer's order, and how they get one. */
import { encodeEvent, redactText, type LedgerEvent } from '../../schemas';
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

/** Bytes that the list of one JobPlanned may take, well under the limit of an event. */
const maxPartBytes = 128 * 1024;

/** What a plan says of one job. */
export interface PlannedJob {
  readonly job: string;
  readonly task: string;
  readonly kind: 'payload' | 'framework';
  readonly upstreamJobs: readonly string[];
}

/** JobPlanned, in as many parts as the list of upstream jobs needs. */
export function plannedJobDrafts(planned: PlannedJob, occurredAtMicros: number): Draft[] {
  const parts = inParts(planned.upstreamJobs);
  return parts.map((upstreamJobs, index) => ({
    occurredAtMicros,
    event: {
      type: 'JobPlanned',
      job: planned.job,
      task: planned.task,
      dataId: null,
      kind: planned.kind,
      upstreamJobs,
      predictedInputs: [],
      predictedOutputs: [],
      part: index + 1,
      parts: parts.length,
    },
  }));
}

function inParts(names: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  let bytes = 0;
  for (const name of names) {
    bytes += Buffer.byteLength(name) + 4;
    if (bytes > maxPartBytes) {
      parts.push([]);
      bytes = Buffer.byteLength(name) + 4;
    }
    parts.at(-1)?.push(name);
  }
  return parts;
}
