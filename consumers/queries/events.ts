/** The events themselves, straight from the ledger. */
import { LedgerDamagedError } from '../../ledger/errors';
import type { Ledger, LedgerDamage, Position, RecordedBatch } from '../../ledger/port';
import { decodeEvent } from '../../schemas/codec';
import { EventDecodeError, UnknownSchemaError } from '../../schemas/errors';
import type { LedgerEvent } from '../../schemas/generated/events';
import { mayBeOfType } from '../../schemas/mayBeOfType';
import { matches, type EventFilter } from './eventFilter';

/** One event as the ledger holds it. */
export interface RecordedEvent {
  readonly event: LedgerEvent;
  /** When the ledger stored it, microseconds since 1970 by the ledger's clock. */
  readonly recordedAtMicros: number;
  /**
   * Reading on from here misses nothing that comes after this event. Inside a recorded batch it is the position before
   * the batch, so events of that batch come again: their producer and sequence tell them.
   */
  readonly position: Position;
}

/** Where to read and what to do at damage. */
export interface EventsOptions {
  /** Where to begin; the ledger's start by default. */
  readonly from?: Position;
  /** Goes on with what is appended until it aborts; without it the end as it stands now is the end. */
  readonly follow?: AbortSignal;
  /** Called with what cannot be read, instead of throwing. */
  readonly onDamage?: (damage: LedgerDamage) => void;
  /** Called with the number of events looked at so far, after each batch. */
  readonly onProgress?: (events: number) => void;
}

/**
 * The events that a filter admits, in the ledger's order.
 * @throws {LedgerDamagedError} where something cannot be read, {UnknownSchemaError} where an event comes from a newer
 *   producer, each unless `onDamage` is given
 */
export async function* selectEvents(
  ledger: Ledger,
  filter: EventFilter,
  options: EventsOptions = {},
): AsyncGenerator<RecordedEvent> {
  const from = options.from ?? ledger.start;
  const damage = options.onDamage === undefined ? {} : { onDamage: options.onDamage };
  const batches =
    options.follow === undefined
      ? ledger.read(from, damage)
      : ledger.follow(from, { ...damage, signal: options.follow });
  const wantedType = mayBeOfType(filter.types);
  let before = from;
  let looked = 0;
  for await (const batch of batches) {
    if (filter.producer === undefined || filter.producer === batch.producer) {
      for (const [index, bytes] of batch.events.entries()) {
        const event = wantedType(bytes) ? decode(ledger.address, batch, index, options.onDamage) : null;
        if (event !== null && matches(event, filter)) {
          const position = index === batch.events.length - 1 ? batch.position : before;
          yield { event, recordedAtMicros: batch.recordedAtMicros, position };
        }
      }
    }
    before = batch.position;
    looked += batch.events.length;
    options.onProgress?.(looked);
  }
}

function decode(
  address: string,
  { producer, firstSequence, position, events }: RecordedBatch,
  index: number,
  onDamage: EventsOptions['onDamage'],
): LedgerEvent | null {
  try {
    return decodeEvent(events[index] ?? new Uint8Array());
  } catch (error) {
    if (!(error instanceof EventDecodeError)) {
      throw error;
    }
    const sequence = firstSequence + index;
    const message = `sequence ${String(sequence)} of producer ${producer}: ${error.message}`;
    const damage = { position, producer, firstSequence: sequence, lastSequence: sequence, message };
    if (onDamage === undefined) {
      throw error instanceof UnknownSchemaError ? error : new LedgerDamagedError(address, damage);
    }
    onDamage(damage);
    return null;
  }
}
