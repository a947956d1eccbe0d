/** Trying again: what may pass by itself is tried until it does or the patience is used up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isRetriable, toLedgerError, type LedgerName } from './kafkaErrors';

const firstWaitMillis = 50;
const longestWaitMillis = 2_000;

/** The waits between tries: each about twice the last, with jitter, so that many clients do not knock together. */
export class Backoff {
  private nextMillis = firstWaitMillis;

  /** Begins anew: something has succeeded. */
  reset(): void {
    this.nextMillis = firstWaitMillis;
  }

  /** Resolves when it is time for the next try, or when the signal aborts. */
  async wait(signal?: AbortSignal): Promise<void> {
    const millis = this.nextMillis * (0.5 + Math.random());
    this.nextMillis = Math.min(longestWaitMillis, this.nextMillis * 2);
    await sleep(millis, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/**
 * Runs `attempt` until it succeeds.
 * @param afterFailure called before each further try
 * @throws {LedgerError} what cannot pass by itself at once, the rest after `patienceMillis`
 */
export async function patiently<T>(
  ledger: LedgerName,
  patienceMillis: number,
  attempt: () => Promise<T>,
  afterFailure: () => void = () => undefined,
): Promise<T> {
  const deadline = performance.now() + patienceMillis;
  const backoff = new Backoff();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const translated = toLedgerError(error, ledger);
      afterFailure();
      if (!isRetriable(translated) || performance.now() > deadline) {
        throw translated;
      }
    }
    await backoff.wait();
  }
}
