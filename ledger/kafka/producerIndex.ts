/**
 * Where each producer ends, without reading all events: the topic of producers, which is compacted, holds for each key
 * the latest marks; from the last mark on, the producer's own partition is read. A producer's first marks are
 * acknowledged before its first event is sent, so one without marks has no events.
 */
import type { KafkaMessage } from 'kafkajs';
import { LedgerDamagedError } from '../errors';
import type { ProducerId } from '../port';
import { producersTopic, type Fetcher } from './fetcher';
import type { LedgerName } from './kafkaErrors';
import { formatPosition } from './position';
import { partitionOf } from './partitionOf';
import { checkInRange, scanPartition } from './partitionScan';
import { decodeMarks, withMark, type ProducerMark } from './producerMarks';
import { runsOf, type Run } from './runs';

/** A producer as a look at the brokers found it. */
export interface ProducerState {
  readonly partition: number;
  /** The last stored sequence, 0 where there is none. */
  readonly sequence: number;
  /** Below this offset of the partition nothing of the producer is unknown. */
  readonly knownTo: number;
  /** The oldest first; empty where the producer has never been registered. */
  readonly marks: readonly ProducerMark[];
  /** How many records were read to find out. */
  readonly recordsRead: number;
}

/** The ledger whose producers are looked up. */
export interface IndexedLedger extends LedgerName {
  readonly ledgerId: string;
  readonly topic: string;
  readonly partitionCount: number;
}

/** How far one partition of the topic of producers has been read, and the marks in it by producer. */
interface IndexPartition {
  nextOffset: number;
  readonly marks: Map<ProducerId, string>;
}

const indexLimits = { maxWaitMillis: 0, maxPartitionBytes: 4 * 1024 * 1024 };

/** The marks of one ledger's producers, read as they are needed and kept up to date from then on. */
export class ProducerIndex {
  private readonly partitions = new Map<number, IndexPartition>();

  constructor(private readonly ledger: IndexedLedger) {}

  /**
   * Looks producers up as they stand now.
   * @throws kafkajs's errors; {@link LedgerDamagedError} where events that were marked are gone
   */
  async lookUp(fetcher: Fetcher, producers: readonly ProducerId[]): Promise<Map<ProducerId, ProducerState>> {
    const byPartition = new Map<number, ProducerId[]>();
    for (const producer of new Set(producers)) {
      const partition = partitionOf(producer, this.ledger.partitionCount);
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), producer]);
    }
    // In this order: what lies below these ends was registered before the marks are read.
    const ends = await fetcher.offsets(this.ledger.topic, [...byPartition.keys()]);
    const states = new Map<ProducerId, ProducerState>();
    for (const [partition, names] of byPartition) {
      const index = await this.catchUp(fetcher, partition);
      const marks = new Map(names.map((name) => [name, decodeMarks(index.marks.get(name) ?? '') ?? []]));
      const end = ends.get(partition)?.latest ?? 0;
      for (const [name, state] of await this.readOn(fetcher, partition, marks, end)) {
        states.set(name, state);
      }
    }
    return states;
  }

  /** Reads what has been added to one partition of the topic of producers. */
  private async catchUp(fetcher: Fetcher, partition: number): Promise<IndexPartition> {
    const index = this.partitions.get(partition) ?? { nextOffset: 0, marks: new Map<ProducerId, string>() };
    this.partitions.set(partition, index);
    const topic = producersTopic(this.ledger.topic);
    for (;;) {
      const from = { partition, offset: index.nextOffset };
      const { messages, highWatermark } = await fetcher.fetchOne(topic, from, indexLimits);
      for (const { key, value, offset } of messages) {
        index.marks.set(key?.toString() ?? '', value?.toString() ?? '');
        index.nextOffset = Number(offset) + 1;
      }
      if (index.nextOffset >= highWatermark) {
        return index;
      }
      if (messages.length === 0) {
        index.nextOffset += 1; // compaction has emptied what is left of this batch of records
      }
    }
  }

  /** From the last marks of producers of one partition to the partition's end. */
  private async readOn(
    fetcher: Fetcher,
    partition: number,
    marks: ReadonlyMap<ProducerId, readonly ProducerMark[]>,
    end: number,
  ): Promise<Map<ProducerId, ProducerState>> {
    const { topic } = this.ledger;
    const lastMarks = [...marks.values()].flatMap((known) => known.at(-1) ?? []);
    const from = Math.min(end, ...lastMarks.map(({ offset }) => offset));
    const to = Math.max(end, ...lastMarks.map(({ offset }) => offset));
    if (to > end) {
      await checkInRange(fetcher, this.ledger, topic, [{ partition, offset: to }]);
    }
    const found = new Map([...marks].map(([name, known]) => [name, known.at(-1)?.sequence ?? 0]));
    const trails = new Map(marks);
    if (lastMarks.length > 0 && from < to) {
      await scanPartition(fetcher, this.ledger, { topic, partition, from, to }, (messages) => {
        this.visit(messages, found, trails);
      });
    }
    return new Map(
      [...found].map(([name, sequence]) => [
        name,
        { partition, sequence, knownTo: to, marks: trails.get(name) ?? [], recordsRead: to - from },
      ]),
    );
  }

  private visit(
    messages: readonly KafkaMessage[],
    found: Map<ProducerId, number>,
    trails: Map<ProducerId, readonly ProducerMark[]>,
  ): void {
    for (const run of runsOf(messages)) {
      const before = 'why' in run ? undefined : found.get(run.producer);
      const trail = 'why' in run ? undefined : trails.get(run.producer);
      if ('why' in run || before === undefined || trail === undefined) {
        continue;
      }
      const last = run.firstSequence + run.events.length - 1;
      if (run.firstSequence > before + 1) {
        throw this.gap(run, before);
      }
      if (last > before) {
        found.set(run.producer, last);
        trails.set(run.producer, withMark(trail, { sequence: last, offset: run.firstOffset + run.events.length }));
      }
    }
  }

  private gap({ producer, firstSequence, firstOffset }: Run, before: number): LedgerDamagedError {
    const { address, ledgerId } = this.ledger;
    return new LedgerDamagedError(address, {
      position: formatPosition(ledgerId, [firstOffset]),
      producer,
      firstSequence: before + 1,
      lastSequence: firstSequence - 1,
      message:
        `events ${String(before + 1)} to ${String(firstSequence - 1)} of producer ${producer} are missing before offset ` +
        `${String(firstOffset)} of its partition`,
    });
  }
}
