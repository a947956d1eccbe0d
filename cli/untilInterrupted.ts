/** The end of a command that would go on for ever. */

/**
 * Aborts at the first SIGINT or SIGTERM, so that the command ends in order and with its own exit code; a second one ends
 * the process at once, as signals do.
 */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      controller.abort();
    });
  }
  return controller.signal;
}
