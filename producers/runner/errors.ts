/** What keeps an attempt from being run at all, told so that a person can mend it. */

/** An attempt cannot be run as asked; the message says why and what to do. Nothing was begun. */
export class RunRefusedError extends Error {
  override readonly name = 'RunRefusedError';
}
