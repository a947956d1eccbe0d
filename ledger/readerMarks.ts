/**
 * How far a reader has got with each producer. Adapters hold every batch they read against it, which is what drops
 * events the reader has already and what notices a gap.
 */
import type { ProducerId } from './port';

/** Sequences of one producer, both ends included. */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

/** What the marks say about one stored batch. */
export interface BatchVerdict {
  /** How many of the batch's first events the reader has already. */
  readonly alreadyKnown: number;
  /** The sequences that should have come before this batch and did not. */
  readonly missing: SequenceRange | null;
}

/** The marks of one reading. */
export class ReaderMarks {
  private readonly lastByProducer: Map<ProducerId, number>;

  /**
   * @param known the last sequence the reader has of each producer
   * @param fromStart whether the reading begins at the ledger's start: then a producer without a mark is expected at
   *   sequence 1; behind the start its first batch may begin anywhere
   */
  constructor(
    known: ReadonlyMap<ProducerId, number> | undefined,
    private readonly fromStart: boolean,
  ) {
    this.lastByProducer = new Map(known);
  }

  /** The last sequence the reader has of a producer; null where nothing can be said about it. */
  lastOf(producer: ProducerId): number | null {
    return this.lastByProducer.get(producer) ?? (this.fromStart ? 0 : null);
  }

  /** Judges a batch of `count` events and moves the producer's mark behind it. */
  take(producer: ProducerId, firstSequence: number, count: number): BatchVerdict {
    const before = this.lastOf(producer);
    const lastSequence = firstSequence + count - 1;
    this.skipTo(producer, lastSequence);
    if (before === null) {
      return { alreadyKnown: 0, missing: null };
    }
    return {
      alreadyKnown: Math.min(count, Math.max(0, before - firstSequence + 1)),
      missing: firstSequence > before + 1 ? { first: before + 1, last: firstSequence - 1 } : null,
    };
  }

  /** Moves a producer's mark forward without events: they are accounted for in another way, e.g. reported as lost. */
  skipTo(producer: ProducerId, lastSequence: number): void {
    if (lastSequence > (this.lastByProducer.get(producer) ?? 0)) {
      this.lastByProducer.set(producer, lastSequence);
    }
  }
}
