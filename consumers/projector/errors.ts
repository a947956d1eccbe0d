/** What stops a projector: the ledger's content, with where and what to do. */
import type { Position, ProducerId } from '../../ledger/port';

/** Events of a producer are missing in the ledger, though later ones are there. */
export class LedgerGapError extends Error {
  override readonly name = 'LedgerGapError';

  constructor(
    readonly producer: ProducerId,
    readonly expected: number,
    readonly found: number,
    readonly position: Position,
  ) {
    super(
      `the ledger has sequence ${String(found)} of producer ${producer} where ${String(expected)} should follow ` +
        `(before position ${position}); events are missing: restore the ledger, or relay it from a whole copy`,
    );
  }
}

/** An event that cannot be read, or is of a type not known here. */
export class UnreadableEventError extends Error {
  override readonly name = 'UnreadableEventError';

  constructor(
    readonly producer: ProducerId,
    readonly sequence: number,
    readonly position: Position,
    cause: unknown,
  ) {
    super(
      `the event of producer ${producer} at sequence ${String(sequence)} (before position ${position}) cannot be ` +
        `read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
