/** A job's lists in events: nearly always in one, and cut where they are larger than an event may be. */
import type { FileReference, JobPlanned } from '../../schemas';

/** Bytes that the lists or the text of one event may take, well under the limit of an event. */
export const maxPartBytes = 128 * 1024;

/** What of a JobPlanned may be long. */
export type JobLists = Pick<JobPlanned, 'upstreamJobs' | 'predictedInputs' | 'predictedOutputs'>;

/** The lists of a job as they are where they fit into one event, as nearly all do; else cut one after another. */
export function jobInParts(whole: JobLists): JobLists[] {
  const { upstreamJobs, predictedInputs, predictedOutputs } = whole;
  const textBytes = [
    ...upstreamJobs.map(nameBytes),
    ...predictedInputs.map(fileBytes),
    ...predictedOutputs.map(fileBytes),
  ];
  if (textBytes.reduce((sum, bytes) => sum + bytes, 0) <= maxPartBytes) {
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
