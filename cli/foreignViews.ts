/** What to say where views and ledger do not belong together. */
import type { CommonOptions } from './commonOptions';
import { UsageError } from './errors';

/** @param file the views that were made from another ledger */
export function foreignViews(file: string, { ledger }: CommonOptions): UsageError {
  return new UsageError(
    `the views at ${file} were made from another ledger than ${ledger}; name the ledger they belong to with --ledger, ` +
      `or a file of their own for the views of this one with --views`,
  );
}
