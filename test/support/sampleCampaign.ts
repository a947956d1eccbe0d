/** A small campaign with a bit of everything that the reading commands tell, as events in an embedded ledger. */
import { randomUUID } from 'node:crypto';
import { openLedger } from '../../ledger/openLedger';
import { encodeDrafts, type EventDraft } from '../../producers/outbox/draft';
import type { DraftHeader } from '../../producers/outbox/draft';

/** UUIDs that tests can name. */
export const executions = {
  failedTry: '00000000-0000-4000-8000-000000000001',
  secondTry: '00000000-0000-4000-8000-000000000002',
  other: '00000000-0000-4000-8000-000000000003',
  coadd: '00000000-0000-4000-8000-000000000004',
  running: '00000000-0000-4000-8000-000000000005',
  retriedCoadd: '00000000-0000-4000-8000-000000000006',
} as const;

/** 2026-01-02T00:00:00Z, microseconds. */
const startMicros = 1_767_312_000_000_000;
const second = 1_000_000;

type Unsent = EventDraft extends infer Draft ? (Draft extends EventDraft ? Omit<Draft, 'header'> : never) : never;

const noMetrics = { wallMicros: null, userCpuMicros: null, systemCpuMicros: null, maxRssBytes: null };
const warp = (ccd: number): string => `processCcd {"ccd":${String(ccd)},"visit":1228}`;
const coaddJob = 'assembleCoadd {"patch":"4,4"}';

/** A draft at a second after the start. */
function at(seconds: number, scope: Omit<DraftHeader, 'occurredAt'>, event: Unsent): EventDraft {
  return { ...event, header: { occurredAt: startMicros + seconds * second, ...scope } };
}

/** Attempt 1 of tract=1: a failed try and its retry, another CCD, a coadd that failed; attempt 2 reuses and retries. */
export function sampleEvents(campaign: string): EventDraft[] {
  const first = { campaign, unit: 'tract=1', attempt: 1 };
  const next = { campaign, unit: 'tract=1', attempt: 2 };
  const started = (execution: string, job: string, task: string, dataId: string, tryNumber: number): Unsent => ({
    type: 'ExecutionStarted',
    execution,
    job,
    task,
    dataId,
    tryNumber,
    batchJob: null,
    processId: null,
    host: tryNumber === 1 ? 'node1' : 'node2',
    allocation: null,
    executable: `${task}.py`,
    argv: [],
    logPath: null,
    environmentDigest: null,
    site: 'here',
  });
  const used = (execution: string, job: string, paths: readonly string[]): Unsent => ({
    type: 'InputsUsed',
    execution,
    job,
    basis: 'declared',
    files: paths.map((path) => ({ path, datasetType: null })),
    part: 1,
    parts: 1,
  });
  const produced = (execution: string, datasetType: string, path: string, sizeBytes: number): Unsent => ({
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
  });
  const metrics = (userSeconds: number) => ({
    wallMicros: 2 * userSeconds * second,
    userCpuMicros: userSeconds * second,
    systemCpuMicros: second / 2,
    maxRssBytes: 1024 * 1024 * userSeconds,
  });
  const ccd = (number: number): [string, string, string] => [
    warp(number),
    'processCcd',
    `{"ccd":${String(number)},"visit":1228}`,
  ];
  const [job1, task, id1] = ccd(1);
  const [job2, , id2] = ccd(2);
  const { failedTry, secondTry, other, coadd, running, retriedCoadd } = executions;
  return [
    at(0, first, {
      type: 'AttemptStarted',
      why: 'first',
      resumedFromAttempt: null,
      pipelineDigest: null,
      nodesExclusive: null,
      startedBy: 'ann',
      claim: null,
    }),
    at(
      0,
      { ...first, attempt: null },
      {
        type: 'ExpectationDeclared',
        datasetType: 'calexp',
        count: 2,
        basis: 'plan',
        revision: 1,
        declaredBy: null,
        ticket: null,
      },
    ),
    at(
      0,
      { ...first, attempt: null },
      {
        type: 'ExpectationDeclared',
        datasetType: 'coadd',
        count: 1,
        basis: 'reference',
        revision: 1,
        declaredBy: null,
        ticket: null,
      },
    ),
    at(
      0,
      { ...first, attempt: null },
      {
        type: 'ExpectationDeclared',
        datasetType: null,
        count: 3,
        basis: 'operator',
        revision: 1,
        declaredBy: 'ann',
        ticket: null,
      },
    ),
    at(1, first, started(failedTry, job1, task, id1, 1)),
    at(1, first, used(failedTry, job1, ['raw/1.fits'])),
    at(3, first, produced(failedTry, 'calexp', 'calexp/1.fits', 50)),
    at(3, first, {
      type: 'ExecutionFailed',
      execution: failedTry,
      job: job1,
      exitCode: null,
      signal: 'SIGKILL',
      failureClass: 'outOfMemory',
      permanence: 'transient',
      message: 'killed\u001b[2J',
      missingOutputs: [],
      metrics: metrics(1),
      caveats: [],
    }),
    at(4, first, started(secondTry, job1, task, id1, 2)),
    at(4, first, used(secondTry, job1, ['raw/1.fits'])),
    at(8, first, produced(secondTry, 'calexp', 'calexp/1.fits', 100)),
    at(8, first, { type: 'ExecutionSucceeded', execution: secondTry, job: job1, metrics: metrics(2), caveats: [] }),
    at(4, first, started(other, job2, task, id2, 1)),
    at(4, first, used(other, job2, ['raw/2.fits'])),
    at(9, first, produced(other, 'calexp', 'calexp/2.fits', 0)),
    at(9, first, { type: 'ExecutionSucceeded', execution: other, job: job2, metrics: noMetrics, caveats: [] }),
    at(10, first, started(coadd, coaddJob, 'assembleCoadd', '{"patch":"4,4"}', 1)),
    at(10, first, used(coadd, coaddJob, ['calexp/1.fits', 'calexp/2.fits'])),
    at(12, first, {
      type: 'ExecutionFailed',
      execution: coadd,
      job: coaddJob,
      exitCode: 1,
      signal: null,
      failureClass: 'pythonError',
      permanence: 'permanent',
      message: 'ValueError',
      missingOutputs: [],
      metrics: metrics(4),
      caveats: [],
    }),
    at(13, first, { type: 'AttemptEnded', outcome: 'partial', endedBy: 'ann' }),
    at(20, next, {
      type: 'AttemptStarted',
      why: 'restart',
      resumedFromAttempt: 1,
      pipelineDigest: null,
      nodesExclusive: null,
      startedBy: 'ann',
      claim: null,
    }),
    at(20, next, { type: 'JobReused', job: job1, task, dataId: id1, fromExecution: secondTry, fromAttempt: 1 }),
    at(20, next, { type: 'JobReused', job: job2, task, dataId: id2, fromExecution: other, fromAttempt: 1 }),
    at(21, next, started(retriedCoadd, coaddJob, 'assembleCoadd', '{"patch":"4,4"}', 1)),
    at(21, next, used(retriedCoadd, coaddJob, ['calexp/1.fits', 'calexp/2.fits'])),
    at(25, next, produced(retriedCoadd, 'coadd', 'coadd/4,4.fits', 2048)),
    at(25, next, {
      type: 'ExecutionSucceeded',
      execution: retriedCoadd,
      job: coaddJob,
      metrics: metrics(8),
      caveats: [],
    }),
    at(22, next, started(running, warp(3), task, '{"ccd":3,"visit":1228}', 1)),
    at(
      0,
      { campaign, unit: null, attempt: null },
      {
        type: 'FileRegistered',
        path: 'raw/1.fits',
        datasetType: 'raw',
        dataId: null,
        sizeBytes: 7,
        md5: null,
        originCampaign: 'observing',
        collection: null,
      },
    ),
  ];
}

/** Stores drafts as one producer's events. */
export async function storeDrafts(ledgerUrl: string, drafts: readonly EventDraft[]): Promise<void> {
  const ledger = await openLedger(ledgerUrl);
  try {
    const producer = randomUUID();
    await ledger.append(producer, 1, encodeDrafts(drafts, producer, 1));
  } finally {
    await ledger.close();
  }
}
