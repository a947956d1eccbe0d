/** A trace's row as a typed record. */
import { ImportFormatError } from '../errors';
import type { Line } from '../lines';
import type { TimeZone } from '../timeZone';
import { durationMicros, instantMicros, memoryBytes, textCell, wholeNumber, type Unreadable } from './quantities';
import { TraceReader, type TraceRow } from './traceRows';

/** Nextflow's words for what became of a task. */
export const traceStatuses = ['NEW', 'SUBMITTED', 'RUNNING', 'COMPLETED', 'FAILED', 'ABORTED', 'CACHED'] as const;

/** One of {@link traceStatuses}. */
export type TraceStatus = (typeof traceStatuses)[number];

/** One task as the trace tells it; what it does not tell is null. */
export interface TraceTask {
  readonly place: TraceRow['place'];
  /** The process with its tag or index, for example `align (sample 1)`. */
  readonly name: string;
  readonly process: string;
  readonly taskId: string | null;
  readonly hash: string | null;
  readonly nativeId: string | null;
  readonly status: TraceStatus;
  readonly exitCode: number | null;
  /** Which attempt at the task, from 1. */
  readonly attempt: number | null;
  readonly submittedAtMicros: number | null;
  readonly startedAtMicros: number | null;
  readonly completedAtMicros: number | null;
  /** From submission to completion. */
  readonly durationMicros: number | null;
  /** From start to completion of the task itself. */
  readonly realtimeMicros: number | null;
  readonly peakRssBytes: number | null;
  readonly requestedMemoryBytes: number | null;
  readonly requestedCpus: number | null;
  readonly requestedWallMicros: number | null;
  readonly queue: string | null;
  readonly host: string | null;
  readonly workFolder: string | null;
}

/**
 * The tasks of a trace, row by row; an incomplete last row is not among them.
 * @throws {ImportFormatError} at the first row that is not what it should be
 */
export function* parseTrace(lines: Iterable<Line>, zone: TimeZone): Generator<TraceTask, void> {
  const reader = new TraceReader();
  for (const line of lines) {
    const row = reader.push(line);
    if (row !== undefined) {
      yield parseRow(row, zone);
    }
  }
}

/** A row's task. @throws {ImportFormatError} naming the column of a cell that is not what the column holds */
export function parseRow(row: TraceRow, zone: TimeZone): TraceTask {
  const text = (column: string): string | null => textCell(row.cells.get(column) ?? '');
  const quantity = (
    column: string,
    read: (cell: string) => number | null | Unreadable,
    what: string,
  ): number | null => {
    const cell = row.cells.get(column) ?? '';
    const value = read(cell);
    if (value === 'unreadable') {
      throw new ImportFormatError(row.place, `${what} in the column ${column}`, cell);
    }
    return value;
  };
  const instant = (column: string): number | null =>
    quantity(column, (cell) => instantMicros(cell, zone), 'a time such as 2021-03-04 21:06:07.625');
  const duration = (column: string): number | null =>
    quantity(column, durationMicros, 'a duration such as 7m 8s, or milliseconds');
  const memory = (column: string): number | null => quantity(column, memoryBytes, 'a size such as 218.2 MB, or bytes');
  const count = (column: string): number | null => quantity(column, wholeNumber, 'a whole number');
  const exitCode = count('exit');
  return {
    place: row.place,
    ...namesOf(row, text),
    taskId: text('task_id'),
    hash: text('hash'),
    nativeId: text('native_id'),
    status: statusOf(row, exitCode),
    exitCode,
    attempt: count('attempt'),
    submittedAtMicros: instant('submit'),
    startedAtMicros: instant('start'),
    completedAtMicros: instant('complete'),
    durationMicros: duration('duration'),
    realtimeMicros: duration('realtime'),
    peakRssBytes: memory('peak_rss'),
    requestedMemoryBytes: memory('memory'),
    requestedCpus: count('cpus'),
    requestedWallMicros: duration('time'),
    queue: text('queue'),
    host: text('hostname'),
    workFolder: text('workdir'),
  };
}

/** Nextflow names a task `process (tag)`, or `process (index)` where it has no tag, or `process` where it runs once. */
function namesOf(row: TraceRow, text: (column: string) => string | null): { name: string; process: string } {
  const name = text('name');
  const process = text('process') ?? /^(.*?)(?: \(.*\))?$/s.exec(name ?? '')?.[1] ?? '';
  if (process === '') {
    throw new ImportFormatError(row.place, 'a task name in the column name, or a process', row.text);
  }
  const detail = text('tag') ?? text('task_id');
  return { name: name ?? (detail === null ? process : `${process} (${detail})`), process };
}

function statusOf(row: TraceRow, exitCode: number | null): TraceStatus {
  const cell = textCell(row.cells.get('status') ?? '');
  const status = traceStatuses.find((known) => known === cell);
  if (status !== undefined) {
    return status;
  }
  if (cell !== null || exitCode === null) {
    throw new ImportFormatError(row.place, `one of ${traceStatuses.join(', ')} in the column status`, cell ?? row.text);
  }
  return exitCode === 0 ? 'COMPLETED' : 'FAILED';
}
