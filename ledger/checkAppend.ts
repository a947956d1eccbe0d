/**
 * What every adapter checks before it stores anything: the producer's name, the sequence, and that each event's own
 * header says the same as the append's arguments. Nothing but the header is looked at, so events of types that are
 * unknown here can be stored.
 */
import { EventDecodeError } from '../schemas/errors';
import { maxEventBytes, readIdentity } from '../schemas/singleObject';
import { isUuid } from '../schemas/uuid';
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
  events.forEach((event, index) => {
    checkEvent(address, producer, firstSequence + index, event);
  });
}

function checkEvent(address: string, producer: ProducerId, sequence: number, event: Uint8Array): void {
  const where = `event ${String(sequence)} of producer ${producer}`;
  if (event.length > maxEventBytes) {
    throw new EventTooLargeError(
      `${where} takes ${String(event.length)} bytes, the limit is ${String(maxEventBytes)}; send it in parts`,
      address,
    );
  }
  const identity = identityOf(address, where, event);
  if (identity.producer !== producer || identity.sequence !== sequence) {
    throw new EventRefusedError(
      `${where} says in its own header that it is event ${String(identity.sequence)} of producer ${identity.producer}; ` +
        `append events under the identity they were encoded with`,
      address,
    );
  }
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
