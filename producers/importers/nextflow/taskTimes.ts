/** When a task was submitted, began and ended, as far as a trace's columns together tell. */
import type { TraceTask } from './parseTrace';

/** Instants in microseconds since 1970 UTC. */
export interface TaskTimes {
  readonly queuedAtMicros: number;
  readonly startedAtMicros: number;
  readonly endedAtMicros: number;
}

/**
 * A task's times. What has no column of its own follows from the others: the end is the submission and the duration, the
 * start is the end less the realtime. Where nothing tells one of them it is taken to be the nearest that is told.
 * @returns null where the row tells no time at all
 */
export function taskTimes(task: TraceTask): TaskTimes | null {
  const { submittedAtMicros, startedAtMicros, completedAtMicros, durationMicros, realtimeMicros } = task;
  const ended = completedAtMicros ?? sum(submittedAtMicros, durationMicros) ?? sum(startedAtMicros, realtimeMicros);
  const started = startedAtMicros ?? sum(ended, negative(realtimeMicros));
  const queued = submittedAtMicros ?? sum(ended, negative(durationMicros));
  const near = started ?? queued ?? ended;
  return near === null ? null : { queuedAtMicros: queued ?? near, startedAtMicros: near, endedAtMicros: ended ?? near };
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function negative(a: number | null): number | null {
  return a === null ? null : -a;
}
