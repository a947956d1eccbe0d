/**
 * The public numbers of the views, worked out anew from all events at once: slow, plain, and with nothing in common with
 * the folds but the rules in projections/README.md. Keys are JSON lists of what the number is counted by.
 */
import type { ExecutionFailed, ExecutionLost, ExecutionStarted, ExecutionSucceeded, LedgerEvent } from '../../schemas';

type Key = (string | number | null)[];
/** Numbers or texts by key. */
export type Numbers = Record<string, Record<string, string | number | null>>;

type Kind = LedgerEvent['type'];
type Of<K extends Kind> = Extract<LedgerEvent, { type: K }>;

function only<K extends Kind>(events: readonly LedgerEvent[], ...kinds: K[]): Of<K>[] {
  return events.filter((event): event is Of<K> => (kinds as string[]).includes(event.type));
}

function isLater(a: LedgerEvent, b: LedgerEvent): boolean {
  if (a.header.occurredAt !== b.header.occurredAt) {
    return a.header.occurredAt > b.header.occurredAt;
  }
  if (a.header.producer !== b.header.producer) {
    return a.header.producer > b.header.producer;
  }
  return a.header.sequence > b.header.sequence;
}

function last<E extends LedgerEvent>(events: readonly E[]): E | undefined {
  return [...events].sort((a, b) => (isLater(a, b) ? 1 : -1)).at(-1);
}

function grouped<T>(items: readonly T[], key: (item: T) => Key): [Key, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = JSON.stringify(key(item));
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return [...groups].map(([name, members]) => [JSON.parse(name) as Key, members]);
}

function scopeKey({ header }: LedgerEvent): [string, string, number] {
  return [header.campaign, header.unit ?? '', header.attempt ?? 0];
}

/** What became of one execution, from everything that was told of it. */
interface Execution {
  readonly id: string;
  readonly start: ExecutionStarted | undefined;
  readonly end: ExecutionSucceeded | ExecutionFailed | ExecutionLost | undefined;
  readonly state: 'running' | 'succeeded' | 'failed' | 'lost';
}

function executionsIn(events: readonly LedgerEvent[]): Execution[] {
  const told = only(events, 'ExecutionStarted', 'ExecutionSucceeded', 'ExecutionFailed', 'ExecutionLost');
  return grouped(told, (event) => [event.execution]).map(([[id], about]) => {
    const start = last(only(about, 'ExecutionStarted'));
    const end = last(only(about, 'ExecutionSucceeded', 'ExecutionFailed')) ?? last(only(about, 'ExecutionLost'));
    const states = { ExecutionSucceeded: 'succeeded', ExecutionFailed: 'failed', ExecutionLost: 'lost' } as const;
    return { id: String(id), start, end, state: end === undefined ? 'running' : states[end.type] };
  });
}

/** Every job with its one state and the number of its executions. */
export function naiveJobs(events: readonly LedgerEvent[]): Numbers {
  const told = events.filter((event) => 'job' in event && /^(Job|Execution)/.test(event.type)) as (LedgerEvent & {
    job: string;
  })[];
  return Object.fromEntries(
    grouped(told, (event) => [...scopeKey(event), event.job]).map(([key, about]) => [
      JSON.stringify(key),
      { state: naiveState(about), executions: executionsIn(about).length, task: naiveTask(about) },
    ]),
  );
}

function naiveTask(about: readonly LedgerEvent[]): string | null {
  const names = about.flatMap((event) => ('task' in event && event.task !== null ? [event.task] : []));
  return names.sort().at(-1) ?? null;
}

function naiveState(about: readonly LedgerEvent[]): string {
  const decisive = rankedExecutions(about).at(-1);
  const abandoned = last(only(about, 'JobAbandoned'));
  const queue = last(only(about, 'JobQueued', 'JobHeld', 'JobReleased'));
  const skip = last(only(about, 'JobSkipped'));
  const skipHolds = skip !== undefined && !(queue !== undefined && isLater(queue, skip));
  const queued = queue?.type === 'JobHeld' ? 'held' : 'queued';
  if (decisive?.state === 'succeeded') return 'succeeded';
  const chance = decisive !== undefined && abandoned?.becauseOf !== null && abandoned?.becauseOf !== decisive.id;
  if (abandoned !== undefined && !chance) return 'abandoned';
  if (decisive === undefined) {
    if (only(about, 'JobReused').length > 0) return 'reused';
    if (skipHolds) return 'skipped';
    return queue === undefined ? 'planned' : queued;
  }
  if (decisive.end === undefined) return 'running';
  if (skipHolds && isLater(skip, decisive.end)) return 'skipped';
  if (queue !== undefined && isLater(queue, decisive.end)) return queued;
  return last(only(about, 'JobRetryScheduled'))?.becauseOf === decisive.id ? 'queued' : decisive.state;
}

/** Lowest first: by try number, then start, then UUID; what is unknown is lowest. */
function rankedExecutions(about: readonly LedgerEvent[]): Execution[] {
  const rank = ({ start, id }: Execution): [number, number, string] => [
    start?.tryNumber ?? 0,
    start?.header.occurredAt ?? -Infinity,
    id,
  ];
  return executionsIn(about).sort((a, b) => {
    const [one, other] = [rank(a), rank(b)];
    const at = one.findIndex((value, index) => value !== other[index]);
    return (one[at] ?? 0) > (other[at] ?? 0) ? 1 : -1;
  });
}

/** How many jobs of a task are in each state. */
export function naiveJobCounts(events: readonly LedgerEvent[]): Numbers {
  const jobs = Object.entries(naiveJobs(events)).map(([key, job]) => ({
    scope: (JSON.parse(key) as Key).slice(0, 3),
    job,
  }));
  const counts: Numbers = {};
  for (const [key, members] of grouped(jobs, ({ scope, job }) => [...scope, job['task'] ?? ''])) {
    counts[JSON.stringify(key)] = Object.fromEntries(
      grouped(members, ({ job }) => [job['state'] ?? null]).map(([[state], some]) => [String(state), some.length]),
    );
  }
  return counts;
}

/** What executions used, by executable. */
export function naiveExecutables(events: readonly LedgerEvent[]): Numbers {
  const ended = placedExecutions(events).filter(({ end }) => end !== undefined);
  return Object.fromEntries(
    grouped(ended, ({ place, start }) => [...place, start === undefined ? '' : (start.executable ?? start.task)]).map(
      ([key, members]) => {
        const used = members.flatMap(({ end }) => (end === undefined ? [] : [end.metrics]));
        const rss = used.flatMap(({ maxRssBytes }) => (maxRssBytes === null ? [] : [maxRssBytes]));
        return [
          JSON.stringify(key),
          {
            executions: used.length,
            not_measured: used.filter(({ userCpuMicros }) => userCpuMicros === null).length,
            user_cpu_us: sum(used.map(({ userCpuMicros }) => userCpuMicros)),
            system_cpu_us: sum(used.map(({ systemCpuMicros }) => systemCpuMicros)),
            max_rss_bytes: rss.length === 0 ? null : Math.max(...rss),
          },
        ];
      },
    ),
  );
}

/** From when to when attempts ran and what they used. */
export function naiveAttempts(events: readonly LedgerEvent[]): Numbers {
  const executions = placedExecutions(events);
  const attempts = only(events, 'AttemptStarted', 'AttemptEnded');
  const keys = [...executions.map(({ place }) => place), ...attempts.map(scopeKey)].map((key) => JSON.stringify(key));
  return Object.fromEntries(
    [...new Set(keys)].map((key) => {
      const own = executions.filter(({ place }) => JSON.stringify(place) === key);
      const facts = attempts.filter((event) => JSON.stringify(scopeKey(event)) === key);
      const starts = own.flatMap(({ start }) => (start === undefined ? [] : [start.header.occurredAt]));
      const ends = own.flatMap(({ end }) => (end === undefined ? [] : [end.header.occurredAt]));
      return [
        key,
        {
          attempt_started_at_us: last(only(facts, 'AttemptStarted'))?.header.occurredAt ?? null,
          attempt_ended_at_us: last(only(facts, 'AttemptEnded'))?.header.occurredAt ?? null,
          first_started_at_us: starts.length === 0 ? null : Math.min(...starts),
          last_ended_at_us: ends.length === 0 ? null : Math.max(...ends),
          user_cpu_us: sum(own.map(({ end }) => end?.metrics.userCpuMicros ?? null)),
          system_cpu_us: sum(own.map(({ end }) => end?.metrics.systemCpuMicros ?? null)),
        },
      ];
    }),
  );
}

/** Failures and losses by class, permanence, task and host. */
export function naiveFailures(events: readonly LedgerEvent[]): Numbers {
  const bad = placedExecutions(events).flatMap((one) =>
    one.end === undefined || one.end.type === 'ExecutionSucceeded' ? [] : [{ ...one, end: one.end }],
  );
  return Object.fromEntries(
    grouped(bad, ({ place, start, end }) => [
      ...place,
      end.type === 'ExecutionLost' ? end.cause : (end.failureClass ?? 'unclassified'),
      end.type === 'ExecutionLost' ? 'infrastructure' : (end.permanence ?? ''),
      start?.task ?? '',
      start?.host ?? '',
    ]).map(([key, members]) => {
      const cpu = members.map(({ end: { metrics } }) => [metrics.userCpuMicros, metrics.systemCpuMicros]);
      const not_measured = cpu.filter((times) => times.every((time) => time === null)).length;
      return [JSON.stringify(key), { failures: members.length, cpu_lost_us: sum(cpu.flat()), not_measured }];
    }),
  );
}

/** Every execution with the attempt it belongs to: where producers disagree, the greatest. */
function placedExecutions(
  events: readonly LedgerEvent[],
): (Execution & { readonly place: [string, string, number] })[] {
  const told = only(events, 'ExecutionStarted', 'ExecutionSucceeded', 'ExecutionFailed', 'ExecutionLost');
  return grouped(told, (event) => [event.execution]).flatMap(([, about]) => {
    const place = about.map(scopeKey).reduce((greatest, key) => (isGreater(key, greatest) ? key : greatest));
    return executionsIn(about).map((execution) => ({ ...execution, place }));
  });
}

function isGreater(a: [string, string, number], b: [string, string, number]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] ?? '') > (b[at] ?? '');
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
