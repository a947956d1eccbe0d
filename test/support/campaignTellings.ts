/** From the stories of a campaign to the events that tell them. */
import { canonicalDataId, jobName, type LedgerEvent } from '../../schemas';
import {
  datasetTypes,
  tasks,
  units,
  type attemptSpec,
  type endSpec,
  type executionSpec,
  type factSpec,
  type fileSpec,
  type jobSpec,
  type Spec,
  type Teller,
} from './campaignSpecs';

/** An event before its producer has counted it. */
export interface Telling {
  readonly by: Teller;
  readonly about: { readonly unit: string | null; readonly attempt: number | null };
  readonly occurredAt: number;
  readonly body: EventBody;
}
type EventBody = LedgerEvent extends infer E ? (E extends LedgerEvent ? Omit<E, 'header'> : never) : never;

/** The events of an attempt as such. */
export function attemptTellings(spec: Spec<typeof attemptSpec>, about: Telling['about']): Telling[] {
  const tellings: Telling[] = [];
  if (spec.startedAt !== null) {
    const body = {
      type: 'AttemptStarted',
      why: 'first',
      resumedFromAttempt: null,
      pipelineDigest: null,
      nodesExclusive: null,
      startedBy: 'o',
      claim: null,
    } as const;
    tellings.push({ by: 'attemptClaim', about, occurredAt: at(spec.startedAt), body });
  }
  if (spec.endedAt !== null) {
    tellings.push({
      by: 'operator',
      about,
      occurredAt: at(spec.endedAt),
      body: { type: 'AttemptEnded', outcome: 'partial', endedBy: null },
    });
  }
  return tellings;
}

/** The events of one job; its executions are numbered on from one. */
export function jobTellings(spec: Spec<typeof jobSpec>, about: Telling['about'], firstExecution: number): Telling[] {
  const task = tasks[spec.task] ?? '';
  const dataId = canonicalDataId({ visit: spec.visit, filter: 'HSC-R,"i"' });
  const name = jobName(task, dataId);
  const tell = (by: Teller, atSecond: number, body: EventBody): Telling => ({
    by,
    about,
    occurredAt: at(atSecond),
    body,
  });
  const tellings: Telling[] = [];
  if (spec.planned) {
    const upstreamJobs = spec.upstream.map((visit) => jobName('isr', canonicalDataId({ visit })));
    tellings.push(
      tell('planner', 0, {
        type: 'JobPlanned',
        job: name,
        task,
        dataId,
        kind: spec.kind,
        upstreamJobs,
        predictedInputs: [],
        predictedOutputs: [],
        part: 1,
        parts: 1,
      }),
    );
  }
  spec.queue.forEach((one) => tellings.push(tell(one.by, one.second, queueBody(one.kind, name))));
  spec.executions.forEach((one, index) => {
    tellings.push(...executionTellings(one, uuidOf('e', firstExecution + index), { name, task, dataId }, tell));
  });
  spec.reuses.forEach((reuse) =>
    tellings.push(
      tell('planner', reuse.second, {
        type: 'JobReused',
        job: name,
        task,
        dataId,
        fromExecution: uuidOf('e', reuse.execution),
        fromAttempt: null,
      }),
    ),
  );
  if (spec.skippedAt !== null) {
    tellings.push(
      tell('importer', spec.skippedAt, { type: 'JobSkipped', job: name, reason: 'upstreamFailed', becauseOfJob: null }),
    );
  }
  if (spec.abandoned !== null) {
    const { second, becauseOf: index } = spec.abandoned;
    const becauseOf = index === null ? null : uuidOf('e', firstExecution + index);
    tellings.push(
      tell('operator', second, {
        type: 'JobAbandoned',
        job: name,
        reason: 'operator',
        failureClass: null,
        becauseOf,
        abandonedBy: 'o',
      }),
    );
  }
  return tellings;
}

function queueBody(kind: string, job: string): EventBody {
  switch (kind) {
    case 'JobQueued':
      return {
        type: 'JobQueued',
        job,
        batchJob: { scheduler: 'htcondor', id: '12.0', arrayIndex: null },
        requestedMemoryBytes: null,
        requestedCpus: null,
        requestedWallMicros: null,
        queue: null,
      };
    case 'JobHeld':
      return { type: 'JobHeld', job, reason: 'memory', heldBy: null };
    default:
      return { type: 'JobReleased', job, reason: null, releasedBy: null };
  }
}

type Tell = (by: Teller, atSecond: number, body: EventBody) => Telling;
interface JobNames {
  readonly name: string;
  readonly task: string;
  readonly dataId: string;
}

function executionTellings(
  spec: Spec<typeof executionSpec>,
  id: string,
  { name, task, dataId }: JobNames,
  tell: Tell,
): Telling[] {
  const about = { execution: id, job: name };
  const starts = spec.starts.map(({ by, second: when, host, executable }) =>
    tell(by, when, {
      type: 'ExecutionStarted',
      ...about,
      task,
      dataId,
      tryNumber: spec.tryNumber,
      batchJob: null,
      processId: null,
      host,
      allocation: null,
      executable,
      argv: [],
      logPath: null,
      environmentDigest: null,
      site: null,
    }),
  );
  const inputs = spec.inputs.map((input, index) =>
    tell(input.by, input.second, {
      type: 'InputsUsed',
      ...about,
      basis: input.basis,
      part: index + 1,
      parts: spec.inputs.length,
      files: input.paths.map((path) => ({ path: pathOf(path), datasetType: path % 2 === 0 ? 'raw' : null })),
    }),
  );
  const files = spec.files.flatMap((file) => fileTellings(file, id, tell));
  const absences = spec.absences.map(({ by, second: when, datasetType, path, basis }) =>
    tell(by, when, {
      type: 'FileAbsent',
      ...about,
      datasetType: datasetTypes[datasetType] ?? '',
      path: path === null ? null : pathOf(path),
      basis,
    }),
  );
  const ends = spec.ends.map((one) => tell(one.by, one.second, endBody(one, about)));
  const retry =
    spec.retryAt === null
      ? []
      : [tell('node0', spec.retryAt, { type: 'JobRetryScheduled', job: name, becauseOf: id, notBefore: null })];
  return [...starts, ...inputs, ...files, ...absences, ...ends, ...retry];
}

function endBody(spec: Spec<typeof endSpec>, about: { readonly execution: string; readonly job: string }): EventBody {
  const caveats = spec.caveat === null ? [] : [spec.caveat];
  switch (spec.kind) {
    case 'succeeded':
      return { type: 'ExecutionSucceeded', ...about, metrics: spec.metrics, caveats };
    case 'failed': {
      const { exitCode, failureClass, permanence, metrics: used } = spec;
      const signal = exitCode === null ? 'SIGKILL' : null;
      return {
        type: 'ExecutionFailed',
        ...about,
        exitCode,
        signal,
        failureClass,
        permanence,
        message: 'no, "it" failed',
        missingOutputs: [],
        metrics: used,
        caveats,
      };
    }
    default:
      return {
        type: 'ExecutionLost',
        ...about,
        cause: spec.cause,
        toldBy: spec.by,
        evidence: null,
        metrics: spec.metrics,
      };
  }
}

function fileTellings(spec: Spec<typeof fileSpec>, execution: string, tell: Tell): Telling[] {
  const path = pathOf(spec.path);
  const datasetType = datasetTypes[spec.datasetType] ?? '';
  const produced = spec.by.map(({ teller, second: when, sizeBytes }) =>
    tell(teller, when, {
      type: 'FileProduced',
      execution,
      datasetType,
      path,
      sizeBytes,
      md5: null,
      sha256: null,
      dataId: null,
      metadata: {},
      contentDigest: null,
    }),
  );
  const fates = spec.fates.map(({ kind, by, second: when, site }) => {
    switch (kind) {
      case 'purged':
        return tell(by, when, { type: 'FilePurged', path, execution, site, why: null, purgedBy: null });
      case 'located':
        return tell(by, when, { type: 'FileLocated', path, execution, site, uri: `file:///${path}` });
      default:
        return tell(by, when, { type: 'FileChecked', path, execution, site, result: kind, checkedBy: null });
    }
  });
  return [...produced, ...fates];
}

/** The event of a fact about no single attempt. */
export function factTelling(spec: Spec<typeof factSpec>): Telling {
  const about = { unit: spec.unit === null ? null : (units[spec.unit] ?? null), attempt: null };
  return { by: spec.by, about, occurredAt: at(spec.second), body: factBody(spec) };
}

function factBody(spec: Spec<typeof factSpec>): EventBody {
  const path = pathOf(spec.number);
  const datasetType = spec.datasetType === null ? null : (datasetTypes[spec.datasetType] ?? null);
  switch (spec.kind) {
    case 'expectation':
      return {
        type: 'ExpectationDeclared',
        datasetType,
        count: spec.count,
        basis: spec.basis,
        revision: spec.number,
        declaredBy: null,
        ticket: null,
      };
    case 'veto':
      return {
        type: 'DataIdVetoed',
        veto: uuidOf('d', spec.number),
        task: null,
        dataId: '{"visit":1}',
        why: 'satellite trail',
        ticket: `DM-${String(spec.second)}`,
        vetoedBy: null,
      };
    case 'lifting':
      return { type: 'VetoLifted', veto: uuidOf('d', spec.number), why: null, ticket: null, liftedBy: null };
    case 'note':
      return { type: 'OperatorNoted', text: 'patched stack', job: null, path: null, ticket: null, notedBy: null };
    case 'registration':
      return {
        type: 'FileRegistered',
        path,
        datasetType: datasetType ?? 'raw',
        dataId: null,
        sizeBytes: spec.count,
        md5: null,
        originCampaign: null,
        collection: null,
      };
    case 'purge':
      return { type: 'FilePurged', path, execution: null, site: null, why: null, purgedBy: null };
    case 'location':
      return { type: 'FileLocated', path, execution: null, site: 's3', uri: `s3://${String(spec.second)}` };
    default:
      return { type: 'CampaignDeclared', description: String(spec.number), declaredBy: null };
  }
}

function at(atSecond: number): number {
  return 1_500_000_000_000_000 + atSecond * 1_000_000;
}

function pathOf(number: number): string {
  return `calexp/v=${String(number)}, "r".fits`;
}

/** One of the UUIDs of a kind. */
export function uuidOf(kind: string, number: number): string {
  return `${kind.repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
