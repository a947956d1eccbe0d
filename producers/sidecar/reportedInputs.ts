/** What a job says it really used: a file it writes, read once it has ended. */
import { readFileSync } from 'node:fs';
import { errorMessage } from '../../schemas/systemError';
import type { FileReference } from '../../schemas';
import { JobDescriptionError } from './errors';
import { resolveInput } from './jobDescription';
import type { RootFolder } from './logicalPath';
import { shown } from './settingValues';

/** The files a report names, and what was wrong with it; what is readable counts all the same. */
export interface ReportedInputs {
  readonly files: readonly FileReference[];
  readonly problems: readonly string[];
}

/**
 * Reads a report. A line is a path, or a JSON object `{"path": …, "datasetType": …}`; a file that begins with `[` is a
 * JSON list of such objects or paths. A file named twice counts once.
 */
export function readReportedInputs(root: RootFolder, file: string): ReportedInputs {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    return { files: [], problems: [`the report of used inputs cannot be read: ${errorMessage(error)}`] };
  }
  return parseReportedInputs(root, content, file);
}

/** The same from the report's text. @param source its name in messages */
export function parseReportedInputs(root: RootFolder, content: string, source: string): ReportedInputs {
  const files = new Map<string, FileReference>();
  const problems: string[] = [];
  for (const { where, read } of entriesOf(content, source)) {
    try {
      const input = resolveInput(root, asInput(read()));
      if (!files.has(input.path) || input.datasetType !== null) {
        files.set(input.path, input);
      }
    } catch (error) {
      problems.push(`${where}: ${error instanceof JobDescriptionError ? error.message : errorMessage(error)}`);
    }
  }
  return { files: [...files.values()], problems };
}

interface Entry {
  readonly where: string;
  readonly read: () => unknown;
}

function entriesOf(content: string, source: string): Entry[] {
  if (content.trimStart().startsWith('[')) {
    try {
      const list = JSON.parse(content) as unknown[];
      return list.map((value, index) => ({ where: `${source}[${String(index)}]`, read: () => value }));
    } catch (error) {
      return [
        {
          where: source,
          read: () => {
            throw error;
          },
        },
      ];
    }
  }
  return content.split(/\r?\n/).flatMap((line, index) => {
    const read = (): unknown => (line.startsWith('{') ? JSON.parse(line) : line);
    return line === '' ? [] : [{ where: `${source}:${String(index + 1)}`, read }];
  });
}

function asInput(value: unknown): { path: string; datasetType: string | null } {
  if (typeof value === 'string') {
    return { path: value, datasetType: null };
  }
  const { path, datasetType = null } = (value ?? {}) as { path?: unknown; datasetType?: unknown };
  if (typeof path !== 'string' || (datasetType !== null && typeof datasetType !== 'string')) {
    throw new JobDescriptionError('input', `expected a path or {"path": …, "datasetType": …}, found ${shown(value)}`);
  }
  return { path, datasetType };
}
