/** What the views know of the versions of paths, in the order of the paths and a page at a time. */
import { candidateColumns, candidateJoins, type CandidateRow } from '../queries/fileVersions';
import type { ViewReader } from '../queries/viewReader';

/** A version of a path, or a path that nobody wrote, with what decides which version lies there. */
export type VersionRow = CandidateRow &
  Readonly<{
    made_unit: string | null;
    made_attempt: number | null;
    reused_in: string | null;
    is_registered: number;
    lies_elsewhere: number;
    superseded: number;
  }>;

/** The columns of {@link pageSql} in their order: lists of them are made faster than rows with names. */
type VersionColumns = readonly [
  path: string,
  madeBy: string | null,
  madeType: string | null,
  madeSize: number | null,
  madeMd5: string | null,
  madePurged: number | null,
  madeAt: number | null,
  makerState: string | null,
  makerPartialUsable: number | null,
  registeredType: string | null,
  registeredSize: number | null,
  registeredMd5: string | null,
  registeredPurged: number | null,
  originCampaign: string | null,
  madeUnit: string | null,
  madeAttempt: number | null,
  reusedIn: string | null,
  isRegistered: number,
  liesElsewhere: number,
  superseded: number,
];

const pathsPerPage = 2000;

const locationHere = `SELECT 1 FROM file_locations AS place WHERE place.campaign = named.campaign
  AND place.path = named.path AND place.execution = coalesce(made.execution, '')`;
const liesElsewhere = `EXISTS (${locationHere}) AND NOT EXISTS (${locationHere} AND place.site = ?)`;

/** How the executions of a job in an attempt follow each other. */
const rankOf = (ran: string): string =>
  `coalesce(${ran}.try_number, 0), coalesce(${ran}.started_at_us, 0), ${ran}.execution`;

/**
 * The last execution of a job that succeeded in an attempt where a later one, as an import may tell, did not; in the
 * attempt of the version itself none before the version's: what was left by tries after the success is no older.
 */
const earlierSuccess = `
  SELECT tried.execution FROM executions AS tried
  WHERE tried.campaign = job.campaign AND tried.unit = job.unit AND tried.attempt = job.attempt
    AND tried.job = job.job AND tried.state = 'succeeded'
    AND (job.attempt > run.attempt OR (${rankOf('tried')}) >= (
      SELECT ${rankOf('own')} FROM executions AS own
      WHERE own.execution = run.execution AND own.campaign = job.campaign AND own.attempt = job.attempt LIMIT 1))
  ORDER BY coalesce(tried.try_number, 0) DESC, coalesce(tried.started_at_us, 0) DESC, tried.execution DESC LIMIT 1`;

/** The execution whose outputs count for the job that made a version: of the last attempt that came by some. */
const currentExecution = `
  SELECT CASE job.state WHEN 'reused' THEN job.reused_execution WHEN 'succeeded' THEN job.execution
    ELSE (${earlierSuccess}) END AS counted
  FROM provenance_executions AS run
    CROSS JOIN (SELECT DISTINCT campaign, unit, attempt FROM job_counts WHERE campaign = named.campaign) AS later
      ON later.unit = run.unit AND later.attempt >= run.attempt
    CROSS JOIN jobs AS job
      ON job.campaign = later.campaign AND job.unit = later.unit AND job.attempt = later.attempt AND job.job = run.job
  WHERE run.execution = made.execution AND (job.state = 'reused' OR job.executions > 0) AND counted IS NOT NULL
  ORDER BY job.attempt DESC LIMIT 1`;
const isSuperseded = `coalesce((${currentExecution}), made.execution) <> made.execution`;

/** What the pages are asked for. */
export interface PageForm {
  /** Also paths that no execution of the campaign wrote. */
  readonly withInputs: boolean;
  /** Whether anybody told where files lie. */
  readonly withLocations: boolean;
  /** Takes all versions for current, so that nothing need be looked up. */
  readonly withSuperseded: boolean;
}

/**
 * A page of paths, each once, whoever names them. {@link pageValues} has the values of its question marks.
 * @param after how the first path relates to the one that is given
 */
function pageSql({ withInputs, withLocations, withSuperseded }: PageForm, after: '>' | '>='): string {
  const first = sourcesOf(withInputs).map(
    (table) => `SELECT path FROM (SELECT DISTINCT path FROM ${table} WHERE campaign = ? AND path ${after} ?
      ORDER BY path LIMIT ${String(pathsPerPage)})`,
  );
  return `
    WITH named AS MATERIALIZED (
      SELECT ? AS campaign, path FROM (${first.join(' UNION ')}) ORDER BY path LIMIT ${String(pathsPerPage)})
    SELECT named.path, ${candidateColumns}, made.unit AS made_unit, made.attempt AS made_attempt, maker.reused_in,
      registered.path IS NOT NULL AS is_registered,
      ${withLocations ? liesElsewhere : '0'} AS lies_elsewhere,
      ${withSuperseded ? '0' : isSuperseded} AS superseded
    FROM named ${candidateJoins('named')} ORDER BY named.path`;
}

function pageValues({ withInputs, withLocations }: PageForm, campaign: string, site: string, after: string): string[] {
  const first = sourcesOf(withInputs).flatMap(() => [campaign, after]);
  return [campaign, ...first, ...(withLocations ? [site] : [])];
}

function sourcesOf(withInputs: boolean): readonly string[] {
  return ['file_versions', ...(withInputs ? ['registered_files', 'uses'] : [])];
}

/** All versions of all paths in the order of the paths, a page at a time; those of one path are on one page. */
export function* pagesOf(
  views: ViewReader,
  campaign: string,
  site: string,
  form: PageForm,
): Generator<readonly VersionRow[]> {
  let rowsOf = views.preparedRows<VersionColumns>(pageSql(form, '>='));
  for (let after: string | null = null; ;) {
    const rows: readonly VersionRow[] = rowsOf(...pageValues(form, campaign, site, after ?? '')).map(toRow);
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    yield rows;
    if (after === null) {
      rowsOf = views.preparedRows<VersionColumns>(pageSql(form, '>'));
    }
    after = last.path;
  }
}

function toRow(columns: VersionColumns): VersionRow {
  const [path, madeBy, madeType, madeSize, madeMd5, madePurged, madeAt, makerState, makerPartialUsable] = columns;
  const [, , , , , , , , , registeredType, registeredSize, registeredMd5, registeredPurged, originCampaign] = columns;
  const [, , , , , , , , , , , , , , madeUnit, madeAttempt, reusedIn, isRegistered, liesElsewhere, superseded] =
    columns;
  return {
    path,
    made_by: madeBy,
    made_type: madeType,
    made_size: madeSize,
    made_md5: madeMd5,
    made_purged: madePurged,
    made_at: madeAt,
    maker_state: makerState,
    maker_partial_usable: makerPartialUsable,
    registered_type: registeredType,
    registered_size: registeredSize,
    registered_md5: registeredMd5,
    registered_purged: registeredPurged,
    origin_campaign: originCampaign,
    made_unit: madeUnit,
    made_attempt: madeAttempt,
    reused_in: reusedIn,
    is_registered: isRegistered,
    lies_elsewhere: liesElsewhere,
    superseded,
  };
}
