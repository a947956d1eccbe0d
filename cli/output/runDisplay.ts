/** How far an attempt is, on standard error: a bar where that is a terminal, else only what a person should know. */
import { createRequire } from 'node:module';
import type * as CliProgress from 'cli-progress';
import type { Progress } from '../../producers/runner/runAttempt';
import { escapeControls } from './terminal';
import { formatCount, formatDuration } from './units';

// Not `import`: most runs are not watched.
const load = createRequire(__filename);

/** Shows a run. */
export interface RunDisplay {
  readonly update: (progress: Progress) => void;
  /** Prints a sentence. */
  readonly say: (message: string) => void;
  readonly stop: () => void;
}

/** Begins to show a run. */
export function startRunDisplay({ unit, attempt }: { readonly unit: string; readonly attempt: number }): RunDisplay {
  const name = escapeControls(`${unit} attempt ${String(attempt)}`);
  return process.stderr.isTTY ? new BarDisplay(name) : { update: () => undefined, say, stop: () => undefined };
}

function say(message: string): void {
  process.stderr.write(`tractledger: ${escapeControls(message)}\n`);
}

class BarDisplay implements RunDisplay {
  private bar: CliProgress.SingleBar | null = null;
  private last: Progress | null = null;

  constructor(private readonly name: string) {}

  readonly update = (progress: Progress): void => {
    this.last = progress;
    const done = progress.succeeded + progress.reused + progress.failed + progress.skipped + progress.abandoned;
    const payload = {
      jobs: `${formatCount(done)} of ${formatCount(progress.total)} jobs`,
      running: formatCount(progress.running),
      failed: formatCount(progress.failed + progress.skipped),
      left: progress.leftSeconds === null ? '' : `, ${formatDuration(progress.leftSeconds)} left`,
    };
    this.bar ??= this.show(progress.total, payload);
    this.bar.update(done, payload);
  };

  readonly say = (message: string): void => {
    this.stop();
    say(message);
    if (this.last !== null) {
      this.update(this.last);
    }
  };

  readonly stop = (): void => {
    this.bar?.stop();
    this.bar = null;
  };

  private show(total: number, payload: object): CliProgress.SingleBar {
    const { SingleBar } = load('cli-progress') as typeof CliProgress;
    const format = `${this.name}  [{bar}] {jobs}, {running} running, {failed} failed or skipped{left}`;
    const bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true, gracefulExit: false });
    bar.start(total, 0, payload);
    return bar;
  }
}
