/**
 * One stored batch as bytes: its events, each behind its length, and the SHA-256 over everything the row holds. A row
 * explains itself: no other table is needed to read it.
 */
import { createHash } from 'node:crypto';

/** A row of the table `batches`, as written. */
export interface BatchRow {
  /** The batch's number, 1, 2, 3 … */
  readonly batchNumber: number;
  /** The producer's UUID, 16 bytes. */
  readonly producer: Buffer;
  readonly lastSequence: number;
  readonly eventCount: number;
  /** Events in the ledger up to and with this batch. */
  readonly totalEvents: number;
  readonly recordedAtMicros: number;
  readonly sha256: Buffer;
  /** The events as {@link packEvents} lays them out. */
  readonly events: Buffer;
}

const lengthBytes = 4;

/** Where {@link packEvents} works; a new buffer for each batch would cost more than filling it. */
let packingSpace = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Each event behind its length (4 bytes, little-endian).
 * @returns bytes that hold until the next call
 */
export function packEvents(events: readonly Uint8Array[]): Buffer {
  const bytes = events.reduce((sum, event) => sum + lengthBytes + event.length, 0);
  if (bytes > packingSpace.length) {
    packingSpace = Buffer.allocUnsafeSlow(2 * bytes);
  }
  let offset = 0;
  for (const event of events) {
    packingSpace.writeUInt32LE(event.length, offset);
    packingSpace.set(event, offset + lengthBytes);
    offset += lengthBytes + event.length;
  }
  return packingSpace.subarray(0, offset);
}

/**
 * The events of a packed batch, as views on the same memory.
 * @returns null where the bytes do not hold exactly `count` events
 */
export function unpackEvents(packed: Buffer, count: number): Uint8Array[] | null {
  const events: Uint8Array[] = [];
  let offset = 0;
  while (offset + lengthBytes <= packed.length) {
    const length = packed.readUInt32LE(offset);
    offset += lengthBytes;
    if (offset + length > packed.length) {
      return null;
    }
    // A plain view: one that is a Buffer takes several times as long to make.
    events.push(new Uint8Array(packed.buffer, packed.byteOffset + offset, length));
    offset += length;
  }
  return offset === packed.length && events.length === count ? events : null;
}

/** The SHA-256 over a row: producer, the numbers as 64-bit big-endian in the order of the columns, the packed events. */
export function sha256OfBatch(row: Omit<BatchRow, 'sha256'>): Buffer {
  const numbers = [row.batchNumber, row.lastSequence, row.eventCount, row.totalEvents, row.recordedAtMicros];
  const head = Buffer.allocUnsafe(16 + 8 * numbers.length);
  head.set(row.producer, 0);
  numbers.forEach((value, index) => {
    head.writeUInt32BE(Math.floor(value / 0x100000000), 16 + 8 * index);
    head.writeUInt32BE(value % 0x100000000, 20 + 8 * index);
  });
  return createHash('sha256').update(head).update(row.events).digest();
}

/**
 * A row as the database handed it out, once it is certain that it is what was written.
 * @param cells the columns in the order of {@link BatchRow}
 * @returns what is wrong with it otherwise
 */
export function verifyBatchRow(cells: readonly unknown[]): BatchRow | string {
  const [batchNumber, producer, lastSequence, eventCount, totalEvents, recordedAtMicros, sha256, events] = cells;
  if (
    !isCount(batchNumber) ||
    !(producer instanceof Buffer) ||
    producer.length !== 16 ||
    !isCount(lastSequence) ||
    !isCount(eventCount) ||
    !isCount(totalEvents) ||
    !isCount(recordedAtMicros) ||
    !(sha256 instanceof Buffer) ||
    !(events instanceof Buffer) ||
    eventCount > lastSequence
  ) {
    return 'a column holds what was never written there';
  }
  const row = { batchNumber, producer, lastSequence, eventCount, totalEvents, recordedAtMicros, sha256, events };
  return sha256OfBatch(row).equals(sha256) ? row : 'its SHA-256 is not that of its content';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
