/** A plan as events: what every job is to do, and how many files that makes. */
import type { FileReference } from '../../schemas';
import type { Plan, PlannedFile, PlannedJob } from '../../pipelines/plan';
import type { DraftHeader, EventDraft } from '../outbox/draft';

/** Bytes that the lists of one JobPlanned may take, well under the limit of an event. */
const maxPartBytes = 128 * 1024;

type Item =
  | { readonly in: 'upstreamJobs'; readonly value: string }
  | { readonly in: 'predictedInputs' | 'predictedOutputs'; readonly value: FileReference };

/**
 * The events of a plan, always the same and in the same order: the jobs upstream first, then the expected counts of each
 * dataset type and of all together, basis plan. The attempt's number is their revision, so that the expectation of a
 * later attempt counts.
 * @param occurredAtMicros when the plan was made, microseconds since 1970
 */
export function* planEvents({ jobs, expected, scope }: Plan, occurredAtMicros: number): Generator<EventDraft, void> {
  const header: DraftHeader = { occurredAt: occurredAtMicros, ...scope };
  for (const job of jobs) {
    yield* jobEvents(job, header);
  }
  const total = [...expected.values()].reduce((sum, count) => sum + count, 0);
  for (const [datasetType, count] of [...expected, [null, total] as const]) {
    const statement = { basis: 'plan', revision: scope.attempt, declaredBy: 'tractledger plan', ticket: null };
    yield { type: 'ExpectationDeclared', header, datasetType, count, ...statement };
  }
}

function jobEvents(job: PlannedJob, header: DraftHeader): EventDraft[] {
  const parts = inParts([
    ...job.upstream.map(({ name }): Item => ({ in: 'upstreamJobs', value: name })),
    ...job.inputs.flat().map((file): Item => ({ in: 'predictedInputs', value: reference(file) })),
    ...job.outputs.flat().map((file): Item => ({ in: 'predictedOutputs', value: reference(file) })),
  ]);
  return parts.map((items, index) => ({
    type: 'JobPlanned',
    header,
    job: job.name,
    task: job.task.name,
    dataId: job.dataId,
    kind: job.task.kind,
    upstreamJobs: items.flatMap((item) => (item.in === 'upstreamJobs' ? [item.value] : [])),
    predictedInputs: items.flatMap((item) => (item.in === 'predictedInputs' ? [item.value] : [])),
    predictedOutputs: items.flatMap((item) => (item.in === 'predictedOutputs' ? [item.value] : [])),
    part: index + 1,
    parts: parts.length,
  }));
}

function reference({ path, type }: PlannedFile): FileReference {
  return { path, datasetType: type.name };
}

function inParts(items: readonly Item[]): Item[][] {
  const parts: Item[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    const text = typeof item.value === 'string' ? item.value : `${item.value.path}${item.value.datasetType ?? ''}`;
    const itemBytes = Buffer.byteLength(text) + 10; // lengths of both texts and the mark of the union
    if (bytes > 0 && bytes + itemBytes > maxPartBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(item);
    bytes += itemBytes;
  }
  return parts;
}
