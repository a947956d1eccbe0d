/** Why no restart can be planned, or none be begun. */

/** A restart that makes no sense as asked for; the message says why and what would. */
export class RestartError extends Error {
  override readonly name = 'RestartError';
}

/** A restart that could do harm as things stand; the message says what to look at, and how to insist. */
export class RestartRefusedError extends Error {
  override readonly name = 'RestartRefusedError';
}

/** Files about which nothing can be said: no plan can be made that rests on them. */
export class FilesUnreachableError extends Error {
  override readonly name = 'FilesUnreachableError';
}
