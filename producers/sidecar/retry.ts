/** Whether and when a failed job gets another try. */
import type { JudgedFailure } from './outcome';

/** How long an infrastructure failure waits compared with a transient one: a file system comes back in minutes. */
const infrastructureFactor = 6;
const longestWaitMillis = 15 * 60_000;

/**
 * The wait before the next try, milliseconds, doubled with each try that failed and spread by half to either side so
 * that jobs that failed together do not come back together.
 * @param failedTries how many tries have failed, from 1
 * @param random from 0 to 1
 */
export function backoffMillis(
  backoffSeconds: number,
  failedTries: number,
  permanence: JudgedFailure['permanence'],
  random: number,
): number {
  const factor = permanence === 'infrastructure' ? infrastructureFactor : 1;
  const wait = backoffSeconds * 1000 * factor * 2 ** Math.min(failedTries - 1, 30);
  return Math.round(Math.min(wait, longestWaitMillis) * (0.5 + random));
}
