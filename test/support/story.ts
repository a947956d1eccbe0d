/** Events for tests that read like a story: what matters stands in the test, the rest is filled in here. */
import type { EventType, LedgerEvent, Metrics } from '../../schemas';

type EventOf<T extends EventType> = Extract<LedgerEvent, { readonly type: T }>;
type Fields<T extends EventType> = Omit<EventOf<T>, 'type' | 'header'>;

/** Who tells it, when (seconds) and about what; the unit is `tract=1` and the attempt 1 where nothing else is said. */
export interface Circumstances {
  readonly by?: string;
  readonly at?: number;
  readonly unit?: string | null;
  readonly attempt?: number | null;
}

/** What a story's events are about unless they say otherwise. */
export const about = { campaign: 'rc1', unit: 'tract=1', attempt: 1, job: 'warp{"visit":1}' } as const;

/** Nothing measured. */
export const unmeasured: Metrics = { wallMicros: null, userCpuMicros: null, systemCpuMicros: null, maxRssBytes: null };

/** The UUID of an execution that a test calls by a number; a greater number is a greater UUID. */
export function execution(number: number): string {
  return `e0e0e0e0-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

const { job } = about;
const first = execution(1);
const task = 'warp';
const dataId = '{"visit":1}';

const defaults: { readonly [T in EventType]: Fields<T> } = {
  AttemptEnded: { outcome: 'complete', endedBy: null },
  AttemptStarted: {
    why: 'first',
    resumedFromAttempt: null,
    pipelineDigest: null,
    nodesExclusive: null,
    startedBy: null,
    claim: null,
  },
  CampaignDeclared: { description: null, declaredBy: null },
  CheckConcluded: { testCase: 'DRP-00-05', verdict: 'pass', reportDigest: null, concludedBy: null, ticket: null },
  DataIdVetoed: { veto: first, task: null, dataId, why: 'satellite trail', ticket: null, vetoedBy: null },
  EnvironmentDeclared: {
    digest: 'e'.repeat(64),
    operatingSystem: null,
    compiler: null,
    packages: {},
    patches: [],
    container: null,
    hardware: null,
  },
  ExecutionFailed: {
    execution: first,
    job,
    exitCode: 1,
    signal: null,
    failureClass: null,
    permanence: null,
    message: null,
    missingOutputs: [],
    metrics: unmeasured,
    caveats: [],
  },
  ExecutionLost: { execution: first, job, cause: 'unheardOf', toldBy: 'relay', evidence: null, metrics: unmeasured },
  ExecutionStarted: {
    execution: first,
    job,
    task,
    dataId,
    tryNumber: null,
    batchJob: null,
    processId: null,
    host: null,
    allocation: null,
    executable: null,
    argv: [],
    logPath: null,
    environmentDigest: null,
    site: null,
  },
  ExecutionSucceeded: { execution: first, job, metrics: unmeasured, caveats: [] },
  ExpectationDeclared: { datasetType: 'calexp', count: 1, basis: 'plan', revision: 1, declaredBy: null, ticket: null },
  FileAbsent: { execution: first, job, datasetType: 'calexp', path: 'a.fits', basis: 'job' },
  FileChecked: { path: 'a.fits', execution: first, site: 'lustre', result: 'match', checkedBy: null },
  FileLocated: { path: 'a.fits', execution: first, site: 'lustre', uri: 'file:///a.fits' },
  FileProduced: {
    execution: first,
    datasetType: 'calexp',
    path: 'a.fits',
    sizeBytes: 100,
    md5: null,
    sha256: null,
    dataId: null,
    metadata: {},
    contentDigest: null,
  },
  FilePurged: { path: 'a.fits', execution: first, site: null, why: null, purgedBy: null },
  FileRegistered: {
    path: 'a.fits',
    datasetType: 'raw',
    dataId: null,
    sizeBytes: null,
    md5: null,
    originCampaign: null,
    collection: null,
  },
  InputsUsed: { execution: first, job, basis: 'declared', files: [], part: 1, parts: 1 },
  JobAbandoned: { job, reason: 'permanent', failureClass: null, becauseOf: null, abandonedBy: null },
  JobHeld: { job, reason: null, heldBy: null },
  JobPlanned: {
    job,
    task,
    dataId,
    kind: 'payload',
    upstreamJobs: [],
    predictedInputs: [],
    predictedOutputs: [],
    part: 1,
    parts: 1,
  },
  JobQueued: {
    job,
    batchJob: null,
    requestedMemoryBytes: null,
    requestedCpus: null,
    requestedWallMicros: null,
    queue: null,
  },
  JobReleased: { job, reason: null, releasedBy: null },
  JobRetryScheduled: { job, becauseOf: first, notBefore: null },
  JobReused: { job, task, dataId, fromExecution: first, fromAttempt: null },
  JobSkipped: { job, reason: 'upstreamFailed', becauseOfJob: null },
  OperatorNoted: { text: 'patched stack', job: null, path: null, ticket: null, notedBy: null },
  OutputsWithdrawn: {
    withdrawal: first,
    task: null,
    dataId: null,
    datasetType: null,
    why: 'wrong compiler',
    ticket: null,
    withdrawnBy: null,
  },
  PipelineDeclared: { digest: 'd'.repeat(64), name: 'coadd', part: 1, parts: 1, text: 'pipeline: coadd' },
  StartsHeld: { hold: first, host: null, why: null, ticket: null, heldBy: null },
  StartsReleased: { hold: first, why: null, releasedBy: null },
  VetoLifted: { veto: first, why: null, ticket: null, liftedBy: null },
};

/** Tells one event after the other. */
export type Tell = <T extends EventType>(type: T, fields?: Partial<Fields<T>> & Circumstances) => EventOf<T>;

/** A new story: each teller's events are numbered in the order of telling, whoever `by` is said to be. */
export function newStory(): Tell {
  const sequences = new Map<string, number>();
  return (type, fields = {}) => {
    const { by = 'sidecar', at = 0, unit = about.unit, attempt = about.attempt, ...own } = fields;
    const sequence = (sequences.get(by) ?? 0) + 1;
    sequences.set(by, sequence);
    const header = {
      producer: producerOf(by),
      sequence,
      occurredAt: microsAt(at),
      campaign: about.campaign,
      unit,
      attempt,
    };
    return { ...defaults[type], ...own, type, header } as unknown as EventOf<typeof type>;
  };
}

/** The time of a story's second, microseconds. */
export function microsAt(second: number): number {
  return 1_500_000_000_000_000 + second * 1_000_000;
}

/** The producer that a teller is: its name in a UUID, so that names sort as their producers do. */
export function producerOf(name: string): string {
  const hex = Buffer.from(name.slice(0, 6)).toString('hex').padEnd(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4000-8000-000000000000`;
}
