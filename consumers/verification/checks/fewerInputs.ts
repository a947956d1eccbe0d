/** Section 5 of the test case: jobs that ran on fewer inputs than planned. */
import { meets } from '../../../pipelines/requirement';
import { planProducer } from '../lostJobs';
import type { FindingVerdict } from '../report';
import { eventsOf, type Check, type Verification } from '../verification';

type FewerRow = Readonly<{
  unit: string;
  attempt: number;
  job: string;
  task: string | null;
  execution: string;
  stamp: string | null;
  planned_stamp: string | null;
  planned: number;
  used: number;
}>;

/**
 * Counts, not paths: a job that runs again reads what was taken over under the earlier attempt's names. Only a job that
 * used fewer files in all is looked at by dataset type.
 */
const fewerSql = `
  SELECT * FROM (
    SELECT job.unit, job.attempt, job.job, job.task, job.execution, run.start_stamp AS stamp,
      min(planned.stamp) AS planned_stamp, sum(json_array_length(planned.predicted_inputs)) AS planned,
      (SELECT count(*) FROM uses AS used WHERE used.execution = job.execution AND used.campaign = job.campaign
         AND used.basis = run.inputs_basis) AS used
    FROM chosen CROSS JOIN jobs AS job ON job.campaign = $campaign AND job.unit = chosen.unit
      AND job.attempt = chosen.attempt AND job.execution_state = 'succeeded'
    JOIN provenance_executions AS run ON run.execution = job.execution AND run.inputs_basis IS NOT NULL
    JOIN planned_jobs AS planned ON planned.campaign = job.campaign AND planned.unit = job.unit
      AND planned.attempt = job.attempt AND planned.job = job.job AND planned.producer = ${planProducer('job')}
    GROUP BY job.unit, job.attempt, job.job)
  WHERE used < planned ORDER BY unit, attempt, job`;

/** What a flagged job was to read and what it read, by dataset type. */
interface TypeInputs {
  readonly datasetType: string | null;
  readonly planned: number;
  readonly used: number;
  /** How many of the planned ones were rightly not written. */
  readonly absent: number;
}

export const fewerInputs: Check = {
  name: 'anomalies.fewerInputs',
  section: 5,
  title: 'no job ran on fewer inputs than planned',
  byConstruction: null,
  run: (asked) => {
    const findings = asked.findings();
    const planned = asked.rows<{ unit: string }>(
      `SELECT unit FROM chosen WHERE EXISTS (
         SELECT 1 FROM planned_jobs AS planned WHERE planned.campaign = $campaign AND planned.unit = chosen.unit
           AND planned.attempt = chosen.attempt)`,
    );
    for (const { unit } of asked.attempts.filter((one) => !planned.some((row) => row.unit === one.unit))) {
      findings.cannotJudge(unit, 'no event tells what its jobs were planned to read');
    }
    const inputsOf = inputsByType(asked);
    for (const row of asked.rows<FewerRow>(fewerSql)) {
      const types = inputsOf(row);
      const { unit, attempt, job: subject, stamp, planned_stamp } = row;
      const events = eventsOf(stamp, planned_stamp);
      findings.add(unit, { verdict: effect(asked, row, types), attempt, subject, message: textOf(row, types), events });
    }
    return findings;
  },
};

function inputsByType(asked: Verification): (row: FewerRow) => TypeInputs[] {
  const absences = asked.rows<{ unit: string; path: string }>(
    `SELECT DISTINCT chosen.unit, absence.path FROM chosen CROSS JOIN absences AS absence
       ON absence.campaign = $campaign AND absence.unit = chosen.unit AND absence.attempt = chosen.attempt`,
  );
  const absent = new Set(absences.map(({ unit, path }) => JSON.stringify([unit, path])));
  const plannedOf = asked.views.prepared<{ predicted_inputs: string }>(
    `SELECT predicted_inputs FROM planned_jobs AS planned WHERE campaign = ? AND unit = ? AND attempt = ? AND job = ?
       AND producer = ${planProducer('planned')}`,
  );
  const usedOf = asked.views.prepared<{ path: string; dataset_type: string | null }>(
    `SELECT used.path, used.dataset_type FROM uses AS used JOIN provenance_executions AS run
       ON run.execution = used.execution AND run.inputs_basis = used.basis
     WHERE used.execution = ? AND used.campaign = ?`,
  );
  return ({ unit, attempt, job, execution }) => {
    const planned = plannedOf(asked.campaign, unit, attempt, job).flatMap(
      ({ predicted_inputs }) => JSON.parse(predicted_inputs) as [string, string | null][],
    );
    const typeOf = new Map(planned);
    const used = usedOf(execution, asked.campaign).map(
      ({ path, dataset_type }) => dataset_type ?? typeOf.get(path) ?? null,
    );
    return [...new Set(planned.map(([, type]) => type))].map((datasetType) => {
      const files = planned.filter(([, type]) => type === datasetType);
      return {
        datasetType,
        planned: files.length,
        used: used.filter((type) => type === datasetType).length,
        absent: files.filter(([path]) => absent.has(JSON.stringify([unit, path]))).length,
      };
    });
  };
}

/** Rightly absent files are no loss; where the definition says that fewer will do, it is an accepted one. */
function effect(asked: Verification, { unit, task }: FewerRow, types: readonly TypeInputs[]): FindingVerdict {
  const inputs = asked.definitionOf(unit)?.definition.tasks.get(task ?? '')?.inputs ?? [];
  const isMet = types.every(({ datasetType, planned, used }) => {
    const input = inputs.find((one) => one.datasetType === datasetType);
    return used >= planned || (input !== undefined && meets(input.require, used, false));
  });
  if (!isMet || types.every(({ planned, used }) => used >= planned)) {
    return 'fail';
  }
  return types.every(({ planned, used, absent }) => used + absent >= planned) ? 'note' : 'passWithAcceptedLosses';
}

function textOf({ planned, used }: FewerRow, types: readonly TypeInputs[]): string {
  const fewer = types.filter((type) => type.used < type.planned);
  const listed = fewer.map(
    (type) =>
      `${String(type.planned - type.used)} of ${String(type.planned)} ${type.datasetType ?? 'files'}` +
      (type.absent === 0 ? '' : ` (${String(type.absent)} rightly absent)`),
  );
  return `it read ${String(used)} of ${String(planned)} planned files${listed.length === 0 ? '' : `, without ${listed.join(', ')}`}`;
}
