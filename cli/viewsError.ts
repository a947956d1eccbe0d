/** What went wrong with views, for people. */
import { StateStoreError } from '../consumers/sqliteStore/errors';
import { PositionError } from '../ledger/errors';
import type { CommonOptions } from './commonOptions';
import { UsageError } from './errors';

/**
 * The error to report for one that was met while views were read or made; others than these are handed back as they are.
 * The ledger tells its SQLite's errors as its own, so what is still SQLite's comes from the views.
 * @param file the views
 */
export function asViewsError(error: unknown, file: string, { ledger }: CommonOptions): unknown {
  if (error instanceof PositionError) {
    return new UsageError(
      `the views at ${file} were made from another ledger than ${ledger}; name the ledger they belong to with ` +
        `--ledger, or a file of their own for the views of this one with --views`,
    );
  }
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_')) {
    return new StateStoreError(
      `the views at ${file} cannot be used: ${error.message} (${String(error.code)}); is there room on the disk? If the ` +
        `file is damaged, delete it: \`tractledger project\` makes it anew from the ledger`,
      { cause: error },
    );
  }
  return error;
}
