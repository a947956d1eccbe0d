/** The files that should lie at a site, as the views tell, in the order of their paths and a page at a time. */
import type { ExpectedFile } from '../files/fileCheck';
import type { AttemptOfUnit } from '../queries/attempts';
import { toCandidate, versionRead, type Candidate } from '../queries/fileVersions';
import { named, numbered, type ViewReader } from '../queries/viewReader';
import type { FileRole } from './comparison';
import { pagesOf, type VersionRow } from './versionPages';

/** A file as the ledger knows it. */
export interface LedgerFile extends ExpectedFile {
  readonly role: FileRole;
  readonly execution: string | null;
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly datasetType: string | null;
  /** Whether its job was done again since, and another execution's files count. */
  readonly superseded: boolean;
}

/** Which files. */
export interface LedgerFilesQuestion {
  readonly campaign: string;
  readonly site: string;
  /** See `ComparisonQuestion`. */
  readonly attempts: readonly AttemptOfUnit[] | null;
  readonly withSuperseded: boolean;
}

/**
 * Each file once: of several versions of a path the one that lies there now, which is the last one that may be used.
 * Not told are files that are known to lie at other sites only.
 */
export function* ledgerFiles(views: ViewReader, question: LedgerFilesQuestion): Generator<LedgerFile> {
  const { campaign, site, attempts } = question;
  const pages = pagesOf(views, campaign, site, {
    withInputs: attempts === null,
    withLocations: anyLocation(views, campaign),
    withSuperseded: question.withSuperseded || !anyTwice(views, campaign),
  });
  const chosen = attempts && new Set(attempts.map(({ unit, attempt }) => placeName(unit, attempt)));
  for (const rows of pages) {
    for (const versions of byPath(rows)) {
      const file = fileOf(versions, chosen);
      if (file !== null) {
        yield file;
      }
    }
  }
}

/** Whether files may be known that a job wrote before the execution that counts: most campaigns have no such thing. */
function anyTwice(views: ViewReader, campaign: string): boolean {
  const sql = `
    SELECT 1 WHERE EXISTS (SELECT 1 FROM job_counts WHERE campaign = $campaign AND attempt > 1)
      OR EXISTS (SELECT 1 FROM file_counts WHERE campaign = $campaign AND partial > 0)`;
  return views.query(sql, { campaign }).length > 0;
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
  const row = here.length > 1 ? lyingThere(here) : here[0];
  if (row === undefined) {
    return null;
  }
  const file = toCandidate(row);
  const role = roleOf(file, row);
  const isPurged = role === 'purged';
  return {
    path: file.path,
    // What was purged should be gone, whatever its size was.
    sizeBytes: isPurged ? null : file.sizeBytes,
    md5: isPurged ? null : file.md5,
    role,
    execution: file.execution,
    unit: row.made_unit === null ? null : named(row.made_unit),
    attempt: row.made_attempt === null ? null : numbered(row.made_attempt),
    datasetType: file.datasetType,
    superseded: row.superseded === 1 && !isPurged,
  };
}

/** Of several versions of a path the one that lies there now. */
function lyingThere(rows: readonly VersionRow[]): VersionRow | undefined {
  return versionRead(rows.map((row) => ({ ...toCandidate(row), row })), null)?.row; // prettier-ignore
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

function roleOf(file: Candidate, row: VersionRow): FileRole {
  if (file.purged) {
    return 'purged';
  }
  if (file.execution === null) {
    return row.is_registered === 1 ? 'registered' : 'used';
  }
  return file.usable ? 'made' : 'partial';
}
