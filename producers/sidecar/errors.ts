/** The sidecar's own errors. */

/** The job is described wrongly; `where` names the flag, variable or field, the message says what was expected. */
export class JobDescriptionError extends Error {
  override readonly name = 'JobDescriptionError';

  constructor(
    readonly where: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${where}: ${problem}`, options);
  }
}
