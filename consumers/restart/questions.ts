/** Many executions are asked about in few questions. */

/** So many executions are asked about at once: enough that asking costs little, few enough that their rows are. */
const executionsPerQuestion = 256;

/** The executions in lists for one question each. */
export function* inQuestions(executions: readonly string[]): Generator<readonly string[], void> {
  for (let from = 0; from < executions.length; from += executionsPerQuestion) {
    yield executions.slice(from, from + executionsPerQuestion);
  }
}
