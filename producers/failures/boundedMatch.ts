/** Regular expressions from outside, run on text from outside, within a time limit. */
import { createContext, Script, type Context } from 'node:vm';

/** CPU time far beyond what any sensible pattern needs on 64 KiB; a backtracking one would run for years. */
const TIME_LIMIT_MILLIS = 250;
/** On a node so busy that the limit passes before the pattern has had its CPU time, it is given this often. */
const MAX_ROUNDS = 20;

// V8 stops a regular expression in the middle only when it was called by a script under a time limit.
const script = new Script('pattern.test(text)');
let context: Context | undefined;

/**
 * Whether the pattern is found in the text; `timedOut` when that took more than a quarter of a second of CPU time.
 * @param pattern without the flags g and y
 */
export function matchesInTime(pattern: RegExp, text: string): boolean | 'timedOut' {
  context ??= createContext({});
  Object.assign(context, { pattern, text });
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = process.cpuUsage();
    try {
      return script.runInContext(context, { timeout: TIME_LIMIT_MILLIS }) === true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    }
    // The limit is by the wall clock: a hundred jobs that fail at once must not be classed by how busy the node is.
    const { user, system } = process.cpuUsage(before);
    if (user + system >= (TIME_LIMIT_MILLIS * 1000) / 2) return 'timedOut';
  }
  return 'timedOut';
}
