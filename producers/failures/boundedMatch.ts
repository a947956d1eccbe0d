/** Regular expressions from outside, run on text from outside, within a time limit. */
import { createContext, Script, type Context } from 'node:vm';

/** Far more than any sensible pattern needs on 64 KiB; a backtracking one would run for years. */
const TIME_LIMIT_MILLIS = 250;

// V8 stops a regular expression in the middle only when it was called by a script under a time limit.
const script = new Script('pattern.test(text)');
let context: Context | undefined;

/**
 * Whether the pattern is found in the text; `timedOut` when that took longer than a quarter of a second.
 * @param pattern without the flags g and y
 */
export function matchesInTime(pattern: RegExp, text: string): boolean | 'timedOut' {
  context ??= createContext({});
  Object.assign(context, { pattern, text });
  try {
    return script.runInContext(context, { timeout: TIME_LIMIT_MILLIS }) === true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'timedOut';
    throw error;
  }
}
