/**
 * Tells one job's bad luck from the failure of what all jobs stand on. When infrastructure failures come from several
 * jobs with no success between them, or a probe after the first of them finds something wrong, nothing more is started
 * until a probe finds everything in order; then one job goes ahead alone, and the others follow once it has succeeded.
 *
 * Where the probes find nothing wrong and the job that goes ahead fails all the same, again and again, the trouble is the
 * jobs' own and stopping helps nobody: the guard then lets them run until one succeeds.
 */

/** How many jobs must fail so. */
const severalJobs = 2;

/** After so many pauses that ended in nothing but another failure, the guard stands aside. */
const idlePauses = 2;

/** Counts failures and successes, and says how many jobs may run. */
export class InfrastructureGuard {
  private state: 'open' | 'paused' | 'trial' | 'tried' = 'open';
  private readonly failing = new Set<string>();
  private pausesInVain = 0;

  /** Whether nothing is to be started until {@link resume} is called. */
  get paused(): boolean {
    return this.state === 'paused';
  }

  /** Whether another job may start. */
  mayStart(): boolean {
    return this.state === 'open' || this.state === 'trial';
  }

  /** A job has been started: after a pause it is the one that goes ahead alone, whatever has run all the while. */
  started(): void {
    if (this.state === 'trial') {
      this.state = 'tried';
    }
  }

  /** A job has failed because of the infrastructure. @returns whether that begins a pause */
  failed(job: string): boolean {
    this.failing.add(job);
    if (this.state === 'paused' || this.pausesInVain >= idlePauses) {
      return false;
    }
    if (this.state === 'trial' || this.state === 'tried' || this.failing.size >= severalJobs) {
      this.state = 'paused';
      return true;
    }
    return false;
  }

  /** A probe has found something wrong. @returns whether that begins a pause */
  foundOut(): boolean {
    const begins = this.state !== 'paused';
    this.state = 'paused';
    this.pausesInVain = 0;
    return begins;
  }

  /** A job has succeeded, or has failed by its own fault: what it stands on is there. */
  worked(): void {
    this.failing.clear();
    this.pausesInVain = 0;
    if (this.state === 'trial' || this.state === 'tried') {
      this.state = 'open';
    }
  }

  /** The probes find everything in order. @param wasOut whether one of them had found something wrong before */
  resume(wasOut: boolean): void {
    this.pausesInVain = wasOut ? 0 : this.pausesInVain + 1;
    this.failing.clear();
    this.state = this.pausesInVain >= idlePauses ? 'open' : 'trial';
  }
}
