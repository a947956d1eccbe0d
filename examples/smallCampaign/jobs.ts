/** What the small campaign consists of: two tracts, each of three visits, four CCDs and two patches: 44 jobs. */
import { canonicalDataId, jobName, type DataId } from '../../schemas';

/** One job with its files, all relative to the root folder. */
export interface SmallJob {
  readonly unit: string;
  readonly job: string;
  readonly task: string;
  readonly dataId: DataId;
  readonly inputs: readonly SmallFile[];
  readonly outputs: readonly SmallFile[];
  /** Whether a visit that does not reach the patch may leave the output out. */
  readonly mayBeAbsent: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

/** One file and its dataset type. */
export interface SmallFile {
  readonly path: string;
  readonly datasetType: string;
}

/** The tracts; each is a unit. */
export const tracts = [8766, 9813];

const visits = [1228, 1230, 1236];
const ccds = [49, 50, 57, 58];
const patches = ['4,4', '4,5'];
const filter = 'HSC-I';

/** The CCD without a good pixel: its job fails for good. */
export const deadCcd = { tract: 9813, visit: 1230, ccd: 57 };

/** The raw images that the campaign starts from, with the tract, visit and CCD that tell them apart. */
export function rawFiles(): {
  readonly path: string;
  readonly tract: number;
  readonly visit: number;
  readonly ccd: number;
}[] {
  return tracts.flatMap((tract) =>
    visits.flatMap((visit) => ccds.map((ccd) => ({ path: rawPath(tract, visit, ccd), tract, visit, ccd }))),
  );
}

/** Every job of a tract in an attempt, upstream ones first. An attempt writes under its own names. */
export function jobsOf(tract: number, attempt: number): SmallJob[] {
  const folder = `tract-${String(tract)}/attempt-${String(attempt)}`;
  const file = (datasetType: string, name: string, suffix: string): SmallFile => ({
    datasetType,
    path: `${folder}/${datasetType}/${name}.${suffix}`,
  });
  const calexp = (visit: number, ccd: number): SmallFile => file('calexp', `${String(visit)}-${String(ccd)}`, 'pgm');
  const warp = (visit: number, patch: string): SmallFile =>
    file('deepCoadd_directWarp', `${patch}-${String(visit)}`, 'pgm');
  const coadd = (patch: string): SmallFile => file('deepCoadd', patch, 'pgm');
  const make = jobMaker(tract, folder);
  return [
    ...visits.flatMap((visit) =>
      ccds.map((ccd) =>
        make(
          'processCcd',
          { visit, ccd },
          [{ path: rawPath(tract, visit, ccd), datasetType: 'raw' }],
          [calexp(visit, ccd), file('src', `${String(visit)}-${String(ccd)}`, 'csv')],
        ),
      ),
    ),
    ...patches.flatMap((patch) =>
      visits.map((visit) =>
        make(
          'makeCoaddTempExp',
          { tract, patch, filter, visit },
          ccds.map((ccd) => calexp(visit, ccd)),
          [warp(visit, patch)],
        ),
      ),
    ),
    ...patches.map((patch) =>
      make(
        'assembleCoadd',
        { tract, patch, filter },
        visits.map((visit) => warp(visit, patch)),
        [coadd(patch)],
      ),
    ),
    ...patches.map((patch) =>
      make('measureCoaddSources', { tract, patch, filter }, [coadd(patch)], [file('deepCoadd_meas', patch, 'csv')]),
    ),
  ];
}

/** Jobs whose node is short of memory at their first try, and one visit that does not reach a patch. */
function environmentOf(tract: number, task: string, dataId: DataId, folder: string): Record<string, string> {
  const fault = { SMALL_CAMPAIGN_FAULT: `${folder}/fault-${task}` };
  if (tract === 8766 && task === 'makeCoaddTempExp' && dataId['visit'] === 1228 && dataId['patch'] === '4,5') {
    return fault;
  }
  if (tract === 9813 && task === 'processCcd' && dataId['visit'] === 1236 && dataId['ccd'] === 50) {
    return fault;
  }
  const isOutside = tract === 9813 && dataId['visit'] === 1236 && dataId['patch'] === '4,5';
  return isOutside ? { SMALL_CAMPAIGN_OVERLAP: 'none' } : {};
}

function jobMaker(tract: number, folder: string) {
  return (task: string, dataId: DataId, inputs: readonly SmallFile[], outputs: readonly SmallFile[]): SmallJob => ({
    unit: `tract=${String(tract)}`,
    job: jobName(task, canonicalDataId(dataId)),
    task,
    dataId,
    inputs,
    outputs,
    mayBeAbsent: task === 'makeCoaddTempExp',
    environment: environmentOf(tract, task, dataId, folder),
  });
}

function rawPath(tract: number, visit: number, ccd: number): string {
  return `raw/${String(tract)}/${String(visit)}-${String(ccd)}.pgm`;
}
