/** What is looked at before an attempt is claimed: mistakes that would show in every job show here once. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { noJobsText, unmetText } from '../../pipelines/checkPlan';
import { parsePlaceholders } from '../../pipelines/placeholders';
import type { Plan, PlannedJob } from '../../pipelines/plan';
import { readSiteMarker, SiteMarkerError, writeSiteMarker } from '../../pipelines/siteMarker';
import type { WorkPlan } from '../../pipelines/workPlan';
import { RunRefusedError } from './errors';
import { argumentsOf } from './jobRequest';

/**
 * Refuses work that cannot come out even if nothing fails.
 * @throws {RunRefusedError}
 */
export function checkWork({ plan, run, runIfChanged }: WorkPlan, root: string, environment: NodeJS.ProcessEnv): void {
  const { jobs, unmet, scope } = plan;
  if (jobs.length === 0) {
    throw new RunRefusedError(noJobsText(plan));
  }
  if (unmet.length > 0) {
    throw new RunRefusedError(`nothing is run: ${unmet.map(unmetText).join('\n')}`);
  }
  if (scope.attempt > 1) {
    refuseSharedNames(plan);
  }
  const looked = new Set<string>();
  for (const job of jobs) {
    if (!looked.has(job.task.name) && (run.has(job.name) || runIfChanged.has(job.name))) {
      looked.add(job.task.name);
      checkProgram(job, root, environment);
    }
  }
}

/**
 * Makes the root folder ready: its marker is written where it is new, and must be there where it is not.
 * @param named the site as it was named; null for the marker's, or this host's name
 * @param isFirst whether nobody has run the unit under this root before: else the marker must be there
 * @returns the site
 * @throws {RunRefusedError} {SiteMarkerError}
 */
export function prepareRoot(root: string, named: string | null, plan: Plan, isFirst: boolean): string {
  try {
    const site = readSiteMarker(root);
    if (named !== null && named !== site) {
      throw new RunRefusedError(
        `${root} belongs to site ${site}, not ${named}: say --site ${site}, or name another root`,
      );
    }
    return site;
  } catch (error) {
    if (!(error instanceof SiteMarkerError) || error.kind !== 'none' || !isFirst) {
      throw error;
    }
  }
  refuseWithoutInputs(root, plan);
  mkdirSync(root, { recursive: true });
  const site = named ?? hostname();
  writeSiteMarker(root, site);
  return site;
}

/** A folder without marker and without any input is more likely a file system that is not mounted than a new root. */
function refuseWithoutInputs(root: string, { jobs }: Plan): void {
  const first = jobs.flatMap(({ inputs }) => inputs.flat()).find(({ maker }) => maker === null);
  const isFolder = existsSync(root) && statSync(root).isDirectory();
  if (first !== undefined && !existsSync(path.join(root, first.path))) {
    const why = isFolder
      ? 'has no site marker and lacks the first input'
      : 'is no folder, and the inputs should lie there';
    throw new RunRefusedError(
      `${root} ${why}: ${first.path}. Is its file system mounted? Inputs are named by their paths under --root`,
    );
  }
}

/** An attempt writes under its own names: nothing is overwritten. */
function refuseSharedNames({ pipeline, scope }: Plan): void {
  for (const { name, role, template } of pipeline.definition.datasetTypes.values()) {
    const names = parsePlaceholders(template).map((piece) => ('name' in piece ? piece.name : ''));
    if (role !== 'registered' && !names.includes('attempt')) {
      throw new RunRefusedError(
        `attempt ${String(scope.attempt)} would overwrite the ${name} files of the one before: put {attempt} into the ` +
          `template of ${name}, now ${template}`,
      );
    }
  }
}

function checkProgram(job: PlannedJob, root: string, { PATH = '/bin:/usr/bin' }: NodeJS.ProcessEnv): void {
  const inputs = job.inputs.map((files) =>
    files.map(({ path: named }) => ({ path: named, sizeBytes: null, md5: null, contentDigest: null })),
  );
  const program = argumentsOf(job, inputs)[0] ?? '';
  const candidates = program.includes('/') ? [''] : PATH.split(':');
  if (!candidates.some((folder) => isExecutable(path.resolve(root, folder, program)))) {
    const where = program.includes('/') ? 'is no executable file' : 'is not found in PATH';
    throw new RunRefusedError(`the program of task ${job.task.name}, ${program}, ${where}`);
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
