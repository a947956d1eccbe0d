/** What is slow: a running job that has taken longer than ten times the median of its task. */
import type { ViewReader } from './viewReader';

/** How many medians a running job may take before it counts as slow. */
const slowFactor = 10;

// The middle one, or the lower of the two in the middle: integers stay integers.
const mediansSql = `
  SELECT task, wall_us FROM (
    SELECT task, wall_us, row_number() OVER (PARTITION BY task ORDER BY wall_us) AS place,
      count(*) OVER (PARTITION BY task) AS size
    FROM executions WHERE campaign = $campaign AND state = 'succeeded' AND wall_us IS NOT NULL)
  WHERE place = (size + 1) / 2`;

/** The median wall-clock time of each task's successful executions, microseconds. */
export function medianWallMicros(views: ViewReader, campaign: string): ReadonlyMap<string, number> {
  const rows = views.query<{ task: string | null; wall_us: number }>(mediansSql, { campaign });
  return new Map(rows.map(({ task, wall_us }) => [task ?? '', wall_us]));
}

/** Whether an execution is running and has taken longer than ten times the median; false where no median is known. */
export function isSlow(
  execution: { readonly state: string; readonly started_at_us: number | null } | undefined,
  medianMicros: number | undefined,
  nowMicros: number,
): boolean {
  return (
    execution?.state === 'running' &&
    execution.started_at_us !== null &&
    medianMicros !== undefined &&
    nowMicros - execution.started_at_us > slowFactor * medianMicros
  );
}
