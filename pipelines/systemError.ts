/** What a system error says. By its properties, not its class: Node's own errors may come from another realm. */

/** The code of a system error, e.g. `ENOENT`, or the empty text. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** What an error says to people. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
