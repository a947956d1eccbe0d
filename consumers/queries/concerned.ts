/** What a statement about some of a campaign's data concerns of all that is known: for whoever may have mistyped it. */
import type { ViewReader } from './viewReader';

/** Some of a campaign's jobs; null admits all. */
export interface JobsMeant {
  readonly unit: string | null;
  readonly task: string | null;
  /** A JSON object: jobs whose data ID holds all its values. */
  readonly dataId: string | null;
}

/** Some of the files that were made; null admits all. */
export interface FilesMeant extends JobsMeant {
  readonly datasetType: string | null;
  /** The last attempt. */
  readonly attempt: number;
}

function isMeant(job: string): string {
  return `($unit IS NULL OR ${job}.unit = $unit) AND ($task IS NULL OR ${job}.task = $task)
    AND ($dataId IS NULL OR (json_valid(${job}.data_id) AND NOT EXISTS (
      SELECT 1 FROM json_each($dataId) AS wanted WHERE NOT EXISTS (
        SELECT 1 FROM json_each(${job}.data_id) AS held WHERE held.key = wanted.key AND held.value = wanted.value))))`;
}

/** How many jobs are meant, each once for all its attempts; null where the campaign has no job at all yet. */
export function countJobsMeant(views: ViewReader, campaign: string, { unit, task, dataId }: JobsMeant): number | null {
  const [any] = views.query('SELECT 1 FROM job_counts WHERE campaign = $campaign LIMIT 1', { campaign });
  return any === undefined
    ? null
    : count(
        views,
        `SELECT count(*) AS count FROM (
           SELECT DISTINCT unit, job FROM jobs WHERE campaign = $campaign AND ${isMeant('jobs')})`,
        { campaign, unit, task, dataId },
      );
}

/** How many files that executions have made and that were not purged are meant. */
export function countFilesMeant(views: ViewReader, campaign: string, meant: FilesMeant): number {
  const { unit, task, dataId, datasetType, attempt } = meant;
  return count(
    views,
    `SELECT count(*) AS count FROM executions AS run
     JOIN file_versions AS version ON version.execution = run.execution AND version.campaign = run.campaign
     WHERE run.campaign = $campaign AND run.attempt <= $attempt AND ${isMeant('run')}
       AND version.dataset_type IS NOT NULL AND version.purged = 0
       AND ($datasetType IS NULL OR version.dataset_type = $datasetType)`,
    { campaign, unit, task, dataId, datasetType, attempt },
  );
}

/** The units of a campaign of which jobs are known, by name. */
export function listUnits(views: ViewReader, campaign: string): string[] {
  return views
    .query<{ unit: string }>(
      `SELECT DISTINCT unit FROM job_counts WHERE campaign = $campaign AND unit <> '' ORDER BY unit`,
      { campaign },
    )
    .map(({ unit }) => unit);
}

/** The dataset types of which a campaign has or plans files, by name. */
export function listDatasetTypes(views: ViewReader, campaign: string): string[] {
  return views
    .query<{ name: string }>(
      `SELECT dataset_type AS name FROM file_counts WHERE campaign = $campaign
       UNION SELECT dataset_type FROM expectations WHERE campaign = $campaign AND basis = 'plan' AND dataset_type <> ''
       ORDER BY 1`,
      { campaign },
    )
    .map(({ name }) => name);
}

/** The hosts on which executions of a campaign have run, by name. */
export function listHosts(views: ViewReader, campaign: string): string[] {
  return views
    .query<{ host: string }>(
      'SELECT DISTINCT host FROM executions WHERE campaign = $campaign AND host IS NOT NULL ORDER BY host',
      { campaign },
    )
    .map(({ host }) => host);
}

function count(views: ViewReader, sql: string, values: Readonly<Record<string, string | number | null>>): number {
  return views.query<{ count: number }>(sql, values)[0]?.count ?? 0;
}
