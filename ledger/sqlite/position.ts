/** A position of an embedded ledger: the ledger's UUID and the number of the batch behind which it stands. */
import { PositionError } from '../errors';
import type { Position } from '../port';

const form = /^sqlite:([0-9a-f-]{36}):(0|[1-9][0-9]{0,15})$/;

/** @param batchNumber 0 for the ledger's start */
export function formatPosition(ledgerId: string, batchNumber: number): Position {
  return `sqlite:${ledgerId}:${String(batchNumber)}`;
}

/**
 * The number of the batch behind which a position stands.
 * @throws {PositionError} where it is no position of this ledger
 */
export function parsePosition(address: string, ledgerId: string, position: Position): number {
  const parts = form.exec(position);
  const batchNumber = Number(parts?.[2]);
  if (parts === null || !Number.isSafeInteger(batchNumber)) {
    throw new PositionError(
      `${JSON.stringify(position)} is no position of an embedded ledger; begin at the ledger's start instead`,
      address,
    );
  }
  if (parts[1] !== ledgerId) {
    throw new PositionError(
      `the position ${position} belongs to ledger ${String(parts[1])}, but ${address} is ledger ${ledgerId}; ` +
        `begin at this ledger's start, or open the ledger the position came from`,
      address,
    );
  }
  return batchNumber;
}
