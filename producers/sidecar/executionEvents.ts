/** The events of one execution, as drafts. Pure: what happened goes in, events come out. */
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import type { FileReference, Metrics } from '../../schemas';
import { redactArguments, redactText } from '../../schemas/redaction';
import type { DraftHeader, EventDraft } from '../outbox/draft';
import type { FileContent } from './checksum';
import type { ExpectedOutput, JobDescription } from './jobDescription';
import type { WrittenOutput } from './outputs';

/** One try of a job. */
export interface Execution {
  readonly execution: string;
  readonly tryNumber: number;
}

/** A file an execution wrote, and what is known of its content; null where nobody read it. */
export interface OutputWithContent extends WrittenOutput {
  readonly content: FileContent | null;
  /** As the job reports it; null where it does not. */
  readonly contentDigest: string | null;
  /** Where it lies now, relative to the root: its own path, or where it was set aside. */
  readonly liesAt: string;
}

/** How a failed execution ended. */
export interface Failure {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly failureClass: string | null;
  readonly permanence: string | null;
  readonly message: string;
  readonly missingOutputs: readonly string[];
}

/** Nothing was measured. */
export const notMeasured: Metrics = {
  wallMicros: null,
  userCpuMicros: null,
  systemCpuMicros: null,
  maxRssBytes: null,
};

/** Bytes of text that one list within an event may hold, well under the limit of an event. */
const listBytes = 128 * 1024;
const messageCharacters = 4096;
const longestMissingList = 1000;

/** The header of a job's events. */
export function jobHeader(job: JobDescription, occurredAt: number): DraftHeader {
  return { occurredAt, campaign: job.campaign, unit: job.unit, attempt: job.attempt };
}

/** ExecutionStarted, and InputsUsed for what was declared before. */
export function startDrafts(
  job: JobDescription,
  { execution, tryNumber }: Execution,
  logPath: string | null,
  occurredAt: number,
): EventDraft[] {
  const started: EventDraft = {
    type: 'ExecutionStarted',
    header: jobHeader(job, occurredAt),
    execution,
    job: job.job,
    task: job.task,
    dataId: job.dataId,
    tryNumber,
    batchJob: job.batchJob,
    processId: process.pid,
    host: job.host,
    allocation: job.allocation,
    executable: job.executable,
    argv: shortened(redactArguments(job.command)),
    logPath,
    environmentDigest: job.environmentDigest,
    site: job.site,
  };
  return [started, ...inputsDrafts(job, execution, 'declared', job.inputs, occurredAt)];
}

/** InputsUsed in as many parts as the list needs; none for an empty list. */
export function inputsDrafts(
  job: JobDescription,
  execution: string,
  basis: 'declared' | 'reported',
  files: readonly FileReference[],
  occurredAt: number,
): EventDraft[] {
  const parts = inParts(files);
  return parts.map((part, index) => ({
    type: 'InputsUsed',
    header: jobHeader(job, occurredAt),
    execution,
    job: job.job,
    basis,
    files: part,
    part: index + 1,
    parts: parts.length,
  }));
}

/** FileProduced for each file, FileLocated where the site is known, FileAbsent for what was rightly not written. */
export function fileDrafts(
  job: JobDescription,
  execution: string,
  written: readonly OutputWithContent[],
  absent: readonly ExpectedOutput[],
  occurredAt: number,
): EventDraft[] {
  const header = jobHeader(job, occurredAt);
  const { site } = job;
  return [
    ...written.flatMap((output): EventDraft[] => {
      const { path: file, expected, content, contentDigest } = output;
      const produced: EventDraft = {
        type: 'FileProduced',
        header,
        execution,
        datasetType: expected.datasetType,
        path: file,
        sizeBytes: content?.sizeBytes ?? output.sizeBytes,
        md5: content?.md5 ?? null,
        sha256: content?.sha256 ?? null,
        dataId: expected.dataId,
        metadata: expected.metadata,
        contentDigest,
      };
      if (site === null) {
        return [produced];
      }
      const uri = pathToFileURL(path.join(job.root.real, output.liesAt)).href;
      return [produced, { type: 'FileLocated', header, path: file, execution, site, uri }];
    }),
    ...absent.map((expected): EventDraft => ({
      type: 'FileAbsent',
      header,
      execution,
      job: job.job,
      datasetType: expected.datasetType,
      path: expected.isGlob ? null : expected.path,
      basis: 'definition',
    })),
  ];
}

/** ExecutionSucceeded. */
export function succeededDraft(
  job: JobDescription,
  execution: string,
  metrics: Metrics,
  caveats: readonly string[],
  occurredAt: number,
): EventDraft {
  return {
    type: 'ExecutionSucceeded',
    header: jobHeader(job, occurredAt),
    execution,
    job: job.job,
    metrics,
    caveats: [...caveats],
  };
}

/** ExecutionFailed. */
export function failedDraft(
  job: JobDescription,
  execution: string,
  failure: Failure,
  metrics: Metrics,
  caveats: readonly string[],
  occurredAt: number,
): EventDraft {
  return {
    type: 'ExecutionFailed',
    header: jobHeader(job, occurredAt),
    execution,
    job: job.job,
    ...failure,
    message: messageText(failure.message),
    missingOutputs: failure.missingOutputs.slice(0, longestMissingList),
    metrics,
    caveats: job.partialOutputsUsable ? [...caveats, 'partialOutputsUsable'] : [...caveats],
  };
}

/** JobRetryScheduled: the job gets another try. */
export function retryDraft(job: JobDescription, becauseOf: string, notBefore: number, occurredAt: number): EventDraft {
  return { type: 'JobRetryScheduled', header: jobHeader(job, occurredAt), job: job.job, becauseOf, notBefore };
}

/** JobAbandoned: the failure is permanent. */
export function abandonedDraft(
  job: JobDescription,
  becauseOf: string,
  failureClass: string | null,
  occurredAt: number,
): EventDraft {
  return {
    type: 'JobAbandoned',
    header: jobHeader(job, occurredAt),
    job: job.job,
    reason: 'permanent',
    failureClass,
    becauseOf,
    abandonedBy: 'exec',
  };
}

function messageText(message: string): string {
  const clean = redactText(message);
  return clean.length > messageCharacters ? `${clean.slice(0, messageCharacters)} [cut]` : clean;
}

/** A command line that fits into an event: what lies beyond is told by number, size and digest. */
function shortened(argv: readonly string[]): string[] {
  let bytes = 0;
  const fits = argv.findIndex((argument) => (bytes += Buffer.byteLength(argument) + 8) > listBytes);
  if (fits === -1) {
    return [...argv];
  }
  const rest = argv.slice(fits);
  const digest = createHash('sha256').update(rest.join('\0')).digest('hex');
  const size = rest.reduce((sum, argument) => sum + Buffer.byteLength(argument), 0);
  return [...argv.slice(0, fits), `[${String(rest.length)} more arguments of ${String(size)} bytes, sha256 ${digest}]`];
}

function inParts(files: readonly FileReference[]): FileReference[][] {
  const parts: FileReference[][] = [];
  let bytes = listBytes;
  for (const file of files) {
    const fileBytes = Buffer.byteLength(file.path) + Buffer.byteLength(file.datasetType ?? '') + 16;
    if (bytes + fileBytes > listBytes) {
      parts.push([]);
      bytes = 0;
    }
    bytes += fileBytes;
    parts.at(-1)?.push(file);
  }
  return parts;
}
