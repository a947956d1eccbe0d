/** What a restart is asked for. */
import type { Task } from '../../pipelines/definition';
import type { Findings } from './standing';

/** See the file's head. */
export interface RestartOptions {
  /** Jobs that are to run again whatever they have to show. */
  readonly asked: ReadonlySet<string>;
  /** The digest of the environment that jobs would run in; null where it is not known. */
  readonly environment: string | null;
  /** Whether jobs run again whose outputs were made in another environment. */
  readonly ifEnvironmentChanged: boolean;
  /** Whether files that are remade from the same count as changed where they come out different. */
  readonly spreadRemakes: boolean;
  /** What a look at the disk found. */
  readonly findings: Findings;
  /** The tasks of the present definition; null where there is none. */
  readonly tasks: ReadonlyMap<string, Task> | null;
}
