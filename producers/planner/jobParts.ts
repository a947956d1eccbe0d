/** A job's lists in events: nearly always in one, and cut where they are larger than an event may be. */
import type { FileReference, JobPlanned } from '../../schemas';

/** Bytes that the lists or the text of one event may take, well under the limit of an event. */
export const maxPartBytes = 128 * 1024;

/** What of a JobPlanned may be long. */
export type JobLists = Pick<JobPlanned, 'upstreamJobs' | 'predictedInputs' | 'predictedOutputs'>;

/** The lists of a job as they are where they fit into one event, as nearly all do; else cut one after another. */
export function jobInParts(whole: JobLists): JobLists[] {
  if (mostBytes(whole) <= maxPartBytes) {
    return [whole];
  }
  const parts: JobLists[] = [];
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
  whole.upstreamJobs.forEach((name) => {
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

/** As many bytes as the lists can take, without looking at their characters: a UTF-16 unit is three bytes of UTF-8 at most. */
function mostBytes({ upstreamJobs, predictedInputs, predictedOutputs }: JobLists): number {
  let units = 0;
  let texts = upstreamJobs.length;
  for (const name of upstreamJobs) {
    units += name.length;
  }
  for (const list of [predictedInputs, predictedOutputs]) {
    texts += 2 * list.length;
    for (const { path, datasetType } of list) {
      units += path.length + (datasetType?.length ?? 0);
    }
  }
  return 3 * units + 6 * texts;
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
