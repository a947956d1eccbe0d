/** A ledger in memory that delivers runs of events as they are given to it, repetitions included. */
import type { Ledger, Position, RecordedBatch } from '../../ledger/port';
import { encodeEvent, type LedgerEvent } from '../../schemas';

/** One batch for each run. @param offset how many batches were delivered before these */
export function batchesOf(runs: readonly (readonly LedgerEvent[])[], offset = 0): RecordedBatch[] {
  return runs.flatMap((run, index) => {
    const [first] = run;
    return first === undefined ? [] : [batchOf(first, run.map(encodeEvent), offset + index + 1)];
  });
}

function batchOf({ header }: LedgerEvent, events: readonly Uint8Array[], number: number): RecordedBatch {
  const { producer, sequence } = header;
  return { producer, firstSequence: sequence, events, recordedAtMicros: 0, position: String(number) };
}

/** The reading half of a ledger that holds these batches; a position is the number of batches before it. */
export function deliveringLedger(batches: readonly RecordedBatch[]): Ledger {
  const refused = (): never => {
    throw new Error('this ledger only delivers');
  };
  async function* read(from: Position): AsyncGenerator<RecordedBatch> {
    for (const batch of batches.slice(Number(from))) {
      yield await Promise.resolve(batch);
    }
  }
  return {
    start: '0',
    address: 'deliveries',
    read,
    follow: read,
    append: refused,
    lastSequences: refused,
    end: () => Promise.resolve(String(batches.length)),
    countBetween: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
}
