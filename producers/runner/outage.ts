/** What happens while the infrastructure fails: nothing is started, and it is probed until it answers. */
import { pausedUntil } from '../sidecar/pausedUntil';
import { InfrastructureGuard } from './infrastructureGuard';

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

/** Guards attempts against outages: all those that run on a machine, for they stand on the same. */
export class OutageWatch {
  readonly guard = new InfrastructureGuard();
  private readonly listeners = new Set<(wasOut: boolean) => void>();

  /**
   * Calls back after each pause, before any job is started again.
   * @param onWell told whether any probe found something wrong
   * @returns what ends it
   */
  afterPauses(onWell: (wasOut: boolean) => void): () => void {
    this.listeners.add(onWell);
    return () => this.listeners.delete(onWell);
  }

  /** Probes once. @returns whether something is wrong that was not known: nothing is started from now on */
  async findsOutage(probe: ProbeOptions['probe']): Promise<boolean> {
    return (await probe()) !== null && this.guard.foundOut();
  }

  /** Probes until all is well, and lets jobs start again; where it is stopped before, it does not. */
  async untilWell({ probe, probeMillis, stop, onMessage }: ProbeOptions): Promise<void> {
    let told: string | null = null;
    for (let pause = probeMillis; !stop.aborted; pause = Math.min(2 * pause, longestPauseMillis)) {
      const problem = await probe();
      if (problem === null) {
        onMessage('the infrastructure answers; going on with one job first');
        this.guard.resume(told !== null);
        this.listeners.forEach((onWell) => {
          onWell(told !== null);
        });
        return;
      }
      if (problem !== told) {
        onMessage(`waiting: ${problem}`);
        told = problem;
      }
      await pausedUntil(pause, stop);
    }
  }
}
