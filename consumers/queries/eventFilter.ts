/** Which events a reader wants. */
import type { LedgerEvent } from '../../schemas/generated/events';
import type { EventType } from '../../schemas/registry';

/** What an event must be; a field left out admits everything. */
export interface EventFilter {
  /** One of these types. */
  readonly types?: readonly EventType[];
  readonly producer?: string;
  readonly campaign?: string;
  readonly unit?: string;
  readonly attempt?: number;
  /** The job it is about, also as one upstream or as the cause. */
  readonly job?: string;
  /** The execution it is about, also as the one reused or as the cause. */
  readonly execution?: string;
  /** A file that it names. */
  readonly path?: string;
}

/** Whether a decoded event is wanted. */
export function matches(event: LedgerEvent, filter: EventFilter): boolean {
  const { header } = event;
  return (
    is(filter.producer, header.producer) &&
    is(filter.campaign, header.campaign) &&
    is(filter.unit, header.unit) &&
    is(filter.attempt, header.attempt) &&
    (filter.types === undefined || filter.types.includes(event.type)) &&
    (filter.job === undefined || jobsOf(event).includes(filter.job)) &&
    (filter.execution === undefined || executionsOf(event).includes(filter.execution)) &&
    (filter.path === undefined || pathsOf(event).includes(filter.path))
  );
}

function is<Value>(wanted: Value | undefined, found: Value | null): boolean {
  return wanted === undefined || wanted === found;
}

function jobsOf(event: LedgerEvent): readonly (string | null)[] {
  return [
    'job' in event ? event.job : null,
    'becauseOfJob' in event ? event.becauseOfJob : null,
    ...('upstreamJobs' in event ? event.upstreamJobs : []),
  ];
}

function executionsOf(event: LedgerEvent): readonly (string | null)[] {
  return [
    'execution' in event ? event.execution : null,
    'becauseOf' in event ? event.becauseOf : null,
    'fromExecution' in event ? event.fromExecution : null,
  ];
}

function pathsOf(event: LedgerEvent): readonly (string | null)[] {
  return [
    'path' in event ? event.path : null,
    ...('files' in event ? event.files.map(({ path }) => path) : []),
    ...('predictedInputs' in event ? event.predictedInputs.map(({ path }) => path) : []),
    ...('predictedOutputs' in event ? event.predictedOutputs.map(({ path }) => path) : []),
    ...('missingOutputs' in event ? event.missingOutputs : []),
  ];
}
