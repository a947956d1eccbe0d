/**
 * The ledger's port: what every store of events promises, free of any store.
 *
 * The six promises stand in docs/ARCHITECTURE.md; `test/contract/ledgerContract.ts` runs them on every adapter.
 */

import type { LedgerError } from './errors';

/** One life of one writer of events: a UUID in lower-case canonical text. */
export type ProducerId = string;

/**
 * A place in one ledger: a JSON string that names its ledger and is opaque to everyone but the adapter. It survives
 * restarts; a position of another ledger is refused with {@link PositionError}.
 */
export type Position = string;

/** One producer's consecutive events, as they were appended, byte for byte. */
export interface RecordedBatch {
  readonly producer: ProducerId;
  /** The sequence of `events[0]`; the others follow without a gap. */
  readonly firstSequence: number;
  /** Each one Avro single-object message. None where only the position moves on: what lay between was there before. */
  readonly events: readonly Uint8Array[];
  /** When the ledger stored them, microseconds since 1970 by the ledger's clock. */
  readonly recordedAtMicros: number;
  /** The position after the last of these events. */
  readonly position: Position;
}

/** What one append did. */
export interface AppendResult {
  /** How many events this call stored. */
  readonly stored: number;
  /** How many were there already, byte for byte. */
  readonly duplicates: number;
  /** The position after what was appended (or found). */
  readonly end: Position;
}

/** What a reader may ask for. */
export interface ReadOptions {
  /** The last sequence the reader has of each producer: nothing at or below it is delivered again. */
  readonly known?: ReadonlyMap<ProducerId, number>;
  /** Called with each damaged stretch instead of throwing; reading goes on behind it. */
  readonly onDamage?: (damage: LedgerDamage) => void;
}

/** What a follower may ask for. */
export interface FollowOptions extends ReadOptions {
  /** Ends the following; the iteration then finishes without an error. */
  readonly signal: AbortSignal;
  /**
   * Called while a ledger elsewhere does not answer; it is then asked again for as long as it takes. Without it the
   * following ends with {@link LedgerUnreachableError} once the ledger's patience is used up.
   */
  readonly onTrouble?: (error: LedgerError) => void;
}

/** A stretch of the ledger that cannot be read as it was written. */
export interface LedgerDamage {
  readonly position: Position;
  /** Whose events are lost, where that can still be told. */
  readonly producer: ProducerId | null;
  readonly firstSequence: number | null;
  readonly lastSequence: number | null;
  readonly message: string;
}

/** The ordered, append-only store of events. */
export interface Ledger {
  /** The position before the first event. */
  readonly start: Position;
  /** Where it is, for messages and logs: never with a password. */
  readonly address: string;
  /**
   * Stores the events `firstSequence, firstSequence + 1, …` of a producer; resolves only once they are durable. Sending
   * again is safe at any time: what is stored already is acknowledged as duplicates, a partly stored batch completed.
   * @throws {@link SequenceGapError} {@link SequenceConflictError} {@link EventRefusedError} {@link EventTooLargeError}
   *   and nothing of the batch is stored; {@link LedgerUnreachableError} where the outcome is unknown: send again.
   */
  append(producer: ProducerId, firstSequence: number, events: readonly Uint8Array[]): Promise<AppendResult>;
  /** The last stored sequence of each producer asked for, 0 where it is unknown here. */
  lastSequences(producers: readonly ProducerId[]): Promise<ReadonlyMap<ProducerId, number>>;
  /**
   * From a position to the end as it stood at the call; each event once, each producer's events in sequence.
   * @throws {@link LedgerDamagedError} at damage, unless `onDamage` is given.
   */
  read(from: Position, options?: ReadOptions): AsyncIterable<RecordedBatch>;
  /** History, then what comes, without a gap between the two, until the signal aborts. */
  follow(from: Position, options: FollowOptions): AsyncIterable<RecordedBatch>;
  /** The position behind the last durable event. */
  end(): Promise<Position>;
  /** How many events lie between two positions; null where that cannot be told cheaply. */
  countBetween(from: Position, to: Position): Promise<number | null>;
  /** Ends all use; further calls fail. */
  close(): Promise<void>;
}
