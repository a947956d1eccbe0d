/** The files that should lie at a site, as the views tell, in the order of their paths and a page at a time. */
import type { ExpectedFile } from '../files/fileCheck';
import type { AttemptOfUnit } from '../queries/attempts';
import {
  candidateColumns,
  candidateJoins,
  toCandidate,
  versionRead,
  type Candidate,
  type CandidateRow,
} from '../queries/fileVersions';
import { named, numbered, type ViewReader } from '../queries/viewReader';
import type { FileRole } from './comparison';

/** A file as the ledger knows it. */
export interface LedgerFile extends ExpectedFile {
  readonly role: FileRole;
  readonly execution: string | null;
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly datasetType: string | null;
}

/** Which files. */
export interface LedgerFilesQuestion {
  readonly campaign: string;
  readonly site: string;
  /** See `ComparisonQuestion`. */
  readonly attempts: readonly AttemptOfUnit[] | null;
}

type VersionRow = CandidateRow &
  Readonly<{
    made_unit: string | null;
    made_attempt: number | null;
    reused_in: string | null;
    is_registered: number;
    lies_elsewhere: number;
  }>;

interface Version extends Candidate {
  readonly unit: string | null;
  readonly attempt: number | null;
}

const pathsPerPage = 2000;

const locationHere = `SELECT 1 FROM file_locations AS place WHERE place.campaign = named.campaign
  AND place.path = named.path AND place.execution = coalesce(made.execution, '')`;
const liesElsewhere = `EXISTS (${locationHere}) AND NOT EXISTS (${locationHere} AND place.site = $site)`;

/** A page of paths, each once, whoever names them. @param after how the first path relates to `$after` */
function pageSql(withInputs: boolean, withLocations: boolean, after: '>' | '>='): string {
  const sources = ['file_versions', ...(withInputs ? ['registered_files', 'uses'] : [])];
  const first = sources.map(
    (table) => `SELECT path FROM (SELECT DISTINCT path FROM ${table} WHERE campaign = $campaign AND path ${after} $after
      ORDER BY path LIMIT ${String(pathsPerPage)})`,
  );
  return `
    WITH named AS MATERIALIZED (
      SELECT $campaign AS campaign, path FROM (${first.join(' UNION ')}) ORDER BY path LIMIT ${String(pathsPerPage)})
    SELECT named.path, ${candidateColumns}, made.unit AS made_unit, made.attempt AS made_attempt, maker.reused_in,
      registered.path IS NOT NULL AS is_registered,
      ${withLocations ? liesElsewhere : '0'} AS lies_elsewhere
    FROM named ${candidateJoins('named')} ORDER BY named.path`;
}

/**
 * Each file once: of several versions of a path the one that lies there now, which is the last one that may be used.
 * Not told are files that are known to lie at other sites only.
 */
export function* ledgerFiles(views: ViewReader, question: LedgerFilesQuestion): Generator<LedgerFile> {
  const { campaign, site, attempts } = question;
  const withLocations = anyLocation(views, campaign);
  let sql = pageSql(attempts === null, withLocations, '>=');
  const chosen = attempts && new Set(attempts.map(({ unit, attempt }) => placeName(unit, attempt)));
  for (let after = ''; ;) {
    const rows = views.query<VersionRow>(sql, { campaign, site, after });
    for (const versions of byPath(rows)) {
      const file = fileOf(versions, chosen);
      if (file !== null) {
        yield file;
      }
    }
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    after = last.path;
    sql = pageSql(attempts === null, withLocations, '>');
  }
}

function anyLocation(views: ViewReader, campaign: string): boolean {
  return views.query('SELECT 1 FROM file_locations WHERE campaign = $campaign LIMIT 1', { campaign }).length > 0;
}

/** How many there are about, for a progress bar. */
export function countLedgerFiles(views: ViewReader, campaign: string): number {
  const sql = 'SELECT count(*) AS files FROM file_versions WHERE campaign = $campaign';
  return views.query<{ files: number }>(sql, { campaign })[0]?.files ?? 0;
}

function* byPath(rows: readonly VersionRow[]): Generator<readonly VersionRow[]> {
  let versions: VersionRow[] = [];
  for (const row of rows) {
    if (versions.length > 0 && versions[0]?.path !== row.path) {
      yield versions;
      versions = [];
    }
    versions.push(row);
  }
  if (versions.length > 0) {
    yield versions;
  }
}

function fileOf(rows: readonly VersionRow[], chosen: ReadonlySet<string> | null): LedgerFile | null {
  const here = rows.filter((row) => row.lies_elsewhere === 0 && isMeant(row, chosen));
  const file = versionRead(here.map(toVersion), null);
  const row = rows[0];
  if (file === undefined || row === undefined) {
    return null;
  }
  const role = roleOf(file, row);
  const isPurged = role === 'purged';
  return {
    path: file.path,
    // What was purged should be gone, whatever its size was.
    sizeBytes: isPurged ? null : file.sizeBytes,
    md5: isPurged ? null : file.md5,
    role,
    execution: file.execution,
    unit: file.unit,
    attempt: file.attempt,
    datasetType: file.datasetType,
  };
}

/** A version of which only a purge or a check was heard is none yet; a path that is only used is an input. */
function isMeant(row: VersionRow, chosen: ReadonlySet<string> | null): boolean {
  if (row.made_by === null) {
    return chosen === null;
  }
  if (row.made_type === null) {
    return false;
  }
  return chosen === null || placesOf(row).some((place) => chosen.has(place));
}

function placesOf({ made_unit, made_attempt, reused_in }: VersionRow): string[] {
  const reused = JSON.parse(reused_in ?? '[]') as [string, number][];
  return [placeName(made_unit ?? '', made_attempt ?? 0), ...reused.map((place) => placeName(...place))];
}

function placeName(unit: string, attempt: number): string {
  return `${String(attempt)} ${unit}`;
}

function toVersion(row: VersionRow): Version {
  const unit = row.made_unit === null ? null : named(row.made_unit);
  return { ...toCandidate(row), unit, attempt: row.made_attempt === null ? null : numbered(row.made_attempt) };
}

function roleOf(file: Version, row: VersionRow): FileRole {
  if (file.purged) {
    return 'purged';
  }
  if (file.execution === null) {
    return row.is_registered === 1 ? 'registered' : 'used';
  }
  return file.usable ? 'made' : 'partial';
}
