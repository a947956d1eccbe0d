import type { LedgerDamage, ProducerId } from './port';

/** What all the ledger's errors share: where it happened and whether trying again can help. */
export abstract class LedgerError extends Error {
  /** Whether the same call may succeed later without anyone changing anything. */
  abstract readonly retriable: boolean;

  /** @param address the ledger's address, never with a password */
  constructor(
    message: string,
    readonly address: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The ledger did not answer, or its file system failed; what was sent may or may not be stored: send it again. */
export class LedgerUnreachableError extends LedgerError {
  readonly retriable = true;
}

/** There is no room to store more. Nothing of the batch is stored and what was stored before is intact. */
export class LedgerFullError extends LedgerError {
  readonly retriable = true;
}

/** The ledger cannot be used as asked: wrong place (a network file system), wrong format, no permission, closed. */
export class LedgerRefusedError extends LedgerError {
  readonly retriable = false;
}

/** An event is no event, or its header contradicts the append's arguments. */
export class EventRefusedError extends LedgerError {
  readonly retriable = false;
}

/** An event is over the size limit. */
export class EventTooLargeError extends LedgerError {
  readonly retriable = false;
}

/** The producer's next event would leave a hole. */
export class SequenceGapError extends LedgerError {
  readonly retriable = false;

  constructor(
    address: string,
    readonly producer: ProducerId,
    readonly expected: number,
    readonly got: number,
  ) {
    super(
      `producer ${producer} has ${String(expected - 1)} events in ${address}, so the next is sequence ${String(expected)}, ` +
        `but sequence ${String(got)} was sent; send what lies between first`,
      address,
    );
  }
}

/** The ledger holds another event under the same producer and sequence. */
export class SequenceConflictError extends LedgerError {
  readonly retriable = false;

  constructor(
    address: string,
    readonly producer: ProducerId,
    readonly sequence: number,
  ) {
    super(
      `producer ${producer} has a different event at sequence ${String(sequence)} in ${address}; ` +
        `an event never changes, and a producer has one writer: find the second one`,
      address,
    );
  }
}

/** A position that this ledger did not hand out. */
export class PositionError extends LedgerError {
  readonly retriable = false;
}

/** What is stored is not what was written. */
export class LedgerDamagedError extends LedgerError {
  readonly retriable = false;

  constructor(
    address: string,
    readonly damage: LedgerDamage,
  ) {
    super(`${address} is damaged: ${damage.message}`, address);
  }
}

/** The reader starts before events that have been drained elsewhere and pruned here, and does not have them. */
export class HistoryPrunedError extends LedgerRefusedError {
  /** @param prunedThrough of each producer whose events are lacking, the last sequence that was pruned */
  constructor(
    address: string,
    readonly prunedThrough: ReadonlyMap<ProducerId, number>,
  ) {
    const [producer, sequence] = [...prunedThrough][0] ?? [];
    super(
      `${address} no longer holds events 1 to ${String(sequence)} of producer ${String(producer)}: they were relayed and ` +
        `pruned; read them from the ledger they were relayed to, or say that they are known`,
      address,
    );
  }
}
