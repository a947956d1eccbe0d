/** How far an attempt is, on standard error: a bar where that is a terminal, else only what a person should know. */
import { createRequire } from 'node:module';
import type * as CliProgress from 'cli-progress';
import type { Progress } from '../../producers/runner/runAttempt';
import { escapeControls } from './terminal';
import { formatCount, formatCounted, formatDuration } from './units';

// Not `import`: most runs are not watched.
const load = createRequire(__filename);

/** Shows a run. */
export interface RunDisplay {
  readonly update: (unit: string, progress: Progress) => void;
  /** Prints a sentence. */
  readonly say: (message: string) => void;
  /** Takes the bar away, until the next update: something else is to be printed. */
  readonly stop: () => void;
}

/** Begins to show a run. @param title what is run */
export function startRunDisplay(title: string): RunDisplay {
  return process.stderr.isTTY
    ? new BarDisplay(escapeControls(title))
    : { update: () => undefined, say, stop: () => undefined };
}

function say(message: string): void {
  process.stderr.write(`tractledger: ${escapeControls(message)}\n`);
}

class BarDisplay implements RunDisplay {
  private bar: CliProgress.SingleBar | null = null;
  private readonly units = new Map<string, Progress>();

  constructor(private readonly title: string) {}

  readonly update = (unit: string, progress: Progress): void => {
    this.units.set(unit, progress);
    this.show();
  };

  readonly say = (message: string): void => {
    this.stop();
    say(message);
    if (this.units.size > 0) {
      this.show();
    }
  };

  readonly stop = (): void => {
    this.bar?.stop();
    this.bar = null;
  };

  private show(): void {
    const units = [...this.units.values()];
    const sum = (value: (progress: Progress) => number): number => units.reduce((all, unit) => all + value(unit), 0);
    const done = sum(
      ({ succeeded, reused, failed, skipped, abandoned }) => succeeded + reused + failed + skipped + abandoned,
    );
    const total = sum((unit) => unit.total);
    // Of a unit none of whose jobs has ended nothing can be told yet, and so not of all.
    const left = units.some(({ leftSeconds }) => leftSeconds === null)
      ? null
      : sum(({ leftSeconds }) => leftSeconds ?? 0);
    const payload = {
      jobs: `${formatCount(done)} of ${formatCounted(total, 'job')}`,
      running: formatCount(sum(({ running }) => running)),
      failed: formatCount(sum(({ failed, skipped }) => failed + skipped)),
      left: left === null ? '' : `, ${formatDuration(left)} left`,
    };
    this.bar ??= this.newBar(total, payload);
    this.bar.setTotal(total);
    this.bar.update(done, payload);
  }

  private newBar(total: number, payload: object): CliProgress.SingleBar {
    const { SingleBar } = load('cli-progress') as typeof CliProgress;
    const format = `${this.title}  [{bar}] {jobs}, {running} running, {failed} failed or skipped{left}`;
    const bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true, gracefulExit: false });
    bar.start(total, 0, payload);
    return bar;
  }
}
