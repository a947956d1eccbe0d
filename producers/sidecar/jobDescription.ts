/** A job as the sidecar runs it: everything resolved, nothing left to check. */
import { hostname } from 'node:os';
import path from 'node:path';
import type { BatchJob, DataId, FileReference } from '../../schemas';
import { canonicalDataId, jobName } from '../../schemas/dataId';
import { detectBatchJob } from './jobEnvironment';
import { JobDescriptionError } from './errors';
import type { InputSetting, JobSettings, OutputSetting } from './jobSettings';
import { logicalPath, openRoot, staysWithin, type RootFolder } from './logicalPath';
import { shown } from './settingValues';

/** An expected output. */
export interface ExpectedOutput {
  /** The logical path, or the glob pattern relative to the root. */
  readonly path: string;
  readonly isGlob: boolean;
  readonly datasetType: string;
  /** Canonical data ID of the file. */
  readonly dataId: string | null;
  readonly metadata: Readonly<Record<string, string | null>>;
  readonly mayBeAbsent: boolean;
  readonly mayBeEmpty: boolean;
}

/** One job, ready to run. */
export interface JobDescription {
  readonly campaign: string;
  readonly unit: string;
  readonly attempt: number;
  readonly job: string;
  readonly task: string;
  /** Canonical data ID, or null. */
  readonly dataId: string | null;
  readonly command: readonly [string, ...string[]];
  readonly executable: string;
  readonly root: RootFolder;
  readonly site: string | null;
  readonly host: string;
  readonly logPath: string | null;
  readonly allocation: string | null;
  readonly batchJob: BatchJob | null;
  readonly environmentDigest: string | null;
  readonly inputs: readonly FileReference[];
  /** Where the job reports what it used, or null. */
  readonly inputsFrom: string | null;
  /** Where the job may say more of its files, or null. */
  readonly report: string | null;
  /** Where the sidecar is to say what came of the job, or null. */
  readonly result: string | null;
  readonly outputs: readonly ExpectedOutput[];
  readonly partialOutputsUsable: boolean;
  readonly firstTry: number;
}

/**
 * Resolves what was said about a job.
 * @param environment where a scheduler's variables are looked for
 * @throws {JobDescriptionError} naming what is missing or wrong
 */
export function describeJob(settings: JobSettings, environment: NodeJS.ProcessEnv): JobDescription {
  const { command = [] } = settings;
  const [program, ...rest] = command;
  if (program === undefined || program === '') {
    throw new JobDescriptionError('exec', 'no command to run; put it behind --');
  }
  const task = required(settings.task, 'task', 'TASK');
  const dataId = settings.dataId === undefined ? null : canonicalDataId(settings.dataId);
  const root = openRoot(settings.root ?? '.', '--root');
  const environmentDigest = settings.environmentDigest ?? null;
  return {
    campaign: required(settings.campaign, 'campaign', 'CAMPAIGN'),
    unit: required(settings.unit, 'unit', 'UNIT'),
    attempt: settings.attempt ?? 1,
    job: settings.jobName ?? jobName(task, dataId),
    task,
    dataId,
    command: [program, ...rest],
    executable: settings.executable ?? path.basename(program),
    root,
    site: settings.site ?? null,
    host: hostname(),
    logPath: settings.logPath ?? null,
    allocation: settings.allocation ?? null,
    batchJob: settings.batchJob ?? detectBatchJob(environment),
    environmentDigest,
    inputs: (settings.inputs ?? []).map((input) => resolveInput(root, input)),
    inputsFrom: settings.inputsFrom ?? null,
    report: settings.report === undefined ? null : path.resolve(settings.report),
    result: settings.result === undefined ? null : path.resolve(settings.result),
    outputs: resolveOutputs(root, settings.outputs ?? [], dataId),
    partialOutputsUsable: settings.partialOutputsUsable ?? false,
    firstTry: settings.firstTry ?? 1,
  };
}

function required(value: string | undefined, flag: string, variable: string): string {
  if (value === undefined) {
    throw new JobDescriptionError(
      `--${flag}`,
      `which ${flag} is this? Give --${flag}, set TRACTLEDGER_${variable}, or say it in the --job file`,
    );
  }
  return value;
}

/**
 * The file that an input's path means. One outside the root keeps its absolute path as its name: reference catalogues
 * and calibrations often lie elsewhere.
 * @throws {JobDescriptionError} for a relative path that leaves the root
 */
export function resolveInput(root: RootFolder, { path: text, datasetType }: InputSetting): FileReference {
  const logical = logicalPath(root, text) ?? (path.isAbsolute(text) ? path.normalize(text) : null);
  if (logical === null) {
    throw new JobDescriptionError('input', `${shown(text)} leads out of the root folder ${root.named}`);
  }
  return { path: logical, datasetType };
}

function resolveOutputs(root: RootFolder, outputs: readonly OutputSetting[], dataId: string | null): ExpectedOutput[] {
  const resolved = outputs.map((output): ExpectedOutput => ({
    ...output,
    path: output.isGlob ? checkedPattern(root, output.path) : outputPath(root, output.path),
    dataId: output.dataId === null ? dataId : canonicalDataId(output.dataId satisfies DataId),
  }));
  const paths = new Set<string>();
  for (const { path: name } of resolved) {
    if (paths.has(name)) {
      throw new JobDescriptionError('--output', `${shown(name)} is declared twice; a file has one dataset type`);
    }
    paths.add(name);
  }
  return resolved;
}

function outputPath(root: RootFolder, text: string): string {
  const logical = logicalPath(root, text);
  if (logical === null || !staysWithin(root, logical)) {
    throw new JobDescriptionError(
      '--output',
      `${shown(text)} leads out of the root folder ${root.named}${logical === null ? '' : ' through a symbolic link'}; ` +
        'outputs are named relative to the root, so name a root that holds them',
    );
  }
  return logical;
}

function checkedPattern(root: RootFolder, pattern: string): string {
  const relative = path.isAbsolute(pattern) ? logicalPath(root, pattern) : pattern;
  if (relative === null || relative.split('/').includes('..')) {
    throw new JobDescriptionError('--output-glob', `${shown(pattern)} leads out of the root folder ${root.named}`);
  }
  return relative;
}
