/** How an error reaches the person: one message on standard error, a stack only when asked for. */
import { inspect } from 'node:util';
import { errorMessage } from '../schemas/systemError';
import { redactText } from '../schemas/redaction';
import { OutputClosedError } from './errors';
import { exitCodeOf } from './exitCodeOf';
import { exitCodes, type ExitCode } from './exitCodes';
import { escapeControls } from './output/terminal';

/**
 * Prints an error and tells the exit code it means.
 * @param debug whether to print the stack and the causes too
 */
export function reportError(error: unknown, debug: boolean): ExitCode {
  if (error instanceof OutputClosedError) {
    return exitCodes.done;
  }
  const code = exitCodeOf(error);
  process.stderr.write(`tractledger: ${describe(error, code, debug)}\n`);
  return code;
}

function describe(error: unknown, code: ExitCode, debug: boolean): string {
  if (debug) {
    return readable(inspect(error));
  }
  const message = readable(errorMessage(error));
  return code === exitCodes.defect
    ? `this should not have happened: ${message}\nPlease report it with the output of the same command with --debug.`
    : message;
}

function readable(text: string): string {
  return redactText(text)
    .split('\n')
    .map((line) => escapeControls(line))
    .join('\n');
}
