/** Which executions are alive on this node: a note in the outbox, from the event of the start to that of the end. */
import type { ProcessIdentity } from '../sidecar/procfs';

/** An execution whose sidecar has not recorded its end yet. */
export interface LiveExecution {
  readonly execution: string;
  readonly campaign: string;
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly job: string;
  readonly host: string;
  /** The sidecar's process; null where the platform does not tell. */
  readonly sidecar: ProcessIdentity | null;
}

const prefix = 'live/';

/** The key of the note of an execution. */
export function liveKey(execution: string): string {
  return `${prefix}${execution}`;
}

/** The executions among an outbox's notes. */
export function readLiveExecutions(notes: ReadonlyMap<string, string>): LiveExecution[] {
  return [...notes].flatMap(([key, value]) => (key.startsWith(prefix) ? [JSON.parse(value) as LiveExecution] : []));
}
