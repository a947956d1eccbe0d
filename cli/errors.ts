/** The errors that the command line itself raises. */

/** The command was asked for something that makes no sense; the message says what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A file that the command was told to read or write cannot be. */
export class FileUnreadableError extends Error {
  override readonly name = 'FileUnreadableError';

  constructor(
    readonly path: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${problem}`, options);
  }
}

/** Whoever read standard output has gone (`| head`): there is nobody to tell anything. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}
