/** The faults that a simulation may have, and when they strike. */
import { Random, seedOf } from './random';

/** The names of faults, with what each does. */
export const faultNames = {
  outage: 'the file system is gone for an hour: everything that runs fails',
  nodeLoss: 'a host dies with all that runs on it and comes back no more',
  workerKill: 'a job is killed, and another together with the worker that watches it',
  permanentFailure: 'two jobs fail for good, and what needs them is skipped',
  purge: 'storage is short: intermediate files go as soon as nothing needs them',
  runnerKill: 'the attempt breaks off when half of its jobs are done: nobody tells how those under way ended',
  duplicates: 'producers send again what they have sent',
  late: 'a third of the hosts send what they recorded only after the attempt has ended',
  reordered: 'what several producers send arrives in another order; the order of each is kept',
} as const;

/** One fault. */
export type Fault = keyof typeof faultNames;

/** Whether a fault changes what happens, and not only how it is told. */
export function changesEvents(fault: Fault): boolean {
  return fault !== 'duplicates' && fault !== 'late' && fault !== 'reordered';
}

/** How long the file system is gone, microseconds. */
export const outageMicros = 3_600_000_000;

/** Something that happens to the whole of an attempt. */
export interface Strike {
  readonly fault: 'outage' | 'nodeLoss' | 'workerKill' | 'purge';
  /** Microseconds since the attempt began. */
  readonly atMicros: number;
}

/** When faults strike, in order. @param wallMicros how long the attempt takes without any */
export function strikesOf(faults: ReadonlySet<Fault>, wallMicros: number, seed: number): Strike[] {
  const random = new Random(seedOf(seed, 'strikes'));
  const between = (from: number, to: number): number =>
    Math.round(wallMicros * (from + (to - from) * random.fraction()));
  // All are drawn, so that one fault strikes at the same time whichever others there are.
  const strikes: readonly Strike[] = [
    { fault: 'workerKill', atMicros: between(0.05, 0.15) },
    { fault: 'outage', atMicros: between(0.2, 0.3) },
    { fault: 'nodeLoss', atMicros: between(0.3, 0.4) },
    { fault: 'purge', atMicros: between(0.4, 0.5) },
  ];
  return strikes.filter(({ fault }) => faults.has(fault));
}
