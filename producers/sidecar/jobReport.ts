/**
 * What a job says of its own files: JSON lines in the file that TRACTLEDGER_REPORT names, read once the job has ended.
 *
 * `{"input": PATH}` is a file it really used, with "datasetType" if it likes; `{"output": PATH}` tells of a file it wrote
 * a "contentDigest" (hexadecimal, of what matters in the file) and "metadata". A job that writes no report says nothing.
 */
import { readFileSync } from 'node:fs';
import { errorMessage } from '../../schemas/systemError';
import type { FileReference } from '../../schemas';
import { JobDescriptionError } from './errors';
import type { OutputWithContent } from './executionEvents';
import { resolveInput } from './jobDescription';
import { readMetadata } from './jobFile';
import { logicalPath, type RootFolder } from './logicalPath';
import { shown } from './settingValues';

/** What is told of one output. */
interface ReportedOutput {
  readonly contentDigest: string | null;
  readonly metadata: Readonly<Record<string, string | null>>;
}

/** A report; what is readable counts even where there are problems. */
export interface JobReport {
  /** The files used. */
  readonly inputs: readonly FileReference[];
  /** By logical path. */
  readonly outputs: ReadonlyMap<string, ReportedOutput>;
  /** What is wrong with it, by file and line. */
  readonly problems: readonly string[];
}

const digestText = /^[0-9a-f]{8,128}$/;

/** Reads a report. A file that is not there is an empty report. */
export function readJobReport(root: RootFolder, file: string): JobReport {
  const inputs = new Map<string, FileReference>();
  const outputs = new Map<string, ReportedOutput>();
  const problems: string[] = [];
  linesOf(file, problems).forEach((line, index) => {
    const where = `${file}:${String(index + 1)}`;
    if (line.trim() === '') {
      return;
    }
    try {
      const { input, output, ...rest } = asObject(JSON.parse(line), where);
      if (typeof input === 'string' && output === undefined) {
        const used = resolveInput(root, { path: input, datasetType: textOrNull(rest['datasetType'], where) });
        inputs.set(used.path, used);
      } else if (typeof output === 'string' && input === undefined) {
        outputs.set(logicalPath(root, output) ?? output, reportedOutput(rest, where));
      } else {
        throw new JobDescriptionError(where, 'expected either "input" or "output" with a path');
      }
    } catch (error) {
      problems.push(error instanceof JobDescriptionError ? error.message : `${where}: ${errorMessage(error)}`);
    }
  });
  return { inputs: [...inputs.values()], outputs, problems };
}

/** The outputs with what the report tells of them. */
export function withReported(
  written: readonly OutputWithContent[],
  { outputs }: JobReport,
): readonly OutputWithContent[] {
  return written.map((output) => {
    const told = outputs.get(output.path);
    if (told === undefined) {
      return output;
    }
    const metadata = { ...output.expected.metadata, ...told.metadata };
    return { ...output, expected: { ...output.expected, metadata }, contentDigest: told.contentDigest };
  });
}

function linesOf(file: string, problems: string[]): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      problems.push(`the job's report cannot be read: ${errorMessage(error)}`);
    }
    return [];
  }
}

function reportedOutput(fields: Readonly<Record<string, unknown>>, where: string): ReportedOutput {
  const digest = textOrNull(fields['contentDigest'], where)?.toLowerCase() ?? null;
  if (digest !== null && !digestText.test(digest)) {
    throw new JobDescriptionError(where, `a contentDigest is 8 to 128 hexadecimal digits, found ${shown(digest)}`);
  }
  return { contentDigest: digest, metadata: readMetadata(fields['metadata'] ?? {}, `${where}.metadata`) };
}

function asObject(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new JobDescriptionError(where, `expected a JSON object, found ${shown(value)}`);
  }
  return value as Record<string, unknown>;
}

function textOrNull(value: unknown, where: string): string | null {
  if (value === undefined || value === null || typeof value === 'string') {
    return value ?? null;
  }
  throw new JobDescriptionError(where, `expected a text, found ${shown(value)}`);
}
