/** One reading of a ledger on Kafka: fetched records become batches, each event once, gaps and foreign records damage. */
import type { KafkaMessage } from 'kafkajs';
import { LedgerDamagedError } from '../errors';
import type { LedgerDamage, Position, ProducerId, ReadOptions, RecordedBatch } from '../port';
import { ReaderMarks } from '../readerMarks';
import { formatPosition } from './position';
import { RecentEvents } from './recentEvents';
import { runsOf, type ForeignRecord, type Run } from './runs';

/** The ledger as its readers name it. */
export interface ReadLedger {
  readonly address: string;
  readonly ledgerId: string;
}

/** A batch that makes the text of its position only when it is asked for: few readers look at each. */
class DeliveredBatch implements RecordedBatch {
  constructor(
    readonly producer: ProducerId,
    readonly firstSequence: number,
    readonly events: readonly Uint8Array[],
    readonly recordedAtMicros: number,
    private readonly ledgerId: string,
    private readonly offsets: readonly number[],
  ) {}

  get position(): Position {
    return formatPosition(this.ledgerId, this.offsets);
  }
}

/** See the file's head. */
export class Deliveries {
  private readonly marks: readonly ReaderMarks[];
  private readonly offsets: number[];
  private readonly recent = new RecentEvents();
  private passedOver: Run | null = null;

  /** @param from the offset in each partition at which the reading begins */
  constructor(
    private readonly ledger: ReadLedger,
    from: readonly number[],
    private readonly options: ReadOptions,
  ) {
    this.offsets = [...from];
    // A producer keeps to one partition, so what is known of partitions read from their start is known for good.
    this.marks = from.map((offset) => new ReaderMarks(options.known, offset === 0));
  }

  /** The offset of the next record of a partition. */
  offsetOf(partition: number): number {
    return this.offsets[partition] ?? 0;
  }

  /**
   * The batches in records of one partition, which follow those taken before.
   * @throws {LedgerDamagedError} at damage, unless the reader wants it reported
   */
  *take(partition: number, messages: readonly KafkaMessage[]): Generator<RecordedBatch, void> {
    for (const run of runsOf(messages)) {
      if ('why' in run) {
        this.reportForeign(partition, run);
        continue;
      }
      const batch = this.toBatch(partition, run);
      if (batch === null) {
        this.passedOver = run;
      } else {
        this.passedOver = null;
        yield batch;
      }
    }
  }

  /**
   * A batch without events whose position lies behind what was passed over since the last one; null where nothing was.
   * Without it a reader that has everything would seem to be behind.
   */
  catchUpBatch(): RecordedBatch | null {
    const run = this.passedOver;
    if (run === null) {
      return null;
    }
    this.passedOver = null;
    return this.batch(run, run.events.length, []);
  }

  private toBatch(partition: number, run: Run): RecordedBatch | null {
    const { producer, firstSequence, events, firstOffset } = run;
    const verdict = this.marks[partition]?.take(producer, firstSequence, events.length);
    const { alreadyKnown = 0, missing = null } = verdict ?? {};
    if (missing !== null) {
      const { first, last } = missing;
      this.report(partition, firstOffset, {
        producer,
        firstSequence: first,
        lastSequence: last,
        message: `events ${String(first)} to ${String(last)} of producer ${producer} are missing`,
      });
    }
    if (alreadyKnown > 0) {
      this.reportContradiction(partition, run, alreadyKnown);
    }
    this.offsets[partition] = firstOffset + events.length;
    if (alreadyKnown === events.length) {
      return null;
    }
    const fresh = alreadyKnown === 0 ? events : events.slice(alreadyKnown);
    const batch = this.batch(run, alreadyKnown, fresh);
    this.recent.add(batch);
    return batch;
  }

  private batch({ producer, firstSequence, recordedAtMicros }: Run, skipped: number, events: Uint8Array[]) {
    const { ledgerId } = this.ledger;
    return new DeliveredBatch(producer, firstSequence + skipped, events, recordedAtMicros, ledgerId, [...this.offsets]);
  }

  /** Two writers under one producer: the first in the log counts, and a reader that asks for it is told of the other. */
  private reportContradiction(partition: number, run: Run, alreadyKnown: number): void {
    const { producer, firstSequence, firstOffset } = run;
    const { onDamage } = this.options;
    const other = onDamage === undefined ? -1 : this.recent.firstContradiction(run, alreadyKnown);
    if (onDamage !== undefined && other >= 0) {
      const sequence = firstSequence + other;
      onDamage({
        position: this.positionAt(partition, firstOffset + other),
        producer,
        firstSequence: sequence,
        lastSequence: sequence,
        message:
          `producer ${producer} has a second, different event ${String(sequence)} in partition ${String(partition)} at ` +
          `offset ${String(firstOffset + other)}; the first counts: find the second writer`,
      });
    }
  }

  private reportForeign(partition: number, { offset, why }: ForeignRecord): void {
    const none = { producer: null, firstSequence: null, lastSequence: null };
    this.report(partition, offset, { ...none, message: `a record is no event: ${why}` });
    this.offsets[partition] = offset + 1;
  }

  private report(partition: number, offset: number, damage: Omit<LedgerDamage, 'position'>): void {
    const told = {
      ...damage,
      position: this.positionAt(partition, offset),
      message: `${damage.message} (partition ${String(partition)}, offset ${String(offset)})`,
    };
    if (this.options.onDamage === undefined) {
      throw new LedgerDamagedError(this.ledger.address, told);
    }
    this.options.onDamage(told);
  }

  private positionAt(partition: number, offset: number): Position {
    return formatPosition(this.ledger.ledgerId, this.offsets.with(partition, offset));
  }
}
