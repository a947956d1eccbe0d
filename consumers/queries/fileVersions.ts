/** File versions and which of them an execution read: a use names a path, and a path may have been written more than once. */
import type { ViewReader } from './viewReader';

/** One version of a file, as programs are told it. */
export interface FileVersion {
  readonly path: string;
  /** The execution that wrote it; null for a file that the campaign did not make, or nobody has said who made. */
  readonly execution: string | null;
  readonly datasetType: string | null;
  readonly sizeBytes: number | null;
  readonly md5: string | null;
  readonly purged: boolean;
  /** Where a registered input comes from. */
  readonly originCampaign: string | null;
}

/** A version with what decides whether it was the one that was read. */
export interface Candidate extends FileVersion {
  /** Whether its execution succeeded, or declared that its outputs may be used although it did not. */
  readonly usable: boolean;
  readonly producedAtMicros: number | null;
}

/** The columns that {@link toCandidate} reads, of `file_versions AS made`, its execution `maker` and `registered`. */
export const candidateColumns = `
  made.execution AS made_by, made.dataset_type AS made_type, made.size_bytes AS made_size, made.md5 AS made_md5,
  made.purged AS made_purged, made.produced_at_us AS made_at,
  maker.state AS maker_state, maker.partial_usable AS maker_partial_usable,
  registered.dataset_type AS registered_type, registered.size_bytes AS registered_size,
  registered.md5 AS registered_md5, registered.purged AS registered_purged, registered.origin_campaign`;

/** The joins that give those columns to a row with `campaign` and `path`. @param of the alias of that row's table */
export function candidateJoins(of: string): string {
  return `
    LEFT JOIN file_versions AS made ON made.campaign = ${of}.campaign AND made.path = ${of}.path
    LEFT JOIN file_executions AS maker ON maker.campaign = made.campaign AND maker.execution = made.execution
    LEFT JOIN registered_files AS registered ON registered.campaign = ${of}.campaign AND registered.path = ${of}.path`;
}

/** A row of {@link candidateColumns}. */
export type CandidateRow = Readonly<{
  path: string;
  made_by: string | null;
  made_type: string | null;
  made_size: number | null;
  made_md5: string | null;
  made_purged: number | null;
  made_at: number | null;
  maker_state: string | null;
  maker_partial_usable: number | null;
  registered_type: string | null;
  registered_size: number | null;
  registered_md5: string | null;
  registered_purged: number | null;
  origin_campaign: string | null;
}>;

/** The version that a row tells of; without a generation it is an input from outside. */
export function toCandidate(row: CandidateRow, usedAs: string | null = null): Candidate {
  const made = row.made_by !== null;
  return {
    path: row.path,
    execution: row.made_by,
    datasetType: (made ? row.made_type : row.registered_type) ?? usedAs,
    sizeBytes: made ? row.made_size : row.registered_size,
    md5: made ? row.made_md5 : row.registered_md5,
    purged: (made ? row.made_purged : row.registered_purged) === 1,
    originCampaign: made ? null : row.origin_campaign,
    usable: row.maker_state === 'succeeded' || row.maker_partial_usable === 1,
    producedAtMicros: row.made_at,
  };
}

/** Every version of a path; one from outside where no execution wrote it; none where no event names it. */
export function versionsOf(views: ViewReader, campaign: string, path: string): Candidate[] {
  const sql = `
    SELECT named.path, ${candidateColumns} FROM (SELECT $campaign AS campaign, $path AS path) AS named
    ${candidateJoins('named')}
    WHERE made.execution IS NOT NULL OR registered.path IS NOT NULL
      OR EXISTS (SELECT 1 FROM uses WHERE uses.campaign = named.campaign AND uses.path = named.path)`;
  return views.query<CandidateRow>(sql, { campaign, path }).map((row) => toCandidate(row));
}

/**
 * The version that was read: of those that may be used (of all, where none may) the last one
 * written before it was read, else the first.
 * @param usedAtMicros when it was read; null for now
 */
export function versionRead<Version extends Candidate>(
  candidates: readonly Version[],
  usedAtMicros: number | null,
): Version | undefined {
  const usable = candidates.filter((candidate) => candidate.usable);
  const inOrder = [...(usable.length > 0 ? usable : candidates)].sort(byTime);
  const before = inOrder.filter(
    ({ producedAtMicros }) => usedAtMicros === null || (producedAtMicros ?? 0) <= usedAtMicros,
  );
  return before.at(-1) ?? inOrder[0];
}

/** When an execution began, by the stamp of its start (see `stampOf`); null where that is unknown. */
export function startedAtMicros(startStamp: string | null): number | null {
  const [, sign, digits] = /^(-?)(\d+) /.exec(startStamp ?? '') ?? [];
  if (digits === undefined) {
    return null;
  }
  return sign === '-' ? Number(digits) - Number.MAX_SAFE_INTEGER : Number(digits);
}

function byTime(a: Candidate, b: Candidate): number {
  const difference = (a.producedAtMicros ?? 0) - (b.producedAtMicros ?? 0);
  return difference !== 0 ? difference : (a.execution ?? '') < (b.execution ?? '') ? -1 : 1;
}
