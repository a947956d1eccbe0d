/** SQLite's result codes (sqlite.org/rescode.html) as the ledger's own errors. */
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { errorCode, errorMessage } from '../../schemas/systemError';
import {
  LedgerDamagedError,
  LedgerError,
  LedgerFullError,
  LedgerRefusedError,
  LedgerUnreachableError,
} from '../errors';
import { formatPosition } from './position';

/** Where the ledger lies, as far as its errors need it. */
export interface LedgerPlace {
  readonly address: string;
  readonly file: string;
  /** Null until it could be read. */
  readonly ledgerId: string | null;
}

/** Whether another connection is only in the way for the moment. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(errorCode(error));
}

/** Whether SQLite met content that it cannot have written. */
export function isCorruption(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|TOOBIG|MISMATCH|IOERR_SHORT_READ|IOERR_CORRUPTFS)/.test(errorCode(error));
}

/** Any error met at the database as the ledger's own; errors that are not SQLite's are handed back as they are. */
export function toLedgerError(error: unknown, place: LedgerPlace): unknown {
  const code = errorCode(error);
  const { address, file } = place;
  if (error instanceof LedgerError || !code.startsWith('SQLITE_')) {
    return errorMessage(error).includes('connection is not open') ? closedError(address) : error;
  }
  if (code === 'SQLITE_FULL' || (code.startsWith('SQLITE_IOERR') && !isCorruption(error) && isOutOfRoom(file))) {
    return fullError(address, error);
  }
  if (isBusy(error)) {
    return new LedgerUnreachableError(
      `${address} stayed locked by other processes for too long; try again, and see which process holds it`,
      address,
      { cause: error },
    );
  }
  if (isCorruption(error) || code.startsWith('SQLITE_CONSTRAINT')) {
    return damagedError(place, `SQLite says "${errorMessage(error)}" (${code})`);
  }
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/.test(code)) {
    return new LedgerRefusedError(
      `${address} cannot be ${code.startsWith('SQLITE_READONLY') ? 'written' : 'opened'} (${errorMessage(error)}); the ` +
        `file and its folder must be readable and, for the write-ahead log beside it, writable by this user`,
      address,
      { cause: error },
    );
  }
  return unreachableError(address, error);
}

/** What every call on a closed ledger meets. */
export function closedError(address: string): LedgerRefusedError {
  return new LedgerRefusedError(`${address} has been closed; open it again`, address);
}

/** Damage that concerns the file as a whole. */
export function damagedError(place: LedgerPlace, message: string): LedgerDamagedError {
  return new LedgerDamagedError(place.address, {
    position: formatPosition(place.ledgerId ?? '00000000-0000-0000-0000-000000000000', 0),
    producer: null,
    firstSequence: null,
    lastSequence: null,
    message: `${message}; keep a copy of ${place.file} and what lies beside it, and restore a backup or relay what is readable`,
  });
}

function fullError(address: string, cause: unknown): LedgerFullError {
  return new LedgerFullError(
    `no room for more events in ${address} (${errorMessage(cause)}); nothing of this append is stored and what was ` +
      `stored before is intact: free some space or lift the limit and send it again`,
    address,
    { cause },
  );
}

function unreachableError(address: string, cause: unknown): LedgerUnreachableError {
  return new LedgerUnreachableError(
    `${address} did not answer: ${errorMessage(cause)} (${errorCode(cause)}); whether the last append is stored is not ` +
      `known, sending it again is safe`,
    address,
    { cause },
  );
}

/**
 * Whether the ledger's folder takes no more bytes. SQLite tells ENOSPC apart, but a quota or a limit on the size of a
 * file (EDQUOT, EFBIG) look like any other failed write, so a real write of the same reach is tried beside the ledger.
 */
function isOutOfRoom(file: string): boolean {
  const probe = `${file}-probe-${String(process.pid)}`;
  const block = Buffer.alloc(64 * 1024, 1);
  try {
    const reach = Math.max(...['', '-wal'].map((suffix) => sizeOf(`${file}${suffix}`)));
    const descriptor = openSync(probe, 'w');
    try {
      let written = 0;
      while (written < block.length) {
        written += writeSync(descriptor, block, written, block.length - written, reach + written);
      }
      return false;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return /^(ENOSPC|EDQUOT|EFBIG)$/.test(errorCode(error));
  } finally {
    rmSync(probe, { force: true });
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
