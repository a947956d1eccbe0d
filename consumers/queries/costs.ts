/** Tables 2 and 3: what attempts cost, as a whole and by executable. */
import type { AttemptOfUnit } from './attempts';
import { named, numbered, seconds, type ViewReader } from './viewReader';

/**
 * Whose work counts: that of the attempt alone (attempt), with the executions whose outputs it took over (manifest), or
 * that of all attempts up to it (total).
 */
export const costBases = ['attempt', 'manifest', 'total'] as const;

/** One of {@link costBases}. */
export type CostBasis = (typeof costBases)[number];

/** A row of Table 2, as programs are told it. */
export interface UnitCost {
  readonly unit: string | null;
  readonly attempt: number | null;
  /** From the attempt's start to its end; with `total` the sum over the attempts. Null while one of these is unknown. */
  readonly wallSeconds: number | null;
  /** Null where not one execution was measured. */
  readonly userCpuSeconds: number | null;
  readonly systemCpuSeconds: number | null;
}

/** A row of Table 3, as programs are told it. Only executions that have ended count. */
export interface ExecutableCost {
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly executable: string;
  readonly executions: number;
  /** How many of them have no user CPU time. */
  readonly notMeasured: number;
  readonly userCpuSeconds: number | null;
  readonly systemCpuSeconds: number | null;
  readonly maxRssBytes: number | null;
}

/** Tables 2 and 3. */
export interface Costs {
  readonly units: readonly UnitCost[];
  readonly executables: readonly ExecutableCost[];
}

/** The executions of one executable in one attempt; the sums are null where nothing was measured. */
type CostRow = Readonly<{
  unit: string;
  attempt: number;
  executable: string;
  executions: number;
  not_measured: number;
  user_cpu_us: number | null;
  system_cpu_us: number | null;
  max_rss_bytes: number | null;
}>;

type WallRow = Readonly<{
  unit: string;
  attempt: number;
  attempt_started_at_us: number | null;
  attempt_ended_at_us: number | null;
  first_started_at_us: number | null;
  last_ended_at_us: number | null;
}>;

const measured = `
  executable, count(*) AS executions, sum(user_cpu_us IS NULL) AS not_measured, sum(user_cpu_us) AS user_cpu_us,
  sum(system_cpu_us) AS system_cpu_us, max(max_rss_bytes) AS max_rss_bytes`;

const ownSql = `
  SELECT unit, attempt, executable, executions, not_measured,
    CASE WHEN not_measured = executions THEN NULL ELSE user_cpu_us END AS user_cpu_us,
    CASE WHEN not_measured = executions AND system_cpu_us = 0 THEN NULL ELSE system_cpu_us END AS system_cpu_us,
    max_rss_bytes
  FROM executable_metrics WHERE campaign = $campaign`;

const takenOverSql = `
  SELECT reused.unit, reused.attempt, ${measured}
  FROM reused_executions AS reused JOIN metric_executions AS run ON run.execution = reused.execution
  WHERE reused.campaign = $campaign AND run.state NOT IN ('unheard', 'running')
    AND (run.campaign, run.unit, run.attempt) <> (reused.campaign, reused.unit, reused.attempt)
  GROUP BY reused.unit, reused.attempt, executable`;

/** What some attempts cost, by unit, attempt and executable. */
export function queryCosts(
  views: ViewReader,
  campaign: string,
  attempts: readonly AttemptOfUnit[],
  basis: CostBasis,
): Costs {
  const own = views.query<CostRow>(ownSql, { campaign });
  const takenOver = basis === 'manifest' ? views.query<CostRow>(takenOverSql, { campaign }) : [];
  const walls = views.query<WallRow>(
    `SELECT unit, attempt, attempt_started_at_us, attempt_ended_at_us, first_started_at_us, last_ended_at_us
     FROM attempt_metrics WHERE campaign = $campaign`,
    { campaign },
  );
  const counts = basis === 'total' ? upTo : exactly;
  const executables = attempts.flatMap((about) =>
    byExecutable(
      about,
      [...own, ...takenOver].filter((row) => counts(row, about)),
    ),
  );
  const units = attempts.map((about) => {
    const rows = executables.filter((row) => row.about === about);
    return {
      unit: named(about.unit),
      attempt: numbered(about.attempt),
      wallSeconds: seconds(sum(walls.filter((row) => counts(row, about)).map(wallMicros), 'all')),
      userCpuSeconds: seconds(sum(rows.map(({ userCpuMicros }) => userCpuMicros))),
      systemCpuSeconds: seconds(sum(rows.map(({ systemCpuMicros }) => systemCpuMicros))),
    };
  });
  return { units, executables: executables.map(toExecutableCost) };
}

function exactly(row: AttemptOfUnit, about: AttemptOfUnit): boolean {
  return row.unit === about.unit && row.attempt === about.attempt;
}

function upTo(row: AttemptOfUnit, about: AttemptOfUnit): boolean {
  return row.unit === about.unit && row.attempt <= about.attempt;
}

/** An executable's cost in microseconds, so that sums stay exact until they are told. */
interface ExecutableMicros {
  readonly about: AttemptOfUnit;
  readonly executable: string;
  readonly executions: number;
  readonly notMeasured: number;
  readonly userCpuMicros: number | null;
  readonly systemCpuMicros: number | null;
  readonly maxRssBytes: number | null;
}

function byExecutable(about: AttemptOfUnit, rows: readonly CostRow[]): ExecutableMicros[] {
  const names = [...new Set(rows.map(({ executable }) => executable))].sort();
  return names.map((executable) => {
    const same = rows.filter((row) => row.executable === executable);
    const largest = same.map(({ max_rss_bytes }) => max_rss_bytes).filter((bytes) => bytes !== null);
    return {
      about,
      executable,
      executions: same.reduce((total, row) => total + row.executions, 0),
      notMeasured: same.reduce((total, row) => total + row.not_measured, 0),
      userCpuMicros: sum(same.map((row) => row.user_cpu_us)),
      systemCpuMicros: sum(same.map((row) => row.system_cpu_us)),
      maxRssBytes: largest.length === 0 ? null : Math.max(...largest),
    };
  });
}

function toExecutableCost({ about, executable, executions, notMeasured, ...used }: ExecutableMicros): ExecutableCost {
  return {
    unit: named(about.unit),
    attempt: numbered(about.attempt),
    executable,
    executions,
    notMeasured,
    userCpuSeconds: seconds(used.userCpuMicros),
    systemCpuSeconds: seconds(used.systemCpuMicros),
    maxRssBytes: used.maxRssBytes,
  };
}

/**
 * The attempt's own word where its end is known, from the first start of its executions where only its beginning is not;
 * else the first start and the last end of its executions.
 */
function wallMicros(row: WallRow): number | null {
  const { attempt_started_at_us: started, attempt_ended_at_us: ended } = row;
  const { first_started_at_us: first, last_ended_at_us: last } = row;
  const [from, to] = ended === null ? [first, last] : [started ?? first, ended];
  return from === null || to === null ? null : to - from;
}

/** The sum of what is known, null where nothing is; with 'all' also where one is not. */
function sum(values: readonly (number | null)[], needs: 'any' | 'all' = 'any'): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0 || (needs === 'all' && known.length < values.length)) {
    return null;
  }
  return known.reduce((total, value) => total + value, 0);
}
