/** A progress bar on standard error for work that takes over a second; none where that is no terminal. */
import { createRequire } from 'node:module';
import type * as CliProgress from 'cli-progress';
import { formatCount } from './units';

const showAfterMillis = 1000;

// Not `import`: most runs are over before a bar is due.
const load = createRequire(__filename);

/** Shows how far a piece of work is. */
export interface Progress {
  /** @param done how much is done so far, in the unit of the total */
  readonly update: (done: number) => void;
  /** Takes the bar away; harmless to call again. */
  readonly stop: () => void;
}

const noProgress: Progress = {
  update: () => undefined,
  stop: () => undefined,
};

/**
 * Begins to watch a piece of work.
 * @param what what is done, e.g. `reading events`
 * @param total how much there is to do; null where it is unknown, then only a count is shown
 */
export function startProgress(what: string, total: number | null): Progress {
  return process.stderr.isTTY ? new ProgressBar(what, total) : noProgress;
}

class ProgressBar implements Progress {
  readonly #startedAt = Date.now();
  #bar: CliProgress.SingleBar | null = null;
  #stopped = false;

  constructor(
    readonly what: string,
    readonly total: number | null,
  ) {}

  readonly update = (done: number): void => {
    if (this.#bar !== null) {
      this.#bar.update(done, { count: formatCount(done) });
    } else if (!this.#stopped && Date.now() - this.#startedAt > showAfterMillis) {
      this.#bar = this.#show(done);
    }
  };

  readonly stop = (): void => {
    this.#stopped = true;
    this.#bar?.stop();
    this.#bar = null;
  };

  #show(done: number): CliProgress.SingleBar {
    const { SingleBar } = load('cli-progress') as typeof CliProgress;
    const shape = this.total === null ? '{count}' : '[{bar}] {percentage} %  {count}, {eta_formatted} left';
    // The terminal keeps its cursor and its wrapping: who ends the program by Ctrl-C would be left without them.
    const settings = { hideCursor: false, linewrap: true, clearOnComplete: true };
    const bar = new SingleBar({ format: `${this.what}  ${shape}`, ...settings });
    bar.start(this.total ?? 0, done, { count: formatCount(done) });
    return bar;
  }
}
