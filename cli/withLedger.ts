/** A ledger for the length of a command. */
import { openLedger } from '../ledger/openLedger';
import type { Ledger } from '../ledger/port';
import type { CommonOptions } from './commonOptions';

/**
 * Opens the ledger that already is where the options say; a reader never makes one, so that a mistyped path is told.
 * The ledger is closed when the work has ended, however it ends.
 */
export async function withLedger<Result>(
  options: Pick<CommonOptions, 'ledger'>,
  work: (ledger: Ledger) => Promise<Result>,
): Promise<Result> {
  return using(await openLedger(options.ledger, { mustExist: true }), work);
}

/** As {@link withLedger}, for commands that write: an embedded ledger that does not exist yet is created. */
export async function withLedgerToWrite<Result>(
  options: Pick<CommonOptions, 'ledger'>,
  work: (ledger: Ledger) => Promise<Result>,
): Promise<Result> {
  return using(await openLedger(options.ledger), work);
}

async function using<Result>(ledger: Ledger, work: (ledger: Ledger) => Promise<Result>): Promise<Result> {
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}
