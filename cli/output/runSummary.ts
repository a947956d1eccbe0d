/** What came of an attempt, for people and for programs. */
import type { FailedJob, RunSummary } from '../../producers/runner/runAttempt';
import { escapeControls } from './terminal';
import { formatCount, formatCounted, formatDuration } from './units';

/** How many failed jobs are named one by one. */
const namedFailures = 10;

/** Whether no job failed and none was left over. One that was vetoed, or had nothing to work on, is as it should be. */
export function isAllWell({ outcome, failed, abandoned }: RunSummary): boolean {
  return outcome !== 'stopped' && failed + abandoned === 0;
}

/**
 * A few lines.
 * @param next the command that goes on from there, told where not all is well
 */
export function summaryText(summary: RunSummary, next: string): string {
  const { unit, attempt, outcome, total, wallSeconds, failures, workFolder } = summary;
  const counts = (['succeeded', 'reused', 'failed', 'skipped', 'abandoned'] as const)
    .filter((state) => summary[state] > 0)
    .map((state) => `${formatCount(summary[state])} ${state}`);
  const retries = summary.retries === 0 ? '' : `, ${formatCount(summary.retries)} tried again`;
  const lines = [
    `${unit} attempt ${String(attempt)}: ${outcome} after ${formatDuration(wallSeconds)}`,
    `  ${formatCounted(total, 'job')}: ${counts.join(', ')}${retries}`,
    ...failures.slice(0, namedFailures).map(failureLine),
    ...(failures.length > namedFailures ? [`  … and ${formatCount(failures.length - namedFailures)} more`] : []),
    `  logs are in ${workFolder}`,
    ...(isAllWell(summary) ? [] : [`  what is left, and why: ${next}`]),
  ];
  return `${lines.map(escapeControls).join('\n')}\n`;
}

function failureLine({ job, failureClass, message }: FailedJob): string {
  return `  ${job}: ${failureClass ?? 'failed'}: ${message.split('\n')[0] ?? ''}`;
}

/** The stable shape. */
export function summaryJson(summary: RunSummary): object {
  const { unit, attempt, outcome, total, succeeded, reused, failed, skipped, abandoned, retries } = summary;
  const { wallSeconds, workFolder, drained, failures } = summary;
  const jobs = { total, succeeded, reused, failed, skipped, abandoned };
  return { unit, attempt, outcome, jobs, retries, wallSeconds, workFolder, drained, failures };
}
