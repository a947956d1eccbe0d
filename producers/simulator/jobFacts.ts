/** What events say of planned jobs and their files. */
import { dataIdMaker, type DataIdValue, type FileReference } from '../../schemas';
import { commandOf } from '../../pipelines/command';
import type { DatasetType } from '../../pipelines/definition';
import type { PlannedFile, PlannedJob } from '../../pipelines/plan';
import type { Row } from '../../pipelines/relation';

const noMetadata: Readonly<Record<string, string | null>> = {};

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

/** The canonical data ID of a file. */
export function dataIdOf({ type, row }: PlannedFile, job: PlannedJob): string | null {
  return row.length === job.row.length ? job.dataId : dataIdOfRow(type, row);
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

/** The metadata that its dataset type requires, as the file would have them. */
export function metadataOf({ type, row }: PlannedFile): Readonly<Record<string, string | null>> {
  if (type.metadata.length === 0) {
    return noMetadata;
  }
  return Object.fromEntries(
    type.metadata.map((key) => {
      const value = row[type.dimensions.indexOf(key)];
      return [key, value === undefined ? null : String(value)];
    }),
  );
}
