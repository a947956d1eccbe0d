/** A plan as events: the definition, what every job is to do, and how many files that makes. */
import { redactText, type FileReference, type JobPlanned } from '../../schemas';
import type { Pipeline } from '../../pipelines/loadPipeline';
import type { Plan, PlannedFile, PlannedJob } from '../../pipelines/plan';
import type { DraftHeader, EventDraft } from '../outbox/draft';

/** Bytes that the lists of one JobPlanned may take, well under the limit of an event. */
const maxPartBytes = 128 * 1024;

type Lists = Pick<JobPlanned, 'upstreamJobs' | 'predictedInputs' | 'predictedOutputs'>;

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
  const parts = inParts({
    upstreamJobs: job.upstream.map((upstream) => upstream.name),
    predictedInputs: job.inputs.flatMap((files) => files.map(reference)),
    predictedOutputs: job.outputs.flatMap((files) => files.map(reference)),
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

function reference({ path, type }: PlannedFile): FileReference {
  return { path, datasetType: type.name };
}

/** The lists as they are where they fit into one event, as nearly all do; else cut one after another. */
function inParts(whole: Lists): Lists[] {
  const { upstreamJobs, predictedInputs, predictedOutputs } = whole;
  const textBytes = [
    ...upstreamJobs.map(nameBytes),
    ...predictedInputs.map(fileBytes),
    ...predictedOutputs.map(fileBytes),
  ];
  if (textBytes.reduce((sum, bytes) => sum + bytes, 0) <= maxPartBytes) {
    return [whole];
  }
  const parts: Lists[] = [];
  let part = newPart();
  let bytes = 0;
  const makeRoom = (itemBytes: number): void => {
    bytes += itemBytes;
    if (bytes > maxPartBytes) {
      parts.push(part);
      part = newPart();
      bytes = itemBytes;
    }
  };
  upstreamJobs.forEach((name) => {
    makeRoom(nameBytes(name));
    part.upstreamJobs.push(name);
  });
  for (const list of ['predictedInputs', 'predictedOutputs'] as const) {
    whole[list].forEach((file) => {
      makeRoom(fileBytes(file));
      part[list].push(file);
    });
  }
  return [...parts, part];
}

function newPart(): { upstreamJobs: string[]; predictedInputs: FileReference[]; predictedOutputs: FileReference[] } {
  return { upstreamJobs: [], predictedInputs: [], predictedOutputs: [] };
}

/** A text and its length as Avro encodes them, at most. */
function nameBytes(name: string): number {
  return Buffer.byteLength(name) + 5;
}

function fileBytes({ path, datasetType }: FileReference): number {
  return nameBytes(path) + nameBytes(datasetType ?? '') + 1;
}
