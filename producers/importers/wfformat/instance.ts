/** A workflow instance as WfFormat tells it, whichever version wrote it. */

/** One task, one job. */
export interface WfTask {
  /** Its name within the instance, by which others name it. */
  readonly job: string;
  /** The step that it is one job of. */
  readonly task: string;
  readonly kind: 'payload' | 'framework';
  /** Each once. */
  readonly parents: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Null where the instance does not tell that it ran. */
  readonly execution: WfExecution | null;
}

/** What is told of a task's run; null is not told. */
export interface WfExecution {
  /** Microseconds since 1970 UTC. */
  readonly startedAtMicros: number | null;
  readonly runtimeMicros: number;
  readonly program: string | null;
  readonly argv: readonly string[];
  readonly maxRssBytes: number | null;
  readonly machines: readonly string[];
}

/** A workflow instance. */
export interface WfInstance {
  /** When the run began, microseconds since 1970 UTC; null where the instance tells of none. */
  readonly startedAtMicros: number | null;
  /** How long the run took as a whole, microseconds; null where the instance tells of none. */
  readonly makespanMicros: number | null;
  /** In the file's order. */
  readonly tasks: readonly WfTask[];
  /** Sizes in bytes by file, as far as told. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly warnings: readonly string[];
}
