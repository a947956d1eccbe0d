/** One try of a job, as the sidecar's job file says it. */
import { commandOf } from '../../pipelines/command';
import type { PlannedFile, PlannedJob } from '../../pipelines/plan';
import type { DataId, DataIdValue } from '../../schemas';
import type { AvailableFile } from './fileStock';

/** What is the same for all jobs of an attempt. */
export interface JobSurroundings {
  readonly campaign: string;
  readonly unit: string;
  readonly attempt: number;
  /** The root folder, absolute. */
  readonly root: string;
  readonly site: string;
  readonly environmentDigest: string;
  readonly ledgerUrl: string;
  /** The outbox's file. */
  readonly outbox: string;
  /** The file of failure rules; null for the rules that are built in. */
  readonly rules: string | null;
  readonly sha256: boolean;
}

/** Where the files of one try lie that are no outputs: absolute paths. */
export interface TryFiles {
  readonly log: string;
  readonly report: string;
  readonly result: string;
}

/** What the job file holds, as `producers/sidecar/jobFile.ts` reads it. */
export function jobFileContent(
  job: PlannedJob,
  tryNumber: number,
  inputs: readonly (readonly AvailableFile[])[],
  { rules, ledgerUrl, ...surroundings }: JobSurroundings,
  { log, report, result }: TryFiles,
): Readonly<Record<string, unknown>> {
  const { task } = job;
  return {
    ...surroundings,
    ledger: ledgerUrl,
    ...(rules === null ? {} : { rules }),
    task: task.name,
    jobName: job.name,
    ...(job.dataId === null ? {} : { dataId: JSON.parse(job.dataId) as DataId }),
    executable: task.executable,
    command: argumentsOf(job, inputs),
    inputs: inputs.flatMap((files, place) =>
      files.map(({ path }) => ({ path, datasetType: task.inputs[place]?.datasetType ?? null })),
    ),
    outputs: job.outputs.flatMap((files, place) =>
      files.map((file) => outputSetting(job, file, task.outputs[place]?.mayBeAbsent ?? false)),
    ),
    firstTry: tryNumber,
    // The runner decides about further tries, for it knows how the other jobs fare; and it drains the outbox for all.
    ...{ retries: 0, setAside: true, drain: false },
    ...{ logPath: log, report, result },
  };
}

/** The job's command line with the inputs that are there. */
export function argumentsOf(job: PlannedJob, inputs: readonly (readonly AvailableFile[])[]): readonly string[] {
  const { task } = job;
  const byType = (
    uses: readonly { readonly datasetType: string }[],
    files: readonly (readonly { readonly path: string }[])[],
  ): ReadonlyMap<string, readonly string[]> =>
    new Map(uses.map(({ datasetType }, place) => [datasetType, (files[place] ?? []).map(({ path }) => path)]));
  return commandOf(task, {
    dataId: valuesOf(task.dimensions, job.row),
    inputs: byType(task.inputs, inputs),
    outputs: byType(task.outputs, job.outputs),
  });
}

/** Of the metadata a dataset type requires, the runner knows what stands in the data IDs; the job reports the rest. */
function outputSetting(job: PlannedJob, file: PlannedFile, mayBeAbsent: boolean): Readonly<Record<string, unknown>> {
  const { type, path, row } = file;
  const own = valuesOf(type.dimensions, row);
  const known = new Map([...valuesOf(job.task.dimensions, job.row), ...own]);
  const metadata = Object.fromEntries(
    type.metadata.flatMap((key) => {
      const value = known.get(key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  return { path, datasetType: type.name, dataId: Object.fromEntries(own), metadata, mayBeAbsent };
}

function valuesOf(dimensions: readonly string[], row: readonly DataIdValue[]): ReadonlyMap<string, DataIdValue> {
  return new Map(dimensions.map((name, place) => [name, row[place] ?? '']));
}
