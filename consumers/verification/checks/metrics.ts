/** Section 4 of the test case: what every execution used; what was killed, and why. */
import { decides, eventsOf, type Check, type FoundRow } from '../verification';

const metricNames = {
  wall_us: 'wall-clock time',
  user_cpu_us: 'user CPU time',
  system_cpu_us: 'system CPU time',
  max_rss_bytes: 'maximum resident memory',
} as const;

type MetricsRow = FoundRow & Readonly<Record<keyof typeof metricNames, number | null>>;

export const measuredExecutions: Check = {
  name: 'metrics.measured',
  section: 4,
  title: 'every execution that succeeded has its runtime metrics',
  byConstruction: null,
  run: (asked) =>
    asked.find(
      asked.findings(),
      // A process that is smaller than its sidecar, or gone too soon, has a peak that nothing tells: the sidecar says so.
      asked.found<MetricsRow>(`SELECT unit, attempt, job AS subject, end_stamp AS stamp,
         CASE WHEN wall_us IS NULL OR user_cpu_us IS NULL OR system_cpu_us IS NULL
           OR coalesce(instr(caveats, '"maxRssNotMeasured"'), 0) = 0 THEN 3 * ${decides('run')} ELSE 0 END AS weight,
         wall_us, user_cpu_us, system_cpu_us, max_rss_bytes
       FROM executions AS run
       WHERE campaign = $campaign AND state = 'succeeded'
         AND (wall_us IS NULL OR user_cpu_us IS NULL OR system_cpu_us IS NULL OR max_rss_bytes IS NULL)`),
      (row) => {
        const names = Object.entries(metricNames).filter(
          ([column]) => row[column as keyof typeof metricNames] === null,
        );
        return { message: `not measured: ${names.map(([, name]) => name).join(', ')}`, events: eventsOf(row.stamp) };
      },
    ),
};

type KilledRow = FoundRow &
  Readonly<{
    state: string;
    failure_class: string | null;
    signal: string | null;
    exit_code: number | null;
    host: string | null;
    message: string | null;
  }>;

export const killedExecutions: Check = {
  name: 'metrics.killed',
  section: 4,
  title: 'executions that failed or were killed are listed with their cause',
  byConstruction: 'an execution that did not succeed never counts; its cause is listed here',
  run: (asked) =>
    asked.find(
      asked.findings(),
      asked.found<KilledRow>(`SELECT unit, attempt, job AS subject, coalesce(end_stamp, lost_stamp) AS stamp, 0 AS weight,
         state, failure_class, signal, exit_code, host, message
       FROM executions WHERE campaign = $campaign AND state IN ('failed', 'lost')`),
      ({ state, failure_class, signal, exit_code, host, message, stamp }) => {
        const end = signal ?? (exit_code === null ? null : `exit code ${String(exit_code)}`);
        const cause = [failure_class, end, host === null ? null : `on ${host}`].filter((part) => part !== null);
        return {
          message: `${state}: ${cause.join(', ')}${message === null ? '' : `: ${message}`}`,
          events: eventsOf(stamp),
        };
      },
    ),
};
