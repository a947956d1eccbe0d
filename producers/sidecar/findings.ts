/** What is found once a job's child has ended: what it wrote, and what it says itself. */
import { createRequire } from 'node:module';
import { rmSync } from 'node:fs';
import type { FileReference } from '../../schemas';
import type { FinishedOutputs, finishOutputs, LookOptions } from './finishOutputs';
import type { JobDescription } from './jobDescription';
import type { readJobReport, withReported } from './jobReport';
import type { readReportedInputs } from './reportedInputs';

// Loaded only for the jobs that need them: every job waits for what the sidecar loads.
const load = createRequire(__filename);

/** What a try left behind. */
export interface Findings extends FinishedOutputs {
  /** The files it says it used. */
  readonly used: readonly FileReference[];
  /** What is wrong with what it says. */
  readonly reportProblems: readonly string[];
}

/** An earlier try's report is not this one's. What cannot be removed is met again, and told, when it is read. */
export function forgetReport({ report }: JobDescription): void {
  try {
    if (report !== null) {
      rmSync(report, { force: true });
    }
  } catch {
    return;
  }
}

/** Looks at what a try wrote and reads what it says of its files. */
export async function findWhatItLeft(job: JobDescription, options: LookOptions): Promise<Findings> {
  const outputs = await lookAtOutputs(job, options);
  const listed = readInputsList(job);
  if (job.report === null) {
    return { ...outputs, used: listed.files, reportProblems: listed.problems };
  }
  const { readJobReport: read, withReported: add } = load('./jobReport') as {
    readJobReport: typeof readJobReport;
    withReported: typeof withReported;
  };
  const report = read(job.root, job.report);
  return {
    ...outputs,
    written: add(outputs.written, report),
    used: [...listed.files, ...report.inputs],
    reportProblems: [...listed.problems, ...report.problems],
  };
}

function lookAtOutputs(job: JobDescription, options: LookOptions): Promise<FinishedOutputs> {
  return job.outputs.length === 0
    ? Promise.resolve({ written: [], absent: [], problems: [], caveats: [] })
    : (load('./finishOutputs') as { finishOutputs: typeof finishOutputs }).finishOutputs(job, options);
}

function readInputsList({ root, inputsFrom }: JobDescription): ReturnType<typeof readReportedInputs> {
  return inputsFrom === null
    ? { files: [], problems: [] }
    : (load('./reportedInputs') as { readReportedInputs: typeof readReportedInputs }).readReportedInputs(
        root,
        inputsFrom,
      );
}
