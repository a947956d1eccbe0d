/** Section 5 of the test case: executions whose times cannot be. */
import { decides, eventsOf, versionStamp, type Check, type FoundRow } from '../verification';

type OpenRow = FoundRow & Readonly<{ execution: string; host: string | null; over: number; over_stamp: string | null }>;

export const endedExecutions: Check = {
  name: 'anomalies.neverEnded',
  section: 5,
  title: 'every execution that started has ended',
  byConstruction: null,
  run: (asked) =>
    asked.find(
      asked.findings(),
      asked.found<OpenRow>(`SELECT open.*, CASE WHEN over = 0 THEN 2 ELSE 3 END * decisive AS weight FROM (
         SELECT run.unit, run.attempt, run.job AS subject, run.start_stamp AS stamp, run.execution, run.host,
           attempt.end_stamp AS over_stamp, ${decides('run')} AS decisive,
           attempt.end_stamp IS NOT NULL
             OR EXISTS (SELECT 1 FROM chosen WHERE chosen.unit = run.unit AND chosen.attempt > run.attempt)
             OR EXISTS (SELECT 1 FROM jobs AS job WHERE job.campaign = run.campaign AND job.unit = run.unit
               AND job.attempt = run.attempt AND job.job = run.job AND job.execution <> run.execution) AS over
         FROM executions AS run LEFT JOIN attempts AS attempt
           ON attempt.campaign = run.campaign AND attempt.unit = run.unit AND attempt.attempt = run.attempt
         WHERE run.campaign = $campaign AND run.state = 'running') AS open`),
      ({ execution, host, over, stamp, over_stamp }) => {
        const where = host === null ? '' : ` on ${host}`;
        return {
          message:
            over === 0
              ? `execution ${execution}${where} is still running`
              : `no event tells how execution ${execution}${where} ended, and the attempt or the job went on without it`,
          events: eventsOf(stamp, over_stamp),
        };
      },
    ),
};

type TwiceRow = FoundRow & Readonly<{ execution: string; earlier: string; earlier_stamp: string | null }>;

export const startedOnce: Check = {
  name: 'anomalies.startedTwice',
  section: 5,
  title: 'no job was run twice at once',
  byConstruction: null,
  // The end of a lost execution is when somebody said so, not when it ended: as far as it was measured it counts.
  run: (asked) =>
    asked.find(
      asked.findings(),
      asked.found<TwiceRow>(`SELECT run.unit, run.attempt, run.job AS subject, run.start_stamp AS stamp, run.execution,
         run.earlier, run.earlier_stamp, 3 * ${decides('run')} AS weight
       FROM (
         SELECT unit, attempt, job, execution, start_stamp, started_at_us, state,
           lag(execution) OVER in_order AS earlier, lag(start_stamp) OVER in_order AS earlier_stamp,
           lag(state) OVER in_order AS earlier_state,
           lag(CASE state WHEN 'lost' THEN started_at_us + coalesce(wall_us, 0) ELSE ended_at_us END) OVER in_order
             AS earlier_ended_at_us
         FROM executions
         WHERE campaign = $campaign AND started_at_us IS NOT NULL AND (unit, job) IN (
           SELECT unit, job FROM executions WHERE campaign = $campaign GROUP BY unit, job HAVING count(*) > 1)
         WINDOW in_order AS (PARTITION BY unit, job ORDER BY started_at_us, execution)) AS run
       WHERE run.earlier_ended_at_us > run.started_at_us
         OR (run.earlier_state = 'running' AND run.state = 'running')`),
      ({ execution, earlier, stamp, earlier_stamp }) => ({
        message: `execution ${execution} started while execution ${earlier} had not ended`,
        events: eventsOf(earlier_stamp, stamp),
      }),
    ),
};

type ClockRow = FoundRow & Readonly<{ started_at_us: number; ended_at_us: number; end_stamp: string | null }>;
type ReadRow = FoundRow &
  Readonly<{
    job: string;
    before_us: number;
    made_stamp: string | null;
    host: string | null;
    made_host: string | null;
  }>;

export const clocks: Check = {
  name: 'anomalies.clocks',
  section: 5,
  title: 'no clock runs backwards',
  byConstruction: 'wall-clock times come from a clock that nobody sets; what is looked for is times that contradict',
  run: (asked) => {
    const findings = asked.find(
      asked.findings(),
      asked.found<ClockRow>(`SELECT unit, attempt, job AS subject, start_stamp AS stamp, started_at_us, ended_at_us, end_stamp,
         3 * ${decides('run')} AS weight
       FROM executions AS run
       WHERE campaign = $campaign AND state IN ('succeeded', 'failed') AND ended_at_us < started_at_us`),
      ({ started_at_us, ended_at_us, stamp, end_stamp }) => ({
        message: `it ended ${secondsText(started_at_us - ended_at_us)} before it started`,
        events: eventsOf(stamp, end_stamp),
      }),
    );
    return asked.find(
      findings,
      asked.found<ReadRow>(readBeforeWritten),
      ({ job, before_us, host, made_host, stamp, made_stamp }) => ({
        message:
          `${job} started ${secondsText(before_us)} before this input of it was written` +
          (host === made_host ? '' : `, by the clocks of ${host ?? 'a host'} and ${made_host ?? 'another'}`),
        events: eventsOf(stamp, made_stamp),
      }),
    );
  },
};

/** Of inputs with one version only: of several nobody knows which was read. Clocks of two hosts may differ a little. */
const readBeforeWritten = `
  SELECT run.unit, run.attempt, used.path AS subject, run.start_stamp AS stamp, run.job,
    made.produced_at_us - started.started_at_us AS before_us, ${versionStamp('made')} AS made_stamp,
    started.host, writer.host AS made_host,
    CASE WHEN started.host IS writer.host AND started.host IS NOT NULL THEN 3 * ${decides('run')} ELSE 0 END AS weight
  FROM uses AS used
  JOIN provenance_executions AS run ON run.execution = used.execution AND run.inputs_basis = used.basis
  JOIN file_versions AS made ON made.path = used.path AND made.campaign = used.campaign
  JOIN executions AS started ON started.campaign = run.campaign AND started.unit = run.unit
    AND started.attempt = run.attempt AND started.job = run.job AND started.execution = run.execution
  JOIN provenance_executions AS maker ON maker.execution = made.execution
  JOIN executions AS writer ON writer.campaign = maker.campaign AND writer.unit = maker.unit
    AND writer.attempt = maker.attempt AND writer.job = maker.job AND writer.execution = maker.execution
  WHERE used.campaign = $campaign AND made.produced_at_us > started.started_at_us
    AND NOT EXISTS (SELECT 1 FROM file_versions AS other WHERE other.path = used.path
      AND other.campaign = used.campaign AND other.execution <> made.execution)`;

/** Microseconds for people. */
function secondsText(micros: number): string {
  return `${(micros / 1e6).toFixed(6).replace(/\.?0+$/, '')} s`;
}
