/** What happens while the infrastructure fails: jobs that failed for its sake are parked, and it is probed. */
import type { PlannedJob } from '../../pipelines/plan';
import { pausedUntil } from '../sidecar/pausedUntil';
import { InfrastructureGuard } from './infrastructureGuard';
import type { BadEnd } from './sidecarProcess';

/** A job that failed for the infrastructure's sake while nothing is started. */
export interface ParkedJob {
  readonly job: PlannedJob;
  readonly end: BadEnd;
}

/** How the infrastructure is probed. */
export interface ProbeOptions {
  /** What is wrong with what all jobs stand on, in words; null where all is well. */
  readonly probe: () => Promise<string | null>;
  /** The wait between two probes, milliseconds; it doubles, up to half a minute. */
  readonly probeMillis: number;
  /** Ends the probing. */
  readonly stop: AbortSignal;
  readonly onMessage: (message: string) => void;
}

const longestPauseMillis = 30_000;

/** Guards an attempt against outages. */
export class OutageWatch {
  readonly guard = new InfrastructureGuard();
  private parked: ParkedJob[] = [];

  constructor(private readonly options: ProbeOptions) {}

  /** Keeps a job until the infrastructure answers. */
  park(parked: ParkedJob): void {
    this.parked.push(parked);
  }

  /** The jobs that are parked; they are not any more. */
  takeParked(): readonly ParkedJob[] {
    const { parked } = this;
    this.parked = [];
    return parked;
  }

  /** Probes once. @returns whether something is wrong that was not known: nothing is started from now on */
  async findsOutage(): Promise<boolean> {
    return (await this.options.probe()) !== null && this.guard.foundOut();
  }

  /**
   * Probes until all is well, and lets jobs start again.
   * @returns whether any probe found something wrong; null where it was stopped before
   */
  async untilWell(): Promise<boolean | null> {
    const { probe, probeMillis, stop, onMessage } = this.options;
    let told: string | null = null;
    for (let pause = probeMillis; !stop.aborted; pause = Math.min(2 * pause, longestPauseMillis)) {
      const problem = await probe();
      if (problem === null) {
        onMessage('the infrastructure answers; going on with one job first');
        this.guard.resume(told !== null);
        return told !== null;
      }
      if (problem !== told) {
        onMessage(`waiting: ${problem}`);
        told = problem;
      }
      await pausedUntil(pause, stop);
    }
    return null;
  }
}
