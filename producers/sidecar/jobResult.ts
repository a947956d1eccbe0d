/** What came of a job, told by its sidecar to whoever started it: a JSON file, whole or not there. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Execution, OutputWithContent } from './executionEvents';
import type { ExpectedOutput } from './jobDescription';
import type { JudgedFailure } from './outcome';

/** A file that the job wrote. */
export interface ResultFile {
  /** The logical path. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly md5: string | null;
  readonly contentDigest: string | null;
}

/** Why it failed. */
export type ResultFailure = Pick<JudgedFailure, 'permanence' | 'failureClass' | 'message'>;

/** What came of a job's last try. */
export interface JobResult {
  readonly execution: string;
  readonly tryNumber: number;
  /** Null where it succeeded. */
  readonly failure: ResultFailure | null;
  /** What it wrote; none where it failed. */
  readonly files: readonly ResultFile[];
  /** The expected outputs that it rightly did not write. */
  readonly absent: readonly string[];
}

/** Writes a success. @throws what writing throws */
export function writeSuccess(
  file: string,
  execution: Execution,
  written: readonly OutputWithContent[],
  absent: readonly ExpectedOutput[],
): void {
  const files = written.map(({ path, sizeBytes, content, contentDigest }): ResultFile => ({
    path,
    sizeBytes: content?.sizeBytes ?? sizeBytes,
    md5: content?.md5 ?? null,
    contentDigest,
  }));
  write(file, { ...execution, failure: null, files, absent: absent.map(({ path }) => path) });
}

/** Writes a failure. @throws what writing throws */
export function writeFailure(file: string, execution: Execution, judged: ResultFailure): void {
  const { permanence, failureClass, message } = judged;
  write(file, { ...execution, failure: { permanence, failureClass, message }, files: [], absent: [] });
}

/** A result; null where there is none, which says that the sidecar did not get that far. */
export function readResult(file: string): JobResult | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JobResult;
  } catch {
    return null;
  }
}

function write(file: string, result: JobResult): void {
  writeFileSync(`${file}.part`, JSON.stringify(result));
  renameSync(`${file}.part`, file);
}
