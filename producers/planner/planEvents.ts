/** A plan as events: the definition, what every job is to do, and how many files that makes. */
import { redactText, type FileReference } from '../../schemas';
import type { Pipeline } from '../../pipelines/loadPipeline';
import type { Plan, PlannedFile, PlannedJob } from '../../pipelines/plan';
import type { DraftHeader, EventDraft } from '../outbox/draft';
import { jobInParts, maxPartBytes } from './jobParts';

/**
 * The events of a plan, always the same and in the same order: the definition, the jobs upstream first, then the expected counts of each
 * dataset type and of all together, basis plan. The attempt's number is their revision, so that the expectation of a
 * later attempt counts.
 * @param occurredAtMicros when the plan was made, microseconds since 1970
 */
export function* planEvents(
  { pipeline, jobs, expected, scope }: Plan,
  occurredAtMicros: number,
): Generator<EventDraft, void> {
  const header: DraftHeader = { occurredAt: occurredAtMicros, ...scope };
  yield* pipelineEvents(pipeline, header);
  for (const job of jobs) {
    yield* jobEvents(job, header);
  }
  const total = [...expected.values()].reduce((sum, count) => sum + count, 0);
  for (const [datasetType, count] of [...expected, [null, total] as const]) {
    const statement = { basis: 'plan', revision: scope.attempt, declaredBy: 'tractledger plan', ticket: null };
    yield { type: 'ExpectationDeclared', header, datasetType, count, ...statement };
  }
}

/** A definition as events, in as many parts as it needs. */
function pipelineEvents({ definition, digest, text }: Pipeline, header: DraftHeader): EventDraft[] {
  const parts = textParts(redactText(text));
  return parts.map((part, index) => ({
    type: 'PipelineDeclared',
    header,
    digest,
    name: definition.pipeline,
    part: index + 1,
    parts: parts.length,
    text: part,
  }));
}

/** A text cut between characters; a UTF-16 unit is three bytes of UTF-8 at most. */
function textParts(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  do {
    let to = Math.min(text.length, from + Math.floor(maxPartBytes / 3));
    if (to < text.length && /[\uD800-\uDBFF]/.test(text[to - 1] ?? '')) {
      to -= 1;
    }
    parts.push(text.slice(from, to));
    from = to;
  } while (from < text.length);
  return parts;
}

function jobEvents(job: PlannedJob, header: DraftHeader): EventDraft[] {
  const { name, task, dataId } = job;
  const parts = jobInParts({
    upstreamJobs: job.upstream.map((upstream) => upstream.name),
    predictedInputs: references(job.inputs),
    predictedOutputs: references(job.outputs),
  });
  return parts.map((lists, index) => ({
    type: 'JobPlanned',
    header,
    job: name,
    task: task.name,
    dataId,
    kind: task.kind,
    ...lists,
    part: index + 1,
    parts: parts.length,
  }));
}

function references(lists: readonly (readonly PlannedFile[])[]): FileReference[] {
  const references: FileReference[] = [];
  for (const files of lists) {
    for (const { path, type } of files) {
      references.push({ path, datasetType: type.name });
    }
  }
  return references;
}
