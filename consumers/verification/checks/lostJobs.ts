/** Section 1 of the test case: jobs that came to nothing, held against the rates that the definition tolerates. */
import { lossGroups, notDoneColumns, notDoneJobs } from '../lostJobs';
import { eventsOf, type Check, type FoundRow } from '../verification';

type LostRow = FoundRow &
  Readonly<{
    task: string;
    not_done: string;
    failure_class: string | null;
    because: string | null;
    end_stamp: string | null;
  }>;

export const lostJobs: Check = {
  name: 'jobs.lost',
  section: 1,
  title: 'no more jobs are lost than the definition tolerates',
  byConstruction: null,
  run: (asked) => {
    const groups = lossGroups(asked);
    const accepted = groups.filter((group) => group.accepted);
    const refusedUnits = [...new Set(groups.filter((group) => !group.accepted).map(({ unit }) => unit))];
    return asked.find(
      asked.findings(),
      asked.found<LostRow>(
        `SELECT lost.*, CASE not_done
         WHEN 'unfinished' THEN 2 WHEN 'vetoed' THEN 1 WHEN 'noWork' THEN 0
         WHEN 'skipped' THEN CASE WHEN unit IN (SELECT value FROM json_each($refusedUnits)) THEN 3 ELSE 1 END
         ELSE CASE WHEN (unit, task, failure_class) IN
           (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($accepted)) THEN 1 ELSE 3 END
         END AS weight
       FROM (
         SELECT job.unit, job.attempt, job.job AS subject, coalesce(job.task, '') AS task, job.state,
           coalesce(job.abandon_stamp, job.skip_stamp, run.end_stamp, run.lost_stamp, job.queue_stamp,
             run.start_stamp, planned.stamp) AS stamp,
           coalesce(run.end_stamp, run.lost_stamp) AS end_stamp,
           coalesce(job.skip_because_of, job.skip_reason) AS because, ${notDoneColumns}
         FROM ${notDoneJobs}
         LEFT JOIN planned_jobs AS planned ON planned.campaign = job.campaign AND planned.unit = job.unit
           AND planned.attempt = job.attempt AND planned.job = job.job AND planned.part = 1) AS lost
       GROUP BY unit, subject`,
        {
          accepted: JSON.stringify(accepted.map(({ unit, task, failureClass }) => [unit, task, failureClass])),
          refusedUnits: JSON.stringify(refusedUnits),
        },
      ),
      ({ unit, task, not_done, failure_class, because, stamp, end_stamp }) => {
        const group = groups.find(
          (one) => one.unit === unit && one.task === task && one.failureClass === failure_class,
        );
        const text = {
          lost: `lost: ${failure_class ?? ''}${group === undefined ? '' : `, ${rateText(group)}`}`,
          skipped: `skipped because of ${because ?? 'a job upstream'}`,
          vetoed: 'not run: its data are vetoed',
          noWork: 'not run: there was nothing to do',
          unfinished: 'not done yet',
        }[not_done];
        return { message: text ?? not_done, events: eventsOf(stamp, end_stamp) };
      },
    );
  },
};

function rateText({ task, jobs, of, tolerated }: ReturnType<typeof lossGroups>[number]): string {
  const rate = `${String(jobs)} of ${String(of)} jobs of ${task === '' ? 'no task' : task}`;
  return tolerated === null
    ? `${rate}; no definition says what is tolerated`
    : `${rate}, tolerated are ${percent(tolerated)}`;
}

/** A share for people. */
export function percent(share: number): string {
  return `${String(Number((share * 100).toPrecision(6)))} %`;
}
