/** The files that an attempt reads and no job makes, as facts: which there are, how large, and where they lie. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PlannedFile } from '../../pipelines/plan';
import type { WorkPlan } from '../../pipelines/workPlan';
import { canonicalDataId } from '../../schemas';
import { nowMicros, type DraftHeader, type EventDraft } from '../outbox/draft';
import { readContent } from '../sidecar/checksum';

/** How many files are looked at at once. */
const atOnce = 32;

/** Where the files lie, and how closely to look. */
export interface InputsPlace {
  readonly root: string;
  readonly site: string;
  /** Whether to read the files for their MD5. */
  readonly md5: boolean;
  readonly signal: AbortSignal;
}

/**
 * FileRegistered and FileLocated for each registered file that a job of this attempt may read, in parts. One that cannot be looked
 * at is left out: whether that matters, the job that reads it will say.
 */
export async function* inputDrafts(work: WorkPlan, place: InputsPlace): AsyncGenerator<EventDraft[], void> {
  const files = [...registeredInputs(work)];
  for (let from = 0; from < files.length && !place.signal.aborted; from += atOnce) {
    const looked = await Promise.all(files.slice(from, from + atOnce).map((file) => draftsOf(file, work, place)));
    yield looked.flat();
  }
}

function registeredInputs({ plan, run, runIfChanged }: WorkPlan): ReadonlySet<PlannedFile> {
  const found = new Set<PlannedFile>();
  for (const { name, inputs } of plan.jobs) {
    if (run.has(name) || runIfChanged.has(name)) {
      inputs.flat().forEach((file) => {
        if (file.maker === null) {
          found.add(file);
        }
      });
    }
  }
  return found;
}

async function draftsOf(
  { path: name, type, row }: PlannedFile,
  { plan }: WorkPlan,
  { root, site, md5, signal }: InputsPlace,
): Promise<EventDraft[]> {
  const file = path.join(root, name);
  const header: DraftHeader = { occurredAt: nowMicros(), campaign: plan.scope.campaign, unit: null, attempt: null };
  try {
    const { size } = await stat(file);
    const content = md5 ? await readContent(file, { sha256: false, signal }) : null;
    const dataId = Object.fromEntries(type.dimensions.map((dimension, place) => [dimension, row[place] ?? '']));
    return [
      {
        type: 'FileRegistered',
        header,
        path: name,
        datasetType: type.name,
        dataId: type.dimensions.length === 0 ? null : canonicalDataId(dataId),
        sizeBytes: content?.sizeBytes ?? size,
        md5: content?.md5 ?? null,
        originCampaign: null,
        collection: null,
      },
      { type: 'FileLocated', header, path: name, execution: null, site, uri: pathToFileURL(file).href },
    ];
  } catch {
    return [];
  }
}
