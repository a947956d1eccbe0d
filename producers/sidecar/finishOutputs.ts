/** What a try wrote, with contents read where they matter. Loaded only for jobs that expect outputs. */
import path from 'node:path';
import { errorMessage } from '../../schemas/systemError';
import { readContent, type FileContent } from './checksum';
import type { OutputWithContent } from './executionEvents';
import type { ExpectedOutput, JobDescription } from './jobDescription';
import { lookAfter, type OutputProblem, type OutputsBefore, type WrittenOutput } from './outputs';

/** What became of the expected outputs of one try. */
export interface FinishedOutputs {
  readonly written: readonly OutputWithContent[];
  /** Expected, not written, and allowed to be absent. */
  readonly absent: readonly ExpectedOutput[];
  readonly problems: readonly OutputProblem[];
  readonly caveats: readonly string[];
}

/** How outputs are looked at. */
export interface LookOptions {
  readonly before: OutputsBefore;
  /** Whether to read the files for their digests: not those of a failed execution, which nobody will use. */
  readonly readContents: boolean;
  readonly sha256: boolean;
  /** Ends the reading early, when the sidecar is told to end. */
  readonly hurry: AbortSignal;
}

/** Looks at what a try wrote. */
export async function finishOutputs(job: JobDescription, options: LookOptions): Promise<FinishedOutputs> {
  const { written: found, absent, problems: seen } = await lookAfter(job.root, job.outputs, options.before);
  const written: OutputWithContent[] = [];
  const problems = [...seen];
  const caveats = new Set<string>();
  for (const output of found) {
    const content = options.readContents ? await readOutput(job, output, options) : null;
    if (content !== null && 'kind' in content) {
      problems.push(content);
    } else {
      written.push({ ...output, content, contentDigest: null, liesAt: output.path });
      if (content?.changed === true) {
        caveats.add('outputChangedWhileRead');
      }
    }
  }
  if (options.readContents && options.hurry.aborted && written.some(({ content }) => content === null)) {
    caveats.add('checksumsSkipped');
  }
  return { written, absent, problems, caveats: [...caveats] };
}

async function readOutput(
  job: JobDescription,
  output: WrittenOutput,
  { sha256, hurry }: LookOptions,
): Promise<FileContent | OutputProblem | null> {
  try {
    return await readContent(path.join(job.root.real, output.path), { sha256, signal: hurry });
  } catch (error) {
    return { path: output.path, kind: 'unreachable', message: `${output.path} cannot be read: ${errorMessage(error)}` };
  }
}
