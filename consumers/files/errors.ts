/** What keeps files from being looked at at all. */

/** A root folder cannot be reached: nothing can be said about any file below it. */
export class RootUnreachableError extends Error {
  override readonly name = 'RootUnreachableError';

  constructor(
    readonly root: string,
    problem: string,
  ) {
    super(problem);
  }
}
