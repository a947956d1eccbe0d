/** What a report tells in prose: the problems met, and where what was done deviates from what was meant to be done. */
import { named, numbered } from '../queries/viewReader';
import type { Told } from './report';
import { eventsOf, type Verification } from './verification';

type AttemptRow = Readonly<{
  unit: string;
  attempt: number;
  why: string | null;
  outcome: string | null;
  failed: number;
  lost: number;
  skipped: number;
  abandoned: number;
  start_stamp: string | null;
  end_stamp: string | null;
}>;

/** Attempts that did not come out whole, and those that others have taken the place of. */
const attemptsSql = `
  SELECT attempt.unit, attempt.attempt, why, outcome, start_stamp, end_stamp, sum(coalesce(counts.failed, 0)) AS failed,
    sum(coalesce(counts.lost, 0)) AS lost, sum(coalesce(counts.skipped, 0)) AS skipped,
    sum(coalesce(counts.abandoned, 0)) AS abandoned
  FROM attempts AS attempt LEFT JOIN job_counts AS counts ON counts.campaign = attempt.campaign
    AND counts.unit = attempt.unit AND counts.attempt = attempt.attempt
  WHERE attempt.campaign = $campaign AND attempt.unit IN (SELECT unit FROM chosen)
  GROUP BY attempt.unit, attempt.attempt
  HAVING outcome IN ('partial', 'stopped') OR (outcome IS NULL AND EXISTS (
    SELECT 1 FROM chosen WHERE chosen.unit = attempt.unit AND chosen.attempt > attempt.attempt))
  ORDER BY attempt.unit, attempt.attempt`;

type FailureRow = Readonly<{
  unit: string;
  attempt: number;
  failure_class: string;
  permanence: string;
  task: string;
  failures: number;
  hosts: number;
  host: string;
  cpu_us: number | null;
  first_stamp: string | null;
  last_stamp: string | null;
}>;

const failuresSql = `
  SELECT unit, attempt, failure_class, permanence, task, count(*) AS failures, count(DISTINCT host) AS hosts,
    max(host) AS host, sum(cpu_us) AS cpu_us, min(coalesce(end_stamp, lost_stamp)) AS first_stamp,
    max(coalesce(end_stamp, lost_stamp)) AS last_stamp
  FROM failure_executions
  WHERE campaign = $campaign AND state IN ('failed', 'lost') AND unit IN (SELECT unit FROM chosen)
  GROUP BY unit, attempt, failure_class, permanence, task
  ORDER BY unit, attempt, failures DESC, failure_class, task, permanence`;

/** The "Problems" of a report: attempts that failed, and why executions failed or were lost. */
export function problemsOf(asked: Verification): Told[] {
  const attempts = asked.rows<AttemptRow>(attemptsSql).map((row): Told => {
    const counts = (['failed', 'lost', 'skipped', 'abandoned'] as const)
      .filter((state) => row[state] > 0)
      .map((state) => `${String(row[state])} ${state}`);
    const end = row.outcome === null ? 'never ended, and a later one took its place' : `ended ${row.outcome}`;
    const jobs = counts.length === 0 ? '' : `; jobs: ${counts.join(', ')}`;
    return toldOf('attempt', row, `attempt ${String(row.attempt)} (${row.why ?? 'no occasion told'}) ${end}${jobs}`, [
      row.start_stamp,
      row.end_stamp,
    ]);
  });
  const failures = asked.rows<FailureRow>(failuresSql).map((row): Told => {
    const kind = [row.failure_class, row.permanence].filter((text) => text !== '').join(', ');
    const where =
      row.hosts > 1 ? `on ${String(row.hosts)} hosts` : row.host === '' ? 'on no host told' : `on ${row.host}`;
    const cpu = row.cpu_us === null ? 'CPU time not measured' : `${(row.cpu_us / 1e6).toFixed(1)} s of CPU time lost`;
    const what = `${counted(row.failures, 'execution')} of ${row.task === '' ? 'no task told' : row.task}`;
    return toldOf('failures', row, `${what}: ${kind}, ${where}, ${cpu}`, [row.first_stamp, row.last_stamp]);
  });
  return [...attempts, ...failures];
}

/** The "Deviations" of a report: purges, vetoes, withdrawals, holds, corrected expectations and remarks. */
export function deviationsOf(asked: Verification): Told[] {
  return [
    ...purges(asked),
    ...vetoes(asked),
    ...withdrawals(asked),
    ...holds(asked),
    ...corrections(asked),
    ...notes(asked),
  ];
}

type Signed = Readonly<{ unit: string | null; attempt: number | null; ticket: string | null; signed: string | null }>;

function purges(asked: Verification): Told[] {
  const rows = asked.rows<
    Signed &
      Readonly<{
        dataset_type: string | null;
        site: string;
        why: string | null;
        files: number;
        first: string;
        last: string;
      }>
  >(
    `SELECT coalesce(made.unit, '') AS unit, made.attempt, coalesce(made.dataset_type, registered.dataset_type) AS dataset_type,
       purge.site, purge.why, purge.purged_by AS signed, count(*) AS files, min(purge.stamp) AS first, max(purge.stamp) AS last
     FROM purges AS purge
     LEFT JOIN file_versions AS made ON made.execution = purge.execution AND made.campaign = purge.campaign
       AND made.path = purge.path
     LEFT JOIN registered_files AS registered ON purge.execution = '' AND registered.campaign = purge.campaign
       AND registered.path = purge.path
     WHERE purge.campaign = $campaign
     GROUP BY 1, 2, 3, purge.site, purge.why, purge.purged_by ORDER BY 1, 2, 3, purge.site, purge.why, purge.purged_by`,
  );
  return rows
    .filter(({ unit }) => concerns(asked, unit === '' ? null : unit))
    .map((row) => {
      const site = row.site === '' ? '' : ` at ${row.site}`;
      const what = `${counted(row.files, 'file')} of ${row.dataset_type ?? 'no dataset type told'} purged${site}`;
      return toldOf('purge', row, `${what}: ${row.why ?? 'no reason told'}`, [row.first, row.last]);
    });
}

function vetoes(asked: Verification): Told[] {
  const rows = asked.rows<
    Signed &
      Readonly<{
        task: string | null;
        data_id: string | null;
        why: string | null;
        stamp: string;
        lift_stamp: string | null;
        lifted_why: string | null;
      }>
  >(
    `SELECT unit, NULL AS attempt, task, data_id, why, ticket, vetoed_by AS signed, stamp, lift_stamp, lifted_why
     FROM vetoes WHERE campaign = $campaign AND stamp IS NOT NULL ORDER BY stamp`,
  );
  return rows
    .filter(({ unit }) => concerns(asked, unit))
    .map((row) => {
      const lifted =
        row.lift_stamp === null ? '' : `; lifted again${row.lifted_why === null ? '' : `: ${row.lifted_why}`}`;
      const what = `${row.data_id ?? 'no data ID'}${row.task === null ? '' : ` of ${row.task}`} vetoed`;
      return toldOf('veto', row, `${what}: ${row.why ?? 'no reason told'}${lifted}`, [row.stamp, row.lift_stamp]);
    });
}

function withdrawals(asked: Verification): Told[] {
  const rows = asked.rows<
    Signed &
      Readonly<{ task: string | null; data_id: string | null; dataset_type: string | null; why: string; stamp: string }>
  >(
    `SELECT unit, attempt, task, data_id, dataset_type, why, ticket, withdrawn_by AS signed, stamp
     FROM withdrawals WHERE campaign = $campaign ORDER BY stamp`,
  );
  return rows
    .filter(({ unit }) => concerns(asked, unit))
    .map((row) => {
      const scope = [row.dataset_type, row.task, row.data_id].filter((part) => part !== null);
      const until = row.attempt === null ? '' : ` up to attempt ${String(row.attempt)}`;
      const what = `outputs withdrawn${until}: ${scope.length === 0 ? 'all' : scope.join(', ')}`;
      return toldOf('withdrawal', row, `${what}: ${row.why}`, [row.stamp]);
    });
}

function holds(asked: Verification): Told[] {
  const rows = asked.rows<
    Signed & Readonly<{ host: string | null; why: string | null; stamp: string; release_stamp: string | null }>
  >(
    `SELECT unit, NULL AS attempt, host, why, ticket, held_by AS signed, stamp, release_stamp
     FROM holds WHERE campaign = $campaign AND stamp IS NOT NULL ORDER BY stamp`,
  );
  return rows
    .filter(({ unit }) => concerns(asked, unit))
    .map((row) => {
      const where = row.host === null ? '' : ` on ${row.host}`;
      const released = row.release_stamp === null ? '; still held' : '';
      return toldOf('hold', row, `starts held${where}: ${row.why ?? 'no reason told'}${released}`, [
        row.stamp,
        row.release_stamp,
      ]);
    });
}

function corrections(asked: Verification): Told[] {
  const rows = asked.rows<Signed & Readonly<{ dataset_type: string; count: number | null; stamp: string }>>(
    `SELECT nullif(unit, '') AS unit, NULL AS attempt, dataset_type, count, ticket, declared_by AS signed, stamp
     FROM expectations WHERE campaign = $campaign AND basis = 'operator' ORDER BY stamp`,
  );
  return rows
    .filter(({ unit }) => concerns(asked, unit))
    .map((row) => {
      const what = row.dataset_type === '' ? 'files in all' : `files of ${row.dataset_type}`;
      const count = row.count === null ? 'an unknown number of' : String(row.count);
      return toldOf('expectation', row, `an operator expects ${count} ${what}`, [row.stamp]);
    });
}

function notes(asked: Verification): Told[] {
  const rows = asked.rows<Signed & Readonly<{ text: string; job: string | null; path: string | null; stamp: string }>>(
    `SELECT unit, attempt, text, job, path, ticket, noted_by AS signed, stamp
     FROM notes WHERE campaign = $campaign ORDER BY stamp`,
  );
  return rows
    .filter(({ unit }) => concerns(asked, unit))
    .map((row) => {
      const about = [row.job, row.path].filter((part) => part !== null);
      return toldOf('note', row, `${row.text}${about.length === 0 ? '' : ` (${about.join(', ')})`}`, [row.stamp]);
    });
}

/** 1 file, 2 files. */
function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Whether something about a unit, or about the whole campaign, belongs into the report. */
function concerns(asked: Verification, unit: string | null): boolean {
  return unit === null || asked.attempts.some((about) => about.unit === unit);
}

function toldOf(
  kind: string,
  row: Partial<Signed> & Pick<Signed, 'unit' | 'attempt'>,
  text: string,
  stamps: readonly (string | null)[],
): Told {
  const { unit, attempt, ticket = null, signed: by = null } = row;
  return {
    kind,
    unit: unit === null ? null : named(unit),
    attempt: attempt === null ? null : numbered(attempt),
    text,
    ticket,
    by,
    events: eventsOf(...stamps),
  };
}
