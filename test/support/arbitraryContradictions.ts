/**
 * Events that fit no story at all: of every type, all about the same few names, so that everything is told several
 * times and contradicts itself. Whatever the views make of such events, it must not depend on the order of reading.
 */
import fc from 'fast-check';
import type { EventType, Header, LedgerEvent } from '../../schemas';
import { arbitraryEvents } from './arbitraryEvents';
import type { EventStream } from './eventStreams';

const producers = ['11', '22', '33'].map((pair) => `${pair.repeat(4)}-0000-4000-8000-${pair.repeat(6)}`);
const uuids = ['aa', 'bb', 'cc'].map((pair) => `${pair.repeat(4)}-0000-4000-8000-${pair.repeat(6)}`);

const texts = ['a', '', 'a b', 'b\u0000', 'é"'];
const scopes = { campaigns: ['c', 'd'], units: ['u', null, 'v'], attempts: [1, null, 2, 0] };
const seconds = [0, 1, -2, 3];
const number = fc.integer({ min: -1, max: 3 });

/** Fields where only some texts mean anything: those, and one that means nothing. */
const words: Readonly<Record<string, fc.Arbitrary<string>>> = {
  basis: fc.constantFrom('declared', 'reported', 'observed', 'plan', 'job', 'guessed'),
  result: fc.constantFrom('match', 'missing', 'empty', 'unreachable'),
};

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null, freq: 3 });

/** What the fields of an event are overwritten with, drawn once for the event. */
interface Draw {
  readonly event: LedgerEvent;
  readonly producer: number;
  readonly scope: { readonly campaign: string; readonly unit: string | null; readonly attempt: number | null };
  readonly occurredAt: number;
  readonly texts: readonly string[];
  readonly uuids: readonly string[];
  readonly numbers: readonly (number | null)[];
  readonly metrics: readonly (number | null)[];
  readonly basis: string;
  readonly result: string;
  readonly usable: boolean;
}

const types = Object.keys(arbitraryEvents) as EventType[];

/** Types that make and unmake the same numbers: what counts takes several events of several of them at once. */
const kindred: readonly EventType[][] = [
  ['FileProduced', 'ExecutionSucceeded', 'ExecutionFailed', 'JobReused', 'FileAbsent', 'FileChecked', 'FilePurged'],
  ['ExecutionStarted', 'ExecutionSucceeded', 'ExecutionFailed', 'ExecutionLost', 'AttemptStarted', 'AttemptEnded'],
  [
    ...(['ExecutionStarted', 'ExecutionFailed', 'ExecutionLost', 'JobPlanned', 'JobQueued', 'JobHeld'] as const),
    ...(['JobRetryScheduled', 'JobAbandoned', 'JobSkipped', 'JobReused'] as const),
  ],
];

/** Each campaign is told in a few types only, so that much is told of the same thing. */
const someTypes = fc.oneof(
  fc.subarray(types, { minLength: 1, maxLength: 6 }),
  ...kindred.map((some) => fc.subarray(some, { minLength: 2 })),
);

/** @param names how many of the names and times there are may be used: the fewer, the more is about the same thing */
const drawOf = (told: readonly EventType[], names: number): fc.Arbitrary<Draw> =>
  fc.record({
    event: fc.oneof(...told.map((type): fc.Arbitrary<LedgerEvent> => arbitraryEvents[type])),
    producer: fc.nat({ max: producers.length - 1 }),
    scope: fc.record({
      campaign: oneOfFirst(scopes.campaigns, names),
      unit: oneOfFirst(scopes.units, names),
      attempt: oneOfFirst(scopes.attempts, names),
    }),
    occurredAt: oneOfFirst(seconds, names).map((second) => second * 1_000_000),
    texts: fc.array(oneOfFirst(texts, names), { minLength: 6, maxLength: 6 }),
    uuids: fc.array(fc.constantFrom(...uuids), { minLength: 3, maxLength: 3 }),
    numbers: fc.array(orNull(number), { minLength: 4, maxLength: 4 }),
    metrics: fc.array(orNull(number), { minLength: 4, maxLength: 4 }),
    basis: words['basis'] ?? fc.constant(''),
    result: words['result'] ?? fc.constant(''),
    usable: fc.boolean(),
  });

function oneOfFirst<T>(values: readonly T[], count: number): fc.Arbitrary<T> {
  return fc.constantFrom(...values.slice(0, count));
}

/** Producers that tell the same few things over and over, each its own way. */
export const arbitraryContradictions: fc.Arbitrary<EventStream[]> = fc
  .tuple(someTypes, fc.integer({ min: 1, max: 5 }))
  .chain(([told, names]) => fc.array(drawOf(told, names), { minLength: 1, maxLength: 30, size: 'max' }))
  .map((draws) => {
    const streams: LedgerEvent[][] = producers.map(() => []);
    for (const one of draws) {
      const stream = streams[one.producer] ?? [];
      const header: Header = {
        producer: producers[one.producer] ?? '',
        sequence: stream.length + 1,
        occurredAt: one.occurredAt,
        ...one.scope,
      };
      stream.push({ ...narrowed(one), header });
    }
    return streams;
  });

/** The event with its names, numbers and words taken from the few. */
function narrowed(one: Draw): LedgerEvent {
  let text = 0;
  let uuid = 0;
  let number = 0;
  const entries = Object.entries(one.event).map(([field, value]: [string, unknown]): [string, unknown] => {
    switch (field) {
      case 'type':
      case 'argv':
      case 'part':
      case 'parts':
      case 'metadata':
        return [field, value];
      case 'basis':
        return [field, one.basis];
      case 'result':
        return [field, one.result];
      case 'caveats':
        return [field, one.usable ? ['partialOutputsUsable'] : []];
      case 'upstreamJobs':
        return [field, one.texts.slice(0, 2)];
      case 'predictedInputs':
      case 'predictedOutputs':
      case 'files':
        return [field, one.texts.slice(0, 2).map((path, at) => ({ path, datasetType: one.texts[at + 2] ?? null }))];
      case 'metrics': {
        const [wallMicros, userCpuMicros, systemCpuMicros, maxRssBytes] = one.metrics;
        return [field, { wallMicros, userCpuMicros, systemCpuMicros, maxRssBytes }];
      }
      case 'execution':
      case 'fromExecution':
      case 'becauseOf':
      case 'veto':
      case 'withdrawal':
      case 'hold':
      case 'claim':
        return [field, value === null ? null : one.uuids[uuid++ % one.uuids.length]];
    }
    if (field === 'md5' || field === 'sha256') {
      return [field, value === null ? null : '00'.repeat(field === 'md5' ? 16 : 32)];
    }
    if (typeof value === 'string') {
      return [field, one.texts[text++ % one.texts.length]];
    }
    return typeof value === 'number' ? [field, one.numbers[number++ % one.numbers.length] ?? 0] : [field, value];
  });
  return Object.fromEntries(entries) as unknown as LedgerEvent;
}
