/** Work that may take so long and no longer. */
import { errorMessage } from '../../schemas/systemError';

/** How work with a time limit ended; what is late or failed says why. */
export type TimedResult = { readonly done: true } | { readonly done: false; readonly reason: string };

/**
 * Runs work that gives up when its signal aborts, and waits no longer than the limit for it. Never rejects.
 * @param work resolves to whether it is done
 */
export async function withinTime(
  limitMillis: number,
  work: (signal: AbortSignal) => Promise<boolean>,
): Promise<TimedResult> {
  const giveUp = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      giveUp.abort();
      resolve(false);
    }, limitMillis);
  });
  try {
    const done = await Promise.race([work(giveUp.signal), limit]);
    return done
      ? { done }
      : { done, reason: `the ledger did not take all events within ${String(limitMillis / 1000)} s` };
  } catch (error) {
    return { done: false, reason: errorMessage(error) };
  } finally {
    clearTimeout(timer);
  }
}
