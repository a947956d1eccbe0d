/** What can be said about a job, by flag, environment or file: everything optional, nothing resolved yet. */
import type { BatchJob, DataId } from '../../schemas';

/** An input as it is declared. */
export interface InputSetting {
  readonly path: string;
  readonly datasetType: string | null;
}

/** An expected output as it is declared: one path, or a glob pattern for any number of files of one dataset type. */
export interface OutputSetting {
  readonly path: string;
  readonly isGlob: boolean;
  readonly datasetType: string;
  /** The file's own data ID where it differs from the job's. */
  readonly dataId: DataId | null;
  readonly metadata: Readonly<Record<string, string | null>>;
  /** Not writing it is no failure. */
  readonly mayBeAbsent: boolean;
  /** Writing it without content is no failure. */
  readonly mayBeEmpty: boolean;
}

/** Everything that `exec` can be told. */
export interface JobSettings {
  campaign?: string;
  unit?: string;
  attempt?: number;
  task?: string;
  dataId?: DataId;
  /** The DAG node's name, where a system knows no data ID. */
  jobName?: string;
  executable?: string;
  command?: readonly string[];
  root?: string;
  site?: string;
  logPath?: string;
  allocation?: string;
  batchJob?: BatchJob;
  /** SHA-256, hexadecimal. */
  environmentDigest?: string;
  /** The number of the first try in this attempt. */
  firstTry?: number;
  inputs?: readonly InputSetting[];
  /** A file, read once the job has ended, that names what it really used. */
  inputsFrom?: string;
  /** A file that the job may write: what it says of its files, read once it has ended. Its name is TRACTLEDGER_REPORT there. */
  report?: string;
  /** A file that the sidecar writes at its end: what came of the job, for whoever started the sidecar. */
  result?: string;
  outputs?: readonly OutputSetting[];
  /** What a failed execution wrote may be used. */
  partialOutputsUsable?: boolean;
  /** The file of failure rules. */
  rules?: string;
  /** How many more tries a transient failure gets. */
  retries?: number;
  /** Whether failures of the infrastructure get further tries too, after longer waits. */
  retryInfrastructure?: boolean;
  /** The wait before the second try; it doubles with each further one. */
  backoffSeconds?: number;
  /** Whether to rename what a failed try wrote. */
  setAside?: boolean;
  teeStderr?: boolean;
  sha256?: boolean;
  /** The ledger's URL. */
  ledger?: string;
  /** The outbox's file. */
  outbox?: string;
  drain?: boolean;
  /** How long the end may wait for the ledger. */
  drainSeconds?: number;
}

/**
 * One description out of several: a later one's word counts, inputs and outputs add up.
 * @param sources from the weakest to the strongest
 */
export function mergeSettings(...sources: readonly JobSettings[]): JobSettings {
  const inputs = sources.flatMap((source) => source.inputs ?? []);
  const outputs = sources.flatMap((source) => source.outputs ?? []);
  return Object.assign({}, ...sources, { inputs, outputs }) as JobSettings;
}
