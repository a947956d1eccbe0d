/** A unit's executions, from the views: in the order of the table's keys, as readFiles.ts has it. */
import type { ViewReader } from '../queries/viewReader';
import type { PastExecution } from './history';
import { inQuestions } from './questions';

const namesSql = `
  SELECT json_group_array(execution) FROM (
    SELECT DISTINCT execution FROM executions WHERE campaign = ? AND unit = ? ORDER BY execution)`;

const executionsSql = `
  SELECT run.execution, job, attempt, state, try_number, started_at_us, host, failure_class, permanence, message, caveats,
    user_cpu_us, system_cpu_us
  FROM json_each(?) AS asked CROSS JOIN executions AS run ON run.execution = asked.value
  WHERE campaign = ? AND unit = ?`;

/** The columns of {@link executionsSql}. */
type ExecutionRow = readonly [
  execution: string,
  job: string,
  attempt: number,
  state: PastExecution['state'],
  tryNumber: number | null,
  startedAtMicros: number | null,
  host: string | null,
  failureClass: string | null,
  permanence: string | null,
  message: string | null,
  caveats: string | null,
  userCpuMicros: number | null,
  systemCpuMicros: number | null,
];

/** The executions of a unit, in the order of their UUIDs. */
export function readExecutions(views: ViewReader, campaign: string, unit: string): PastExecution[] {
  const [[names] = ['[]']] = views.preparedRows<readonly [string]>(namesSql)(campaign, unit);
  const rowsOf = views.preparedRows<ExecutionRow>(executionsSql);
  const executions: PastExecution[] = [];
  for (const asked of inQuestions(JSON.parse(names) as string[])) {
    for (const row of rowsOf(JSON.stringify(asked), campaign, unit)) {
      executions.push(toExecution(row));
    }
  }
  return executions;
}

function toExecution(row: ExecutionRow): PastExecution {
  const [execution, job, attempt, state, tryNumber, startedAtMicros, host, failureClass, permanence, message] = row;
  const [, , , , , , , , , , caveats, userCpuMicros, systemCpuMicros] = row;
  const isMeasured = userCpuMicros !== null || systemCpuMicros !== null;
  return {
    execution,
    job,
    attempt,
    state,
    tryNumber: tryNumber ?? 0,
    startedAtMicros,
    host,
    failureClass,
    permanence,
    message,
    partialUsable: caveats !== null && (JSON.parse(caveats) as string[]).includes('partialOutputsUsable'),
    cpuMicros: isMeasured ? (userCpuMicros ?? 0) + (systemCpuMicros ?? 0) : null,
  };
}
