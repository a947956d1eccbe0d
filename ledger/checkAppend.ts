/**
 * What every adapter checks before it stores anything: the producer's name, the sequence, and that each event's own
 * header says the same as the append's arguments. Nothing but the header is looked at, so events of types that are
 * unknown here can be stored.
 */
import { EventDecodeError } from '../schemas/errors';
import { framingBytes, maxEventBytes, readIdentity } from '../schemas/singleObject';
import { isUuid, uuidToBytes } from '../schemas/uuid';
import { EventRefusedError, EventTooLargeError } from './errors';
import type { ProducerId } from './port';

/**
 * @param address the ledger's address, for the message
 * @throws {EventRefusedError} where the name is no UUID in lower-case canonical text
 */
export function checkProducerId(address: string, producer: ProducerId): void {
  if (!isUuid(producer)) {
    throw new EventRefusedError(
      `the producer ${JSON.stringify(producer)} is no UUID in lower-case canonical text; name the producer by its UUID`,
      address,
    );
  }
}

/**
 * Checks the arguments of an append against the events' own headers.
 * @param address the ledger's address, for the messages
 * @throws {EventRefusedError} {@link EventTooLargeError} naming the first event that is wrong
 */
export function checkAppend(
  address: string,
  producer: ProducerId,
  firstSequence: number,
  events: readonly Uint8Array[],
): void {
  checkProducerId(address, producer);
  if (
    !Number.isSafeInteger(firstSequence) ||
    firstSequence < 1 ||
    firstSequence > Number.MAX_SAFE_INTEGER - events.length
  ) {
    throw new EventRefusedError(
      `${String(firstSequence)} is no sequence for producer ${producer}; a producer counts its events 1, 2, 3, …`,
      address,
    );
  }
  const name = uuidToBytes(producer);
  for (let index = 0; index < events.length; index += 1) {
    const event = events[index];
    if (event === undefined || event.length > maxEventBytes || !hasIdentity(event, name, firstSequence + index)) {
      refuse(address, producer, firstSequence + index, event ?? new Uint8Array());
    }
  }
}

/**
 * Whether an event is framed as one and its header names this producer and sequence: the same as {@link readIdentity}
 * says, without making a text of every name, which would take as long as all the rest of an append but its sync.
 */
export function hasIdentity(event: Uint8Array, producer: Uint8Array, sequence: number): boolean {
  if (event[0] !== 0xc3 || event[1] !== 0x01) {
    return false;
  }
  for (let index = 0; index < producer.length; index += 1) {
    if (event[framingBytes + index] !== producer[index]) {
      return false;
    }
  }
  let rest = sequence * 2;
  let offset = framingBytes + producer.length;
  for (; rest >= 0x80; offset += 1) {
    if (event[offset] !== (rest % 0x80) + 0x80) {
      return false;
    }
    rest = Math.floor(rest / 0x80);
  }
  return event[offset] === rest;
}

/** @throws what is wrong with an event that is not as argued */
function refuse(address: string, producer: ProducerId, sequence: number, event: Uint8Array): never {
  const where = `event ${String(sequence)} of producer ${producer}`;
  if (event.length > maxEventBytes) {
    throw new EventTooLargeError(
      `${where} takes ${String(event.length)} bytes, the limit is ${String(maxEventBytes)}; send it in parts`,
      address,
    );
  }
  const found = identityOf(address, where, event);
  throw new EventRefusedError(
    `${where} says in its own header that it is event ${String(found.sequence)} of producer ${found.producer}; ` +
      `append events under the identity they were encoded with`,
    address,
  );
}

function identityOf(address: string, where: string, event: Uint8Array): ReturnType<typeof readIdentity> {
  try {
    return readIdentity(event);
  } catch (error) {
    if (error instanceof EventDecodeError) {
      throw new EventRefusedError(`${where} is no event: ${error.message}`, address, { cause: error });
    }
    throw error;
  }
}
