/** What an execution's events do to its row. */
import type { ExecutionStarted } from '../../schemas';
import {
  afterOutcome,
  afterStart,
  failureClassOf,
  noStamps,
  stateAfter,
  type ExecutionOutcome,
} from '../executionFacts';
import { scopeOf } from '../scope';
import type { ExecutionRow } from './tables';

/**
 * In the order of the columns: rows of one shape are faster than many that grow. For the same reason a row is spread
 * first and alone wherever one is made of another.
 */
const unheard: ExecutionRow = {
  campaign: '',
  unit: '',
  attempt: 0,
  job: '',
  execution: '',
  state: 'unheard',
  task: null,
  data_id: null,
  try_number: null,
  host: null,
  executable: null,
  log_path: null,
  started_at_us: null,
  ended_at_us: null,
  exit_code: null,
  signal: null,
  failure_class: null,
  permanence: null,
  message: null,
  caveats: null,
  wall_us: null,
  user_cpu_us: null,
  system_cpu_us: null,
  max_rss_bytes: null,
  ...noStamps,
};

/** An execution of which only the name has been heard. */
export function unheardExecution(event: ExecutionStarted | ExecutionOutcome): ExecutionRow {
  const { campaign, unit, attempt } = scopeOf(event.header);
  return { ...unheard, campaign, unit, attempt, job: event.job, execution: event.execution };
}

/** The row after a start, or undefined where it says nothing new. */
export function withStart(row: ExecutionRow, event: ExecutionStarted): ExecutionRow | undefined {
  const start_stamp = afterStart(row, event);
  return start_stamp === undefined
    ? undefined
    : {
        ...row,
        start_stamp,
        state: row.state === 'unheard' ? 'running' : row.state,
        task: event.task,
        data_id: event.dataId,
        try_number: event.tryNumber,
        host: event.host,
        executable: event.executable,
        log_path: event.logPath,
        started_at_us: event.header.occurredAt,
      };
}

/** The row after an end or a loss, or undefined where it says nothing new. */
export function withOutcome(row: ExecutionRow, event: ExecutionOutcome): ExecutionRow | undefined {
  const stamps = afterOutcome(row, event);
  const failure = failureColumns(event);
  return (
    stamps && {
      ...row,
      end_stamp: stamps.end_stamp,
      lost_stamp: stamps.lost_stamp,
      state: stateAfter(event),
      ended_at_us: event.header.occurredAt,
      exit_code: failure.exit_code,
      signal: failure.signal,
      failure_class: failure.failure_class,
      permanence: failure.permanence,
      message: failure.message,
      caveats: event.type === 'ExecutionLost' || event.caveats.length === 0 ? null : JSON.stringify(event.caveats),
      wall_us: event.metrics.wallMicros,
      user_cpu_us: event.metrics.userCpuMicros,
      system_cpu_us: event.metrics.systemCpuMicros,
      max_rss_bytes: event.metrics.maxRssBytes,
    }
  );
}

function failureColumns(
  event: ExecutionOutcome,
): Pick<ExecutionRow, 'exit_code' | 'signal' | 'failure_class' | 'permanence' | 'message'> {
  if (event.type === 'ExecutionSucceeded') {
    return { exit_code: null, signal: null, failure_class: null, permanence: null, message: null };
  }
  const failure_class = failureClassOf(event);
  if (event.type === 'ExecutionLost') {
    return { exit_code: null, signal: null, failure_class, permanence: 'infrastructure', message: event.evidence };
  }
  const { exitCode: exit_code, signal, permanence, message } = event;
  return { exit_code, signal, failure_class, permanence, message };
}
