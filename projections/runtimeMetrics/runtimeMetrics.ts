/** The runtimeMetrics view: what executions used, by executable (Table 3) and by attempt (Table 2). */
import type { AttemptEnded, AttemptStarted, ExecutionStarted, JobReused } from '../../schemas';
import { afterOutcome, afterStart, noStamps, stateAfter, type ExecutionOutcome } from '../executionFacts';
import type { Projection, Tables } from '../projection';
import { RowDrafts, type Draft } from '../rowDrafts';
import { agreedScope, scopeOf, type Scope } from '../scope';
import { stampOf, supersedes } from '../statementOrder';
import {
  attemptMetricsTable,
  executableMetricsTable,
  metricExecutionsTable,
  reusedExecutionsTable,
  type AttemptMetricsRow,
  type MetricExecutionRow,
} from './tables';

/** See the file's head. */
export const runtimeMetricsProjection: Projection = {
  name: 'runtimeMetrics',
  version: 1,
  tables: [metricExecutionsTable, executableMetricsTable, attemptMetricsTable, reusedExecutionsTable],
  folds: {
    ExecutionStarted: applyExecution,
    ExecutionSucceeded: applyExecution,
    ExecutionFailed: applyExecution,
    ExecutionLost: applyExecution,
    AttemptStarted: applyAttempt,
    AttemptEnded: applyAttempt,
    JobReused: applyReuse,
  },
};

function applyReuse(event: JobReused, tables: Tables): void {
  tables.of(reusedExecutionsTable).put({ ...scopeOf(event.header), execution: event.fromExecution });
}

function applyExecution(event: ExecutionStarted | ExecutionOutcome, tables: Tables): void {
  const executions = tables.of(metricExecutionsTable);
  const before = executions.get(event.execution);
  const after = changed(before ?? unheardExecution(event), event);
  if (after === undefined) {
    return;
  }
  if (before !== undefined && !sameAttempt(before, after)) {
    executions.delete(before.execution); // it is found by its attempt, which changes
  }
  executions.put(after);
  addToExecutable(before, after, tables);
  if (before !== undefined && !sameAttempt(before, after)) {
    takeFromAttempt(before, tables);
    addToAttempt(undefined, after, tables);
  } else {
    addToAttempt(before, after, tables);
  }
}

function sameAttempt(a: Scope, b: Scope): boolean {
  return a.attempt === b.attempt && a.unit === b.unit && a.campaign === b.campaign;
}

const unheard: MetricExecutionRow = {
  execution: '',
  campaign: '',
  unit: '',
  attempt: 0,
  executable: '',
  state: 'unheard',
  started_at_us: null,
  ended_at_us: null,
  wall_us: null,
  user_cpu_us: null,
  system_cpu_us: null,
  max_rss_bytes: null,
  ...noStamps,
};

function unheardExecution(event: ExecutionStarted | ExecutionOutcome): MetricExecutionRow {
  const { campaign, unit, attempt } = scopeOf(event.header);
  return { ...unheard, execution: event.execution, campaign, unit, attempt };
}

function changed(row: MetricExecutionRow, event: ExecutionStarted | ExecutionOutcome): MetricExecutionRow | undefined {
  const scope = agreedScope(row, event.header);
  const told = event.type === 'ExecutionStarted' ? withStart(row, event) : withOutcome(row, event);
  return scope === undefined ? told : { ...(told ?? row), ...scope };
}

function withStart(row: MetricExecutionRow, event: ExecutionStarted): MetricExecutionRow | undefined {
  const start_stamp = afterStart(row, event);
  const state = row.state === 'unheard' ? 'running' : row.state;
  const executable = event.executable ?? event.task;
  return start_stamp === undefined
    ? undefined
    : { ...row, start_stamp, state, executable, started_at_us: event.header.occurredAt };
}

function withOutcome(row: MetricExecutionRow, event: ExecutionOutcome): MetricExecutionRow | undefined {
  const stamps = afterOutcome(row, event);
  return (
    stamps && {
      ...row,
      end_stamp: stamps.end_stamp,
      lost_stamp: stamps.lost_stamp,
      state: stateAfter(event),
      ended_at_us: event.header.occurredAt,
      wall_us: event.metrics.wallMicros,
      user_cpu_us: event.metrics.userCpuMicros,
      system_cpu_us: event.metrics.systemCpuMicros,
      max_rss_bytes: event.metrics.maxRssBytes,
    }
  );
}

function addToExecutable(before: MetricExecutionRow | undefined, after: MetricExecutionRow, tables: Tables): void {
  if (before !== undefined && hasEnded(before)) {
    changeExecutable(before, -1, tables);
  }
  if (hasEnded(after)) {
    changeExecutable(after, 1, tables);
  }
}

function hasEnded(row: MetricExecutionRow): boolean {
  return row.state !== 'unheard' && row.state !== 'running';
}

function changeExecutable(row: MetricExecutionRow, sign: 1 | -1, tables: Tables): void {
  const table = tables.of(executableMetricsTable);
  const { campaign, unit, attempt, executable } = row;
  const known = table.get(campaign, unit, attempt, executable);
  const executions = (known?.executions ?? 0) + sign;
  if (executions === 0) {
    table.delete(campaign, unit, attempt, executable);
    return;
  }
  const kept = known?.max_rss_bytes ?? null;
  const shrinks = sign < 0 && kept !== null && row.max_rss_bytes === kept;
  table.put({
    campaign,
    unit,
    attempt,
    executable,
    executions,
    not_measured: (known?.not_measured ?? 0) + (row.user_cpu_us === null ? sign : 0),
    user_cpu_us: (known?.user_cpu_us ?? 0) + sign * (row.user_cpu_us ?? 0),
    system_cpu_us: (known?.system_cpu_us ?? 0) + sign * (row.system_cpu_us ?? 0),
    max_rss_bytes: shrinks ? greatestWithout(row, tables) : sign < 0 ? kept : greater(kept, row.max_rss_bytes),
  });
}

/** The maximum over the executable's other executions that have ended: read again only where one is withdrawn. */
function greatestWithout(row: MetricExecutionRow, tables: Tables): number | null {
  return executionsOf(row, tables)
    .filter((other) => other.execution !== row.execution && other.executable === row.executable && hasEnded(other))
    .reduce<number | null>((greatest, other) => greater(greatest, other.max_rss_bytes), null);
}

function executionsOf(scope: Scope, tables: Tables): MetricExecutionRow[] {
  return tables.of(metricExecutionsTable).scan('by_attempt', scope.campaign, scope.unit, scope.attempt);
}

function greater(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function lesser(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function addToAttempt(before: MetricExecutionRow | undefined, after: MetricExecutionRow, tables: Tables): void {
  const row = attemptRow(after, tables);
  const outdated =
    restedOn(row.first_started_at_us, before?.started_at_us, after.started_at_us) ||
    restedOn(row.last_ended_at_us, before?.ended_at_us, after.ended_at_us);
  if (outdated) {
    const times = timesOf(executionsOf(after, tables));
    row.first_started_at_us = times.first_started_at_us;
    row.last_ended_at_us = times.last_ended_at_us;
  } else {
    row.first_started_at_us = lesser(row.first_started_at_us, after.started_at_us);
    row.last_ended_at_us = greater(row.last_ended_at_us, after.ended_at_us);
  }
  row.user_cpu_us += (after.user_cpu_us ?? 0) - (before?.user_cpu_us ?? 0);
  row.system_cpu_us += (after.system_cpu_us ?? 0) - (before?.system_cpu_us ?? 0);
  tables.of(attemptMetricsTable).put(row);
}

/** Whether the first or last time of an attempt is one that no longer holds: only then are all its executions read. */
function restedOn(extreme: number | null, before: number | null | undefined, after: number | null): boolean {
  return before !== undefined && before !== null && before !== after && before === extreme;
}

/** Withdraws an execution that turns out to belong to another attempt. */
function takeFromAttempt(row: MetricExecutionRow, tables: Tables): void {
  const table = tables.of(attemptMetricsTable);
  const left = attemptRow(row, tables);
  const others = executionsOf(row, tables);
  if (others.length === 0 && left.attempt_start_stamp === null && left.attempt_end_stamp === null) {
    table.delete(row.campaign, row.unit, row.attempt);
    return;
  }
  const times = timesOf(others);
  left.first_started_at_us = times.first_started_at_us;
  left.last_ended_at_us = times.last_ended_at_us;
  left.user_cpu_us -= row.user_cpu_us ?? 0;
  left.system_cpu_us -= row.system_cpu_us ?? 0;
  table.put(left);
}

function timesOf(
  rows: readonly MetricExecutionRow[],
): Pick<AttemptMetricsRow, 'first_started_at_us' | 'last_ended_at_us'> {
  return {
    first_started_at_us: rows.reduce<number | null>((first, row) => lesser(first, row.started_at_us), null),
    last_ended_at_us: rows.reduce<number | null>((last, row) => greater(last, row.ended_at_us), null),
  };
}

const attemptDrafts = new RowDrafts<AttemptMetricsRow>({
  campaign: '',
  unit: '',
  attempt: 0,
  attempt_started_at_us: null,
  attempt_start_stamp: null,
  attempt_ended_at_us: null,
  attempt_end_stamp: null,
  first_started_at_us: null,
  last_ended_at_us: null,
  user_cpu_us: 0,
  system_cpu_us: 0,
});

/** The attempt's row, to be changed; a new one where nothing of the attempt has been heard. */
function attemptRow({ campaign, unit, attempt }: Scope, tables: Tables): Draft<AttemptMetricsRow> {
  const known = tables.of(attemptMetricsTable).get(campaign, unit, attempt);
  const row = attemptDrafts.copyOf(known);
  if (known === undefined) {
    row.campaign = campaign;
    row.unit = unit;
    row.attempt = attempt;
  }
  return row;
}

function applyAttempt(event: AttemptStarted | AttemptEnded, tables: Tables): void {
  const row = attemptRow(scopeOf(event.header), tables);
  const stamp = stampOf(event.header);
  const at = event.header.occurredAt;
  if (event.type === 'AttemptStarted' && supersedes(stamp, row.attempt_start_stamp)) {
    row.attempt_started_at_us = at;
    row.attempt_start_stamp = stamp;
  }
  if (event.type === 'AttemptEnded' && supersedes(stamp, row.attempt_end_stamp)) {
    row.attempt_ended_at_us = at;
    row.attempt_end_stamp = stamp;
  }
  tables.of(attemptMetricsTable).put(row);
}
