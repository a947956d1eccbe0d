/** Jobs that wait for each other. */

/**
 * Some jobs that wait for each other in a circle, the first again at the end; null where there are none. Linear in jobs
 * and what they wait for.
 * @param waitsFor each job with the jobs it waits for; of those that are not listed nothing follows
 */
export function firstCycle(
  waitsFor: readonly (readonly [job: string, upstream: readonly string[]])[],
): string[] | null {
  const open = new Map(waitsFor);
  const waiting = new Map<string, number>();
  const waiters = new Map<string, string[]>();
  for (const [job, upstream] of open) {
    const known = upstream.filter((other) => open.has(other));
    waiting.set(job, known.length);
    known.forEach((other) => {
      const list = waiters.get(other);
      if (list === undefined) {
        waiters.set(other, [job]);
      } else {
        list.push(job);
      }
    });
  }
  const ready = [...open.keys()].filter((job) => waiting.get(job) === 0);
  for (let job = ready.pop(); job !== undefined; job = ready.pop()) {
    open.delete(job);
    for (const waiter of waiters.get(job) ?? []) {
      const left = (waiting.get(waiter) ?? 0) - 1;
      waiting.set(waiter, left);
      if (left === 0) {
        ready.push(waiter);
      }
    }
  }
  return circleAmong(open);
}

/** Of jobs each of which waits for another of them. */
function circleAmong(stuck: ReadonlyMap<string, readonly string[]>): string[] | null {
  const seen: string[] = [];
  const places = new Map<string, number>();
  let [job] = stuck.keys();
  while (job !== undefined && !places.has(job)) {
    places.set(job, seen.length);
    seen.push(job);
    job = stuck.get(job)?.find((other) => stuck.has(other));
  }
  return job === undefined ? null : [...seen.slice(places.get(job)), job];
}
