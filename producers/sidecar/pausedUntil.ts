/** A pause that a signal can end. */

/** Waits so long, or until the signal. @returns false where the signal came first */
export async function pausedUntil(millis: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (goOn: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(goOn);
    };
    const stop = (): void => {
      end(false);
    };
    const timer = setTimeout(end, millis, true);
    signal.addEventListener('abort', stop);
    if (signal.aborted) {
      stop();
    }
  });
}
