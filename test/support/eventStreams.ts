/** Several producers' events: how they may be interleaved and delivered without any producer's order being broken. */
import type { LedgerEvent } from '../../schemas';

/** One producer's events, sequences 1, 2, 3 and on. */
export type EventStream = readonly LedgerEvent[];

/** A reproducible source of numbers in [0, 1): mulberry32, a public-domain generator by Tommy Ettinger. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs of one producer's events each, such that every producer's order is kept. */
export function interleavedRuns(streams: readonly EventStream[], seed: number, maxRunEvents = 4): LedgerEvent[][] {
  const random = randomFrom(seed);
  const rests = streams.map((stream) => ({ stream, taken: 0 })).filter(({ stream }) => stream.length > 0);
  const runs: LedgerEvent[][] = [];
  while (rests.length > 0) {
    const at = Math.floor(random() * rests.length);
    const rest = rests[at];
    if (rest === undefined) {
      break;
    }
    const run = rest.stream.slice(rest.taken, rest.taken + 1 + Math.floor(random() * maxRunEvents));
    runs.push(run);
    rest.taken += run.length;
    if (rest.taken >= rest.stream.length) {
      rests.splice(at, 1);
    }
  }
  return runs;
}

/** The same runs with some sent again later: whole, or with all that the producer sent before. */
export function withRepetitions(runs: readonly LedgerEvent[][], seed: number): LedgerEvent[][] {
  const random = randomFrom(seed);
  const sent = new Map<string, LedgerEvent[]>();
  const delivered: LedgerEvent[][] = [];
  for (const run of runs) {
    const producer = run[0]?.header.producer ?? '';
    const before = sent.get(producer) ?? [];
    const again = random() < 0.3 ? before.slice(Math.floor(random() * before.length)) : [];
    delivered.push([...again, ...run]);
    sent.set(producer, [...before, ...run]);
    if (random() < 0.2) {
      delivered.push(run);
    }
  }
  return delivered;
}
