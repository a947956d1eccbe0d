/** What decisions rest on, in words for people. */
import type { PastExecution } from './history';
import type { FileState, GivenUp, Standing } from './standing';
import type { WantedFile } from './wanted';

/** `execution 0190… of attempt 1`. */
export function describeExecution({ execution, attempt }: PastExecution): string {
  return `execution ${execution} of attempt ${String(attempt)}`;
}

/** What became of an execution that came to nothing. */
export function describeFailure(past: PastExecution): string {
  const { state, failureClass, message, host } = past;
  const where = host === null ? '' : ` on ${host}`;
  switch (state) {
    case 'failed':
      return `${describeExecution(past)} failed${where}: ${failureClass ?? 'unclassified'}${said(message)}`;
    case 'lost':
      return `${describeExecution(past)} was lost${where}: ${failureClass ?? 'unheardOf'}${said(message)}`;
    default:
      return `${describeExecution(past)} has not ended${where}`;
  }
}

/** Why a job will not be tried again. */
export function describeGivenUp({ execution, failureClass, byOperator }: GivenUp): string {
  const who = byOperator ? 'given up by an operator' : 'the failure is permanent';
  const what = execution === null ? (failureClass ?? '') : describeFailure(execution);
  return what === '' ? who : `${who}: ${what}`;
}

/** Why an output is of no use. */
export function describeFile(file: WantedFile, state: FileState, standing: Standing): string {
  return `${standing.version(file)?.path ?? file.path} of ${describeExecution(standing.maker)} is ${state}`;
}

const mostMessageChars = 200;

function said(message: string | null): string {
  const line = message?.trim().split('\n', 1)[0] ?? '';
  return line === '' ? '' : ` (${line.slice(0, mostMessageChars)})`;
}
