/** Section 5 of the test case: one environment for all executions of a unit. */
import { eventsOf, type Check } from '../verification';

type EnvironmentRow = Readonly<{
  unit: string;
  digest: string | null;
  executions: number;
  first_stamp: string | null;
  operating_system: string | null;
  compiler: string | null;
  container: string | null;
  patches: string | null;
  stamp: string | null;
}>;

const environmentsSql = `
  SELECT counted.*, declared.operating_system, declared.compiler, declared.container, declared.patches, declared.stamp
  FROM (
    SELECT run.unit, environment.environment_digest AS digest, count(*) AS executions, min(run.start_stamp) AS first_stamp
    FROM (
      SELECT chosen.unit, run.execution, run.start_stamp FROM chosen CROSS JOIN executions AS run
        ON run.campaign = $campaign AND run.unit = chosen.unit AND run.attempt = chosen.attempt
      UNION
      SELECT chosen.unit, run.execution, run.start_stamp FROM chosen CROSS JOIN reused_executions AS reused
        ON reused.campaign = $campaign AND reused.unit = chosen.unit AND reused.attempt = chosen.attempt
      JOIN provenance_executions AS run ON run.execution = reused.execution) AS run
    LEFT JOIN execution_environments AS environment ON environment.execution = run.execution
    GROUP BY run.unit, digest) AS counted
  LEFT JOIN environments AS declared ON declared.campaign = $campaign AND declared.digest = counted.digest
  ORDER BY counted.unit, executions DESC, counted.digest`;

export const oneEnvironment: Check = {
  name: 'anomalies.environments',
  section: 5,
  title: 'all executions of a unit ran in one environment',
  byConstruction: null,
  run: (asked) => {
    const findings = asked.findings();
    const rows = asked.rows<EnvironmentRow>(environmentsSql);
    for (const { unit, attempt } of asked.attempts) {
      const ofUnit = rows.filter((row) => row.unit === unit);
      const known = ofUnit.filter(({ digest }) => digest !== null);
      if (known.length === 0) {
        findings.cannotJudge(unit, 'no execution names its environment');
        continue;
      }
      for (const row of ofUnit.length > 1 ? ofUnit : []) {
        findings.add(unit, {
          verdict: known.length > 1 ? 'fail' : 'note',
          attempt,
          subject: row.digest ?? 'not named',
          message: describe(row),
          events: eventsOf(row.first_stamp, row.stamp),
        });
      }
    }
    return findings;
  },
};

function describe({
  digest,
  executions,
  operating_system,
  compiler,
  container,
  patches,
  stamp,
}: EnvironmentRow): string {
  const ran = `${String(executions)} execution${executions === 1 ? '' : 's'}`;
  if (digest === null) {
    return `${ran} named no environment`;
  }
  if (stamp === null) {
    return `${ran} ran in it; nobody declared what it is`;
  }
  const names = (JSON.parse(patches ?? '[]') as { name?: string }[]).map(({ name }) => name ?? '').join(', ');
  const parts = [operating_system, compiler, container, names === '' ? null : `patched: ${names}`];
  return `${ran} ran in it: ${parts.filter((part) => part !== null).join(', ')}`;
}
