/** What events say of planned jobs and their files. */
import { dataIdMaker, type DataIdValue, type FileReference } from '../../schemas';
import { commandOf } from '../../pipelines/command';
import type { DatasetType } from '../../pipelines/definition';
import type { PlannedFile, PlannedJob } from '../../pipelines/plan';
import type { Row } from '../../pipelines/relation';

const noMetadata: Metadata = {};

/** A planned file as events name it. */
export function reference({ path, type }: PlannedFile): FileReference {
  return { path, datasetType: type.name };
}

/** The command line; tasks of hsc-rc1 get their files from the repository, not from their arguments. */
export function argvOf({ task, row }: PlannedJob): string[] {
  const dataId = new Map<string, DataIdValue>();
  task.dimensions.forEach((name, place) => dataId.set(name, row[place] ?? ''));
  return commandOf(task, { dataId, inputs: noFiles, outputs: noFiles });
}

const noFiles: ReadonlyMap<string, readonly string[]> = new Map();

/** Where a job writes its log; null where its task has none. */
export function logOf({ outputs }: PlannedJob): string | null {
  for (const [first] of outputs) {
    if (first?.type.name === 'log') {
      return first.path;
    }
  }
  return null;
}

/** The canonical data ID of a row of a dataset type's dimensions. */
export function dataIdOfRow(type: DatasetType, row: Row): string {
  let make = dataIdMakers.get(type);
  if (make === undefined) {
    make = dataIdMaker(type.dimensions);
    dataIdMakers.set(type, make);
  }
  return make(row);
}

const dataIdMakers = new WeakMap<DatasetType, (row: Row) => string>();

type Metadata = Readonly<Record<string, string | null>>;

/** The metadata that its dataset type requires, as the file would have them. */
export function metadataOf({ type, row }: PlannedFile): Metadata {
  const form = metadataFormOf(type);
  if (row !== lastMetadata.row || form !== lastMetadata.form) {
    lastMetadata = { row, form, metadata: form.length === 0 ? noMetadata : metadataFrom(form, row) };
  }
  return lastMetadata.metadata;
}

/** Names of metadata, each with the place of its value in a row. */
type MetadataForm = readonly (readonly [name: string, place: number])[];

/** That of the file asked for last: several files of a job tell the same of its row. */
let lastMetadata: { readonly row: Row; readonly form: MetadataForm; readonly metadata: Metadata } = {
  row: [],
  form: [],
  metadata: noMetadata,
};

function metadataFrom(form: MetadataForm, row: Row): Metadata {
  const metadata: Record<string, string | null> = {};
  for (const [name, place] of form) {
    const value = row[place];
    metadata[name] = value === undefined ? null : String(value);
  }
  return metadata;
}

/** The form of a dataset type, one and the same for all types that tell the same. */
function metadataFormOf(type: DatasetType): MetadataForm {
  let form = metadataForms.get(type);
  if (form === undefined) {
    const made = type.metadata.map((name) => [name, type.dimensions.indexOf(name)] as const);
    const key = JSON.stringify(made);
    form = formsByKey.get(key) ?? made;
    formsByKey.set(key, form);
    metadataForms.set(type, form);
  }
  return form;
}

const metadataForms = new WeakMap<DatasetType, MetadataForm>();
const formsByKey = new Map<string, MetadataForm>();
