/** What an error says. By its properties, not its class: a class may be loaded twice in one process. */

/** The code of a system's or SQLite's error, e.g. `ENOENT` or `SQLITE_FULL`; empty where it has none. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/** The text of any error. */
export function errorMessage(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
