/**
 * Arbitrary events of every type, for property tests: any value that the types and the schemas allow, with a liking for
 * what breaks things (commas, quotes, slashes, line ends, unicode, empty texts, `__proto__`, the bounds of integers).
 * The parts fit no story; whole campaigns that make sense are generated elsewhere.
 */
import fc from 'fast-check';
import {
  canonicalDataId,
  jobName,
  type BatchJob,
  type DataId,
  type EventType,
  type FileReference,
  type Header,
  type LedgerEvent,
  type Metrics,
} from '../../schemas';

/** The event of one type. */
export type EventOf<T extends EventType> = Extract<LedgerEvent, { readonly type: T }>;

const awkwardTexts = [
  '',
  ' ',
  'a,b',
  'k=v',
  '"',
  "it's",
  '/',
  '\\',
  '../',
  '{"ccd":49}',
  'α,δ=0°',
  '\u{1d706}',
  '\uffee',
];
const moreAwkwardTexts = [
  '__proto__',
  'constructor',
  'toString',
  'null',
  '007',
  '\0',
  'two\nlines',
  '\ufffd',
  'e\u0301',
];

/** Any text of whole characters. */
export const arbitraryText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  { weight: 2, arbitrary: fc.constantFrom(...awkwardTexts, ...moreAwkwardTexts) },
  { weight: 1, arbitrary: fc.string({ minLength: 60, maxLength: 200 }) }, // avsc writes texts over 64 bytes another way
);

/** Any UUID in canonical text. */
export const arbitraryUuid: fc.Arbitrary<string> = fc.uuid();

/** Any data ID. */
export const arbitraryDataId: fc.Arbitrary<DataId> = fc.dictionary(
  arbitraryText,
  fc.oneof(arbitraryText, fc.nat({ max: 20_000 }), fc.maxSafeInteger()),
  { maxKeys: 4, noNullPrototype: true },
);

const int = fc.oneof(fc.nat({ max: 100 }), fc.integer());
const long = fc.oneof(fc.nat(), fc.maxSafeInteger());
const micros = fc.oneof(fc.integer({ min: 1.4e15, max: 1.9e15 }), fc.maxSafeInteger());
const dataIdText = arbitraryDataId.map(canonicalDataId);
const job = fc.tuple(arbitraryText, orNull(dataIdText)).map(([task, dataId]) => jobName(task, dataId));
const texts = fc.array(arbitraryText, { maxLength: 5 });

/** Any header. */
export const arbitraryHeader: fc.Arbitrary<Header> = plain({
  producer: arbitraryUuid,
  sequence: fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.maxSafeNat()),
  occurredAt: micros,
  campaign: arbitraryText,
  unit: orNull(arbitraryText),
  attempt: orNull(int),
});

const metrics: fc.Arbitrary<Metrics> = plain({
  wallMicros: orNull(long),
  userCpuMicros: orNull(long),
  systemCpuMicros: orNull(long),
  maxRssBytes: orNull(long),
});
const batchJob: fc.Arbitrary<BatchJob> = plain({
  scheduler: arbitraryText,
  id: arbitraryText,
  arrayIndex: orNull(int),
});
const files: fc.Arbitrary<FileReference[]> = fc.array(
  plain({ path: arbitraryText, datasetType: orNull(arbitraryText) }),
  {
    maxLength: 5,
  },
);
const metadata = fc.dictionary(arbitraryText, orNull(arbitraryText), { maxKeys: 5, noNullPrototype: true });

const header = arbitraryHeader;
const uuid = arbitraryUuid;
const text = arbitraryText;
const execution = uuid;

/** Arbitrary events by type. */
export const arbitraryEvents: { readonly [T in EventType]: fc.Arbitrary<EventOf<T>> } = {
  AttemptEnded: event('AttemptEnded', { header, outcome: text, endedBy: orNull(text) }),
  AttemptStarted: event('AttemptStarted', {
    header,
    why: text,
    resumedFromAttempt: orNull(int),
    pipelineDigest: orNull(text),
    nodesExclusive: orNull(fc.boolean()),
    startedBy: orNull(text),
    claim: orNull(uuid),
  }),
  CampaignDeclared: event('CampaignDeclared', { header, description: orNull(text), declaredBy: orNull(text) }),
  CheckConcluded: event('CheckConcluded', {
    header,
    testCase: text,
    verdict: text,
    reportDigest: orNull(text),
    concludedBy: orNull(text),
    ticket: orNull(text),
  }),
  DataIdVetoed: event('DataIdVetoed', {
    header,
    veto: uuid,
    task: orNull(text),
    dataId: dataIdText,
    why: text,
    ticket: orNull(text),
    vetoedBy: orNull(text),
  }),
  EnvironmentDeclared: event('EnvironmentDeclared', {
    header,
    digest: text,
    operatingSystem: orNull(text),
    compiler: orNull(text),
    packages: metadata,
    patches: fc.array(plain({ name: text, ticket: orNull(text) }), { maxLength: 3 }),
    container: orNull(text),
    hardware: orNull(text),
  }),
  ExecutionFailed: event('ExecutionFailed', {
    header,
    execution,
    job,
    exitCode: orNull(int),
    signal: orNull(text),
    failureClass: orNull(text),
    permanence: orNull(text),
    message: orNull(text),
    missingOutputs: texts,
    metrics,
    caveats: texts,
  }),
  ExecutionLost: event('ExecutionLost', {
    header,
    execution,
    job,
    cause: text,
    toldBy: text,
    evidence: orNull(text),
    metrics,
  }),
  ExecutionStarted: event('ExecutionStarted', {
    header,
    execution,
    job,
    task: text,
    dataId: orNull(dataIdText),
    tryNumber: orNull(int),
    batchJob: orNull(batchJob),
    processId: orNull(long),
    host: orNull(text),
    allocation: orNull(text),
    executable: orNull(text),
    argv: texts,
    logPath: orNull(text),
    environmentDigest: orNull(text),
    site: orNull(text),
  }),
  ExecutionSucceeded: event('ExecutionSucceeded', { header, execution, job, metrics, caveats: texts }),
  ExpectationDeclared: event('ExpectationDeclared', {
    header,
    datasetType: orNull(text),
    count: orNull(long),
    basis: text,
    revision: int,
    declaredBy: orNull(text),
    ticket: orNull(text),
  }),
  FileAbsent: event('FileAbsent', { header, execution, job, datasetType: text, path: orNull(text), basis: text }),
  FileChecked: event('FileChecked', {
    header,
    path: text,
    execution: orNull(uuid),
    site: text,
    result: text,
    checkedBy: orNull(text),
  }),
  FileLocated: event('FileLocated', { header, path: text, execution: orNull(uuid), site: text, uri: text }),
  FileProduced: event('FileProduced', {
    header,
    execution,
    datasetType: text,
    path: text,
    sizeBytes: orNull(long),
    md5: orNull(hex(16)),
    sha256: orNull(hex(32)),
    dataId: orNull(dataIdText),
    metadata,
    contentDigest: orNull(text),
  }),
  FilePurged: event('FilePurged', {
    header,
    path: text,
    execution: orNull(uuid),
    site: orNull(text),
    why: orNull(text),
    purgedBy: orNull(text),
  }),
  FileRegistered: event('FileRegistered', {
    header,
    path: text,
    datasetType: text,
    dataId: orNull(dataIdText),
    sizeBytes: orNull(long),
    md5: orNull(hex(16)),
    originCampaign: orNull(text),
    collection: orNull(text),
  }),
  InputsUsed: event('InputsUsed', { header, execution, job, basis: text, files, part: int, parts: int }),
  JobAbandoned: event('JobAbandoned', {
    header,
    job,
    reason: text,
    failureClass: orNull(text),
    becauseOf: orNull(uuid),
    abandonedBy: orNull(text),
  }),
  JobHeld: event('JobHeld', { header, job, reason: orNull(text), heldBy: orNull(text) }),
  JobPlanned: event('JobPlanned', {
    header,
    job,
    task: text,
    dataId: orNull(dataIdText),
    kind: text,
    upstreamJobs: fc.array(job, { maxLength: 3 }),
    predictedInputs: files,
    predictedOutputs: files,
    part: int,
    parts: int,
  }),
  JobQueued: event('JobQueued', {
    header,
    job,
    batchJob: orNull(batchJob),
    requestedMemoryBytes: orNull(long),
    requestedCpus: orNull(int),
    requestedWallMicros: orNull(long),
    queue: orNull(text),
  }),
  JobReleased: event('JobReleased', { header, job, reason: orNull(text), releasedBy: orNull(text) }),
  JobRetryScheduled: event('JobRetryScheduled', { header, job, becauseOf: uuid, notBefore: orNull(micros) }),
  JobReused: event('JobReused', {
    header,
    job,
    task: text,
    dataId: orNull(dataIdText),
    fromExecution: uuid,
    fromAttempt: orNull(int),
  }),
  JobSkipped: event('JobSkipped', { header, job, reason: text, becauseOfJob: orNull(job) }),
  OperatorNoted: event('OperatorNoted', {
    header,
    text,
    job: orNull(job),
    path: orNull(text),
    ticket: orNull(text),
    notedBy: orNull(text),
  }),
  OutputsWithdrawn: event('OutputsWithdrawn', {
    header,
    withdrawal: uuid,
    task: orNull(text),
    dataId: orNull(dataIdText),
    datasetType: orNull(text),
    why: text,
    ticket: orNull(text),
    withdrawnBy: orNull(text),
  }),
  PipelineDeclared: event('PipelineDeclared', { header, digest: text, name: text, part: int, parts: int, text }),
  StartsHeld: event('StartsHeld', {
    header,
    hold: uuid,
    host: orNull(text),
    why: orNull(text),
    ticket: orNull(text),
    heldBy: orNull(text),
  }),
  StartsReleased: event('StartsReleased', { header, hold: uuid, why: orNull(text), releasedBy: orNull(text) }),
  VetoLifted: event('VetoLifted', {
    header,
    veto: uuid,
    why: orNull(text),
    ticket: orNull(text),
    liftedBy: orNull(text),
  }),
};

/** Any event of any type. */
export const arbitraryEvent: fc.Arbitrary<LedgerEvent> = fc.oneof(
  ...(Object.values(arbitraryEvents) as fc.Arbitrary<LedgerEvent>[]),
);

type Fields<T> = { [K in keyof T]: fc.Arbitrary<T[K]> };

function event<T extends EventType>(type: T, fields: Fields<Omit<EventOf<T>, 'type'>>): fc.Arbitrary<EventOf<T>> {
  return plain(fields).map((values) => ({ type, ...values }) as unknown as EventOf<T>);
}

function plain<T>(fields: Fields<T>): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true });
}

function orNull<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(arbitrary, { nil: null });
}

function hex(sizeBytes: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: sizeBytes, maxLength: sizeBytes })
    .map((bytes) => Buffer.from(bytes).toString('hex'));
}
