/** How a follower waits for more: told at once of appends in its own process, looking ever less often for others'. */

const shortestWaitMillis = 5;
const longestWaitMillis = 100;

/** The appends of one open ledger, as news to its followers. */
export class Changes {
  private readonly waiting = new Set<() => void>();

  /** Wakes all that wait. */
  announce(): void {
    if (this.waiting.size > 0) {
      for (const wake of [...this.waiting]) {
        wake();
      }
    }
  }

  /**
   * Resolves at the next announcement, when the signal aborts, or in time to look again.
   * @param idleRounds how many looks in a row have found nothing
   */
  async next(idleRounds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      return;
    }
    const waitMillis = Math.min(longestWaitMillis, shortestWaitMillis * 2 ** Math.min(idleRounds, 10));
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMillis);
      signal.addEventListener('abort', wake);
      this.waiting.add(wake);
    });
  }
}
