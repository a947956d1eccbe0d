/**
 * A position of a ledger on Kafka: the ledger's UUID and, for each partition, the offset behind which it stands.
 * Offsets are only compared within one partition.
 */
import { PositionError } from '../errors';
import type { Position } from '../port';

const form = /^kafka:([0-9a-f-]{36}):((?:0|[1-9][0-9]{0,15})(?:,(?:0|[1-9][0-9]{0,15}))*)$/;

/** @param offsets of the next record in each partition, from partition 0 */
export function formatPosition(ledgerId: string, offsets: readonly number[]): Position {
  return `kafka:${ledgerId}:${offsets.join(',')}`;
}

/**
 * The offset of the next record in each partition.
 * @throws {PositionError} where it is no position of this ledger
 */
export function parsePosition(address: string, ledgerId: string, partitionCount: number, position: Position): number[] {
  const parts = form.exec(position);
  const offsets = (parts?.[2] ?? '').split(',').map(Number);
  if (parts === null || !offsets.every(Number.isSafeInteger)) {
    throw new PositionError(
      `${JSON.stringify(position)} is no position of a ledger on Kafka; begin at the ledger's start instead`,
      address,
    );
  }
  if (parts[1] !== ledgerId || offsets.length !== partitionCount) {
    throw new PositionError(
      `the position ${position} belongs to ledger ${String(parts[1])} with ${String(offsets.length)} partitions, but ` +
        `${address} is ledger ${ledgerId} with ${String(partitionCount)}; begin at this ledger's start, or open the ledger ` +
        `the position came from`,
      address,
    );
  }
  return offsets;
}
