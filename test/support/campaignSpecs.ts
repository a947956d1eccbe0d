/** The stories that campaigns in property tests are made of, as arbitraries of small plain values. */
import fc from 'fast-check';
import type { Metrics } from '../../schemas';

/** Who tells of a campaign: each is a producer of its own. */
export const tellers = ['planner', 'importer', 'node0', 'node1', 'operator', 'attemptClaim'] as const;
/** One of {@link tellers}. */
export type Teller = (typeof tellers)[number];

/** Names with what breaks things in them. */
export const units = ['tract=9813', 'tract=8766, ü "x"'];
export const tasks = ['processCcd', 'coadd/driver'];
export const datasetTypes = ['calexp', 'src', "deep'Coadd"];
const sites = ['lustre', 's3'];
const hosts = [null, 'lsst-verify-worker01', ''];
const failureClasses = ['outOfMemory', null, 'NoWorkFound'];

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null, freq: 3 });
/** A list of up to so many. */
export const listOf = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { maxLength, size: 'max' });
const which = <T>(...choices: T[]): fc.Arbitrary<T> => fc.constantFrom(...choices);

/** Seconds after the campaign's beginning: few, so that many are equal and some contradict the order of the story. */
const second = fc.nat({ max: 8 });
const node = which<Teller>('node0', 'node1');
const anyTeller = which<Teller>('node0', 'node1', 'importer');

const metrics: fc.Arbitrary<Metrics> = fc.record({
  wallMicros: orNull(which(0, 1_500_000, 60_000_000)),
  userCpuMicros: orNull(which(0, 1, 1_200_000, 59_000_000)),
  systemCpuMicros: orNull(which(0, 100_000)),
  maxRssBytes: orNull(which(0, 1_000_000, 300_000_000, 2 ** 33)),
});

/** One telling of an end or a loss. */
export const endSpec = fc.record({
  kind: which('succeeded', 'succeeded', 'failed', 'failed', 'lost'),
  by: anyTeller,
  second,
  metrics,
  caveat: which('partialOutputsUsable', 'noWork', 'childrenLeftBehind', null),
  failureClass: which(...failureClasses),
  permanence: which('transient', 'permanent', 'infrastructure', null),
  exitCode: orNull(which(1, 20, 137)),
  cause: which('evicted', 'unheardOf', 'outOfMemory'),
});

/** One file of an execution and what became of it. */
export const fileSpec = fc.record({
  path: fc.nat({ max: 3 }),
  datasetType: fc.nat({ max: datasetTypes.length - 1 }),
  /** Told by one, or by the sidecar and the importer. */
  by: listOf(fc.record({ teller: anyTeller, second, sizeBytes: orNull(which(0, 1, 4096, 2 ** 40)) }), 2),
  fates: listOf(
    fc.record({
      kind: which('purged', 'match', 'missing', 'empty', 'checksum', 'unreachable', 'located'),
      second,
      site: which(...sites),
      by: which<Teller>('operator', 'node0'),
    }),
    3,
  ),
});

/** One execution: told to start and to end by none, one or several. */
export const executionSpec = fc.record({
  tryNumber: orNull(fc.integer({ min: 1, max: 3 })),
  starts: listOf(
    fc.record({ by: anyTeller, second, host: which(...hosts), executable: orNull(which('a.py', 'b.py')) }),
    2,
  ),
  ends: listOf(endSpec, 3),
  files: listOf(fileSpec, 3),
  absences: listOf(
    fc.record({
      datasetType: fc.nat({ max: 2 }),
      path: orNull(fc.nat({ max: 1 })),
      basis: which('job', 'definition'),
      second,
      by: node,
    }),
    2,
  ),
  inputs: listOf(
    fc.record({
      paths: listOf(fc.nat({ max: 4 }), 3),
      basis: which('declared', 'reported', 'observed'),
      second,
      by: anyTeller,
    }),
    3,
  ),
  retryAt: orNull(second),
});

/** One job of an attempt. */
export const jobSpec = fc.record({
  task: fc.nat({ max: tasks.length - 1 }),
  visit: fc.nat({ max: 2 }),
  planned: fc.boolean(),
  kind: which('payload', 'framework'),
  /** Also jobs that are not planned. */
  upstream: listOf(fc.nat({ max: 2 }), 2),
  queue: listOf(
    fc.record({
      kind: which('JobQueued', 'JobHeld', 'JobReleased'),
      second,
      by: which<Teller>('importer', 'operator'),
    }),
    3,
  ),
  executions: fc.array(executionSpec, { maxLength: 3 }),
  reuses: listOf(fc.record({ execution: fc.nat({ max: 11 }), second }), 2),
  skippedAt: orNull(second),
  abandoned: orNull(fc.record({ second, becauseOf: orNull(fc.nat({ max: 2 })) })),
});

/** One attempt of a unit. */
export const attemptSpec = fc.record({
  unit: fc.nat({ max: units.length - 1 }),
  jobs: fc.array(jobSpec, { minLength: 1, maxLength: 3 }),
  startedAt: orNull(second),
  endedAt: orNull(second),
});

/** What is about no single attempt. */
export const factSpec = fc.record({
  kind: which('expectation', 'veto', 'lifting', 'note', 'declaration', 'registration', 'purge', 'location'),
  unit: orNull(fc.nat({ max: units.length - 1 })),
  second,
  by: which<Teller>('operator', 'planner'),
  number: fc.nat({ max: 2 }),
  count: orNull(which(0, 3850)),
  basis: which('plan', 'reference', 'operator'),
  datasetType: orNull(fc.nat({ max: 2 })),
});

/** What an arbitrary makes. */
export type Spec<A> = A extends fc.Arbitrary<infer T> ? T : never;
