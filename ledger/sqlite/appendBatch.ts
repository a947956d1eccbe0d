/** The append rule, within a transaction: what is there already is compared, what is new is stored. */
import { LedgerDamagedError, SequenceConflictError, SequenceGapError } from '../errors';
import type { ProducerId } from '../port';
import { uuidToBytes } from '../../schemas/uuid';
import { packEvents, sha256OfBatch, unpackEvents, verifyBatchRow, type BatchRow } from './batchRow';
import { formatPosition } from './position';
import type { Place, ProducerRow, Tables } from './tables';

/** A checked batch on its way into the ledger. */
export interface PendingBatch {
  readonly producer: ProducerId;
  readonly firstSequence: number;
  readonly events: readonly Uint8Array[];
}

/** What appending did. */
export interface AppendOutcome {
  readonly stored: number;
  readonly duplicates: number;
  /** The batch behind which the appended events end. */
  readonly endBatch: number;
}

/** A row holds at most so much, so that a reader's memory is bounded whatever was appended at once. */
const maxRowBytes = 1024 * 1024;

/**
 * Must run inside a write transaction. Throws before it writes anything, but for SQLite's own errors.
 * @param ledgerId for positions in errors
 * @throws {SequenceGapError} {@link SequenceConflictError} {@link LedgerDamagedError}
 */
export function appendBatch(tables: Tables, address: string, ledgerId: string, batch: PendingBatch): AppendOutcome {
  const { producer, firstSequence, events } = batch;
  const stored = tables.producer(uuidToBytes(producer));
  const indexed = tables.lastIndexed(stored.producer) ?? stored.prunedSequence;
  if (indexed !== stored.lastSequence) {
    throw disagreement(address, ledgerId, producer, stored.lastSequence, indexed);
  }
  if (firstSequence > stored.lastSequence + 1) {
    throw new SequenceGapError(address, producer, stored.lastSequence + 1, firstSequence);
  }
  const duplicates = Math.min(events.length, stored.lastSequence - firstSequence + 1);
  let endBatch = compareStored(tables, address, ledgerId, batch, stored, duplicates);
  if (duplicates < events.length) {
    endBatch = store(tables, stored, duplicates === 0 ? events : events.slice(duplicates));
  }
  return { stored: events.length - duplicates, duplicates, endBatch: endBatch ?? tables.end().batchNumber };
}

/**
 * Compares the first `duplicates` events with the stored ones. Pruned events can no longer be compared and count as
 * the same: whoever prunes has seen them stored elsewhere.
 * @returns the batch that holds the last of them; null where none is left
 */
function compareStored(
  tables: Tables,
  address: string,
  ledgerId: string,
  { producer, firstSequence, events }: PendingBatch,
  stored: ProducerRow,
  duplicates: number,
): number | null {
  let next = Math.max(firstSequence, stored.prunedSequence + 1);
  const end = firstSequence + duplicates;
  let endBatch: number | null = null;
  for (const cells of next < end ? tables.batchesFrom(stored.producer, next) : []) {
    const row = verifyBatchRow(cells);
    const rowEvents = typeof row === 'string' ? null : unpackEvents(row.events, row.eventCount);
    if (typeof row === 'string' || rowEvents === null) {
      throw notComparable(
        address,
        ledgerId,
        producer,
        next,
        typeof row === 'string' ? row : 'its events cannot be told apart',
      );
    }
    const rowFirst = row.lastSequence - row.eventCount + 1;
    if (rowFirst > next) {
      break;
    }
    for (; next <= row.lastSequence && next < end; next += 1) {
      const sent = events[next - firstSequence];
      const kept = rowEvents[next - rowFirst];
      if (sent === undefined || kept === undefined || Buffer.compare(sent, kept) !== 0) {
        throw new SequenceConflictError(address, producer, next);
      }
    }
    endBatch = row.batchNumber;
    if (next >= end) {
      break;
    }
  }
  if (next < end) {
    throw notComparable(address, ledgerId, producer, next, 'it is counted as stored but cannot be found');
  }
  return endBatch;
}

/** Stores the events behind the producer's last sequence. @returns the last batch written */
function store(tables: Tables, stored: ProducerRow, events: readonly Uint8Array[]): number {
  const recordedAtMicros = Date.now() * 1000;
  let place = tables.end();
  let lastSequence = stored.lastSequence;
  for (const part of inRows(events)) {
    lastSequence += part.length;
    place = insert(tables, place, { producer: stored.producer, lastSequence, recordedAtMicros }, part);
  }
  tables.setLastSequence(stored.producer, lastSequence);
  return place.batchNumber;
}

function insert(
  tables: Tables,
  before: Place,
  row: Pick<BatchRow, 'producer' | 'lastSequence' | 'recordedAtMicros'>,
  events: readonly Uint8Array[],
): Place {
  const content = {
    ...row,
    batchNumber: before.batchNumber + 1,
    eventCount: events.length,
    totalEvents: before.totalEvents + events.length,
    events: packEvents(events),
  };
  tables.insertBatch({ ...content, sha256: sha256OfBatch(content) });
  return content;
}

/** Cuts a batch into the parts that make a row each; nearly always one. */
function* inRows(events: readonly Uint8Array[]): Iterable<readonly Uint8Array[]> {
  let from = 0;
  let bytes = 0;
  for (let index = 0; index < events.length; index += 1) {
    const eventBytes = events[index]?.length ?? 0;
    if (index > from && bytes + eventBytes > maxRowBytes) {
      yield events.slice(from, index);
      from = index;
      bytes = 0;
    }
    bytes += eventBytes;
  }
  yield from === 0 ? events : events.slice(from);
}

function notComparable(
  address: string,
  ledgerId: string,
  producer: ProducerId,
  sequence: number,
  why: string,
): LedgerDamagedError {
  return new LedgerDamagedError(address, {
    position: formatPosition(ledgerId, 0),
    producer,
    firstSequence: sequence,
    lastSequence: sequence,
    message: `the stored event ${String(sequence)} of producer ${producer} cannot be compared with the one sent: ${why}`,
  });
}

/** Storing on either word could hide that events are lost, or store one twice. */
function disagreement(
  address: string,
  ledgerId: string,
  producer: ProducerId,
  counted: number,
  indexed: number,
): LedgerDamagedError {
  return new LedgerDamagedError(address, {
    position: formatPosition(ledgerId, 0),
    producer,
    firstSequence: Math.min(counted, indexed) + 1,
    lastSequence: Math.max(counted, indexed),
    message:
      `producer ${producer} is counted to sequence ${String(counted)} but its batches end at ${String(indexed)}; ` +
      `relay what is readable into a new ledger`,
  });
}
