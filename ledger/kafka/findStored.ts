/** Finds stored events of one producer again, to hold them against what is sent. */
import type { ProducerId } from '../port';
import type { SequenceRange } from '../readerMarks';
import type { Fetcher } from './fetcher';
import { damagedError } from './kafkaErrors';
import { scanPartition } from './partitionScan';
import type { IndexedLedger } from './producerIndex';
import { markBefore, type ProducerMark } from './producerMarks';
import { runsOf, type Run } from './runs';

/** Where the events of a producer lie. */
export interface StoredProducer {
  readonly producer: ProducerId;
  readonly partition: number;
  readonly knownTo: number;
  readonly marks: readonly ProducerMark[];
}

/**
 * Reads from the last mark before the wanted events and shows each of them once: the first in the log counts.
 * @returns the offset behind the last of them
 * @throws kafkajs's errors; {@link LedgerDamagedError} where one is not there; what `show` throws
 */
export async function findStored(
  fetcher: Fetcher,
  ledger: IndexedLedger,
  { producer, partition, knownTo, marks }: StoredProducer,
  { first, last }: SequenceRange,
  show: (sequence: number, event: Uint8Array) => void,
): Promise<number> {
  const from = markBefore(marks, first)?.offset ?? 0;
  const to = marks.find(({ sequence }) => sequence >= last)?.offset ?? knownTo;
  let next = first;
  let end = from;
  const take = ({ firstSequence, firstOffset, events }: Run): void => {
    for (let index = Math.max(0, next - firstSequence); index < events.length && next <= last; index += 1) {
      const event = events[index];
      if (event === undefined || firstSequence + index !== next) {
        return;
      }
      show(next, event);
      next += 1;
      end = firstOffset + index + 1;
    }
  };
  await scanPartition(fetcher, ledger, { topic: ledger.topic, partition, from, to }, (messages) => {
    for (const run of runsOf(messages)) {
      if (!('why' in run) && run.producer === producer) {
        take(run);
      }
    }
  });
  if (next <= last) {
    throw damagedError(
      ledger,
      `event ${String(next)} of producer ${producer} is noted as stored but cannot be found in partition ` +
        `${String(partition)} below offset ${String(to)}; relay what is readable into a new ledger`,
    );
  }
  return end;
}
