/** The failures view: executions that failed or were lost, by class, task and host, with the CPU time they cost. */
import type { ExecutionStarted } from '../../schemas';
import {
  afterOutcome,
  afterStart,
  failureClassOf,
  noStamps,
  stateAfter,
  totalCpuMicros,
  type ExecutionOutcome,
} from '../executionFacts';
import type { Projection, Tables } from '../projection';
import { agreedScope, scopeOf } from '../scope';
import { failureCountsTable, failureExecutionsTable, type FailureExecutionRow } from './tables';

/** See the file's head. */
export const failuresProjection: Projection = {
  name: 'failures',
  version: 1,
  tables: [failureExecutionsTable, failureCountsTable],
  folds: {
    ExecutionStarted: applyExecution,
    ExecutionSucceeded: applyExecution,
    ExecutionFailed: applyExecution,
    ExecutionLost: applyExecution,
  },
};

function applyExecution(event: ExecutionStarted | ExecutionOutcome, tables: Tables): void {
  const executions = tables.of(failureExecutionsTable);
  const before = executions.get(event.execution);
  const after = changed(before ?? unheardExecution(event), event);
  if (after === undefined) {
    return;
  }
  executions.put(after);
  if (before !== undefined && isFailure(before)) {
    count(before, -1, tables);
  }
  if (isFailure(after)) {
    count(after, 1, tables);
  }
}

const unheard: FailureExecutionRow = {
  execution: '',
  campaign: '',
  unit: '',
  attempt: 0,
  job: '',
  state: 'unheard',
  task: '',
  host: '',
  failure_class: '',
  permanence: '',
  cpu_us: null,
  ...noStamps,
};

function unheardExecution(event: ExecutionStarted | ExecutionOutcome): FailureExecutionRow {
  const { campaign, unit, attempt } = scopeOf(event.header);
  return { ...unheard, execution: event.execution, campaign, unit, attempt, job: event.job };
}

function changed(
  row: FailureExecutionRow,
  event: ExecutionStarted | ExecutionOutcome,
): FailureExecutionRow | undefined {
  const told = event.type === 'ExecutionStarted' ? withStart(row, event) : withOutcome(row, event);
  const scope = agreedScope(row, event.header);
  return scope === undefined && event.job <= row.job
    ? told
    : { ...(told ?? row), ...scope, job: event.job > row.job ? event.job : row.job };
}

function withStart(row: FailureExecutionRow, event: ExecutionStarted): FailureExecutionRow | undefined {
  const start_stamp = afterStart(row, event);
  const state = row.state === 'unheard' ? 'running' : row.state;
  return start_stamp === undefined
    ? undefined
    : { ...row, start_stamp, state, task: event.task, host: event.host ?? '' };
}

function withOutcome(row: FailureExecutionRow, event: ExecutionOutcome): FailureExecutionRow | undefined {
  const stamps = afterOutcome(row, event);
  return (
    stamps && {
      ...row,
      end_stamp: stamps.end_stamp,
      lost_stamp: stamps.lost_stamp,
      state: stateAfter(event),
      failure_class: event.type === 'ExecutionSucceeded' ? '' : failureClassOf(event),
      permanence: permanenceOf(event),
      cpu_us: totalCpuMicros(event.metrics),
    }
  );
}

function permanenceOf(event: ExecutionOutcome): string {
  if (event.type === 'ExecutionFailed') {
    return event.permanence ?? '';
  }
  return event.type === 'ExecutionLost' ? 'infrastructure' : '';
}

function isFailure(row: FailureExecutionRow): boolean {
  return row.state === 'failed' || row.state === 'lost';
}

function count(row: FailureExecutionRow, sign: 1 | -1, tables: Tables): void {
  const table = tables.of(failureCountsTable);
  const { campaign, unit, attempt, failure_class, permanence, task, host } = row;
  const known = table.get(campaign, unit, attempt, failure_class, permanence, task, host);
  const failures = (known?.failures ?? 0) + sign;
  if (failures === 0) {
    table.delete(campaign, unit, attempt, failure_class, permanence, task, host);
    return;
  }
  table.put({
    campaign,
    unit,
    attempt,
    failure_class,
    permanence,
    task,
    host,
    failures,
    cpu_lost_us: (known?.cpu_lost_us ?? 0) + sign * (row.cpu_us ?? 0),
    not_measured: (known?.not_measured ?? 0) + (row.cpu_us === null ? sign : 0),
  });
}
