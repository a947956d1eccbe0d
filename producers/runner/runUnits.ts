/** Runs several units on this machine: they share its places for jobs, and none stays empty while another has work. */
import { JobPlaces, type PlaceShare } from './jobPlaces';

/** What running units needs. */
export interface RunUnitsOptions<Summary> {
  readonly units: readonly string[];
  /** How many jobs run at a time, of all units together. */
  readonly jobs: number;
  /** Begins no more units. */
  readonly stop: AbortSignal;
  /** Runs one unit in its share of the places. */
  readonly run: (unit: string, share: PlaceShare) => Promise<Summary>;
  /** Told of a unit that could not be run, while others still run. */
  readonly onFailure: (unit: string, error: unknown) => void;
}

/**
 * Runs the units. The first begins at once, each further one when there is a place that those under way have no job for:
 * so the plans of few are held at a time, and of those that wait at a stop none has been begun.
 * @returns the summaries in the order of the units; of those that were begun
 * @throws the first thing that running a unit threw, when the others under way have ended: no more are begun then
 */
export async function runUnits<Summary>(options: RunUnitsOptions<Summary>): Promise<readonly Summary[]> {
  const { units, stop, run, onFailure } = options;
  const places = new JobPlaces(options.jobs);
  const failing = new AbortController();
  const runs: Promise<Summary>[] = [];
  let underWay = 0;
  const begin = async (unit: string): Promise<Summary> => {
    const share = places.share();
    underWay += 1;
    try {
      return await run(unit, share);
    } catch (error) {
      failing.abort();
      if (underWay > 1) {
        onFailure(unit, error);
      }
      throw error;
    } finally {
      underWay -= 1;
      share.leave();
    }
  };
  const noMore = [aborted(stop), aborted(failing.signal)];
  for (const unit of units) {
    if (stop.aborted || failing.signal.aborted) {
      break;
    }
    runs.push(begin(unit));
    await Promise.race([places.idle(), ...noMore]);
  }
  const ended = await Promise.allSettled(runs);
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
  return ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
