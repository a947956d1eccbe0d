/**
 * Events that fit no story at all: of every type, all about the same few names, so that everything is told several
 * times and contradicts itself. Whatever the views make of such events, it must not depend on the order of reading.
 */
import fc from 'fast-check';
import type { Header, LedgerEvent } from '../../schemas';
import { arbitraryEvent } from './arbitraryEvents';
import type { EventStream } from './eventStreams';

const producers = ['11', '22', '33'].map((pair) => `${pair.repeat(4)}-0000-4000-8000-${pair.repeat(6)}`);
const uuids = ['aa', 'bb', 'cc'].map((pair) => `${pair.repeat(4)}-0000-4000-8000-${pair.repeat(6)}`);

const few = {
  text: fc.constantFrom('', 'a', 'a b', 'b\u0000', 'é"'),
  uuid: fc.constantFrom(...uuids),
  number: fc.integer({ min: -1, max: 3 }),
  flag: fc.boolean(),
};

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

const draw: fc.Arbitrary<Draw> = fc.record({
  event: arbitraryEvent,
  producer: fc.nat({ max: producers.length - 1 }),
  scope: fc.record({
    campaign: fc.constantFrom('c', 'd'),
    unit: orNull(fc.constantFrom('u', 'v')),
    attempt: orNull(fc.integer({ min: 0, max: 2 })),
  }),
  occurredAt: fc.integer({ min: -2, max: 3 }).map((step) => step * 1_000_000),
  texts: fc.array(few.text, { minLength: 6, maxLength: 6 }),
  uuids: fc.array(few.uuid, { minLength: 3, maxLength: 3 }),
  numbers: fc.array(orNull(few.number), { minLength: 4, maxLength: 4 }),
  metrics: fc.array(orNull(few.number), { minLength: 4, maxLength: 4 }),
  basis: words['basis'] ?? few.text,
  result: words['result'] ?? few.text,
  usable: few.flag,
});

/** Producers that tell the same few things over and over, each its own way. */
export const arbitraryContradictions: fc.Arbitrary<EventStream[]> = fc
  .array(draw, { minLength: 1, maxLength: 40, size: 'max' })
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
