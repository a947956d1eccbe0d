/** The errors that the command line itself raises. */

/** The command was asked for something that makes no sense; the message says what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Whoever read standard output has gone (`| head`): there is nobody to tell anything. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}
