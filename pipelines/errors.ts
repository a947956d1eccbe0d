/** What can be wrong with a definition, its tables or a plan, told so that a person can mend it. */

/** One thing that is wrong and where. */
export interface Problem {
  readonly file: string;
  /** From 1; null where it is about the file as a whole. */
  readonly line: number | null;
  /** What was expected, what was found, what to do. */
  readonly message: string;
}

/** A definition or one of its tables is not what it should be: every problem that was found, in the files' order. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';

  /** @param problems at least one */
  constructor(
    readonly problems: readonly Problem[],
    options?: ErrorOptions,
  ) {
    super(problems.map(problemText).join('\n'), options);
  }
}

/** A file of a pipeline cannot be read. */
export class PipelineFileError extends Error {
  override readonly name = 'PipelineFileError';

  constructor(
    readonly file: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${problem}`, options);
  }
}

/** The definition is sound but no plan can be made as asked; the message says why. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** A problem in one line, `file:line: message`. */
export function problemText({ file, line, message }: Problem): string {
  return `${file}${line === null ? '' : `:${String(line)}`}: ${message}`;
}
