/** Reading to the end and following a ledger on Kafka. */
import type { FollowOptions, Position, ReadOptions, RecordedBatch } from '../port';
import { Deliveries } from './deliveries';
import type { Fetched, Fetcher, PartitionOffset } from './fetcher';
import type { FetcherPool } from './fetcherPool';
import { hasType } from './kafkaErrors';
import { checkInRange } from './partitionScan';
import { patiently } from './patience';
import { parsePosition } from './position';
import type { IndexedLedger } from './producerIndex';
import { Tail } from './tail';

/** The open ledger that is read. */
export interface ReadingsHost {
  readonly ledger: IndexedLedger;
  readonly fetchers: FetcherPool;
  readonly patienceMillis: number;
}

const readLimits = { maxWaitMillis: 500, maxPartitionBytes: 2 * 1024 * 1024 };

/** All reading of one open ledger. */
export class Readings {
  /** The ends that readings begun by now have asked for and not yet heard. */
  private readonly endsAsked = new Set<Promise<unknown>>();

  constructor(private readonly host: ReadingsHost) {}

  /** To the end as it stands at the call, one partition after the other. */
  read(from: Position, options: ReadOptions): AsyncIterable<RecordedBatch> {
    // Taken now, not when the first batch is asked for; where that fails, the first batch tells.
    const end = this.ends();
    const heard = end
      .catch(() => undefined)
      .finally(() => {
        this.endsAsked.delete(heard);
      });
    this.endsAsked.add(heard);
    return this.readTo(from, options, end);
  }

  /**
   * Resolves once every reading begun before the call knows its end. Appends wait for it: on their own connection they
   * could otherwise overtake the question, and come out of a reading that was begun before them.
   */
  async haveEnds(): Promise<void> {
    if (this.endsAsked.size > 0) {
      await Promise.all(this.endsAsked);
    }
  }

  /** The offset of the next record of each partition. */
  async ends(): Promise<number[]> {
    const { fetchers, ledger } = this.host;
    const ranges = await this.patiently(() =>
      fetchers.use((fetcher) => fetcher.offsets(ledger.topic, allPartitions(ledger))),
    );
    return allPartitions(ledger).map((partition) => ranges.get(partition)?.latest ?? 0);
  }

  /** History and what comes, all partitions at once. */
  async *follow(from: Position, options: FollowOptions): AsyncGenerator<RecordedBatch, void> {
    const { fetchers, ledger } = this.host;
    fetchers.checkOpen();
    const offsets = this.parse(from);
    if (options.signal.aborted) {
      return;
    }
    await this.checkStart(offsets);
    const deliveries = new Deliveries(ledger, offsets, options);
    const fetcher = fetchers.take();
    try {
      const tail = new Tail(this.host, fetcher, offsets, options);
      for await (const fetched of tail.fetches()) {
        for (const batch of deliveries.take(fetched.partition, fetched.messages)) {
          if (isAborted(options.signal)) {
            return;
          }
          yield batch;
        }
        const caughtUp = tail.isCaughtUp(fetched) ? deliveries.catchUpBatch() : null;
        if (caughtUp !== null) {
          yield caughtUp;
        }
      }
    } finally {
      void fetchers.give(fetcher, false);
    }
  }

  private async *readTo(
    from: Position,
    options: ReadOptions,
    end: Promise<readonly number[]>,
  ): AsyncGenerator<RecordedBatch, void> {
    const { fetchers, ledger } = this.host;
    const ends = await end;
    const offsets = this.parse(from);
    await this.checkStart(offsets);
    const deliveries = new Deliveries(ledger, offsets, options);
    const fetcher = fetchers.take();
    try {
      for (const [partition, to] of ends.entries()) {
        for await (const fetched of this.stretch(fetcher, { partition, offset: offsets[partition] ?? 0 }, to)) {
          yield* deliveries.take(partition, fetched.messages);
        }
      }
      const caughtUp = deliveries.catchUpBatch();
      if (caughtUp !== null) {
        yield caughtUp;
      }
    } finally {
      void fetchers.give(fetcher, false);
    }
  }

  /** What one partition holds between two offsets; the next fetch is under way while the last one is worked on. */
  private async *stretch(fetcher: Fetcher, from: PartitionOffset, to: number): AsyncGenerator<Fetched, void> {
    const { partition } = from;
    const fetch = (offset: number): Promise<Fetched> | null => {
      const next = offset < to ? this.fetchOne(fetcher, { partition, offset }) : null;
      next?.catch(() => undefined);
      return next;
    };
    let offset = from.offset;
    let coming = fetch(offset);
    while (coming !== null) {
      const { messages, highWatermark } = await coming;
      const last = messages.at(-1);
      offset = last === undefined ? offset : Number(last.offset) + 1;
      coming = fetch(offset);
      const beyond = messages.findIndex((message) => Number(message.offset) >= to);
      yield { partition, highWatermark, messages: beyond === -1 ? messages : messages.slice(0, beyond) };
    }
  }

  private fetchOne(fetcher: Fetcher, from: PartitionOffset): Promise<Fetched> {
    const { ledger } = this.host;
    return this.patiently(async () => {
      try {
        return await fetcher.fetchOne(ledger.topic, from, readLimits);
      } catch (error) {
        if (hasType(error, 'OFFSET_OUT_OF_RANGE')) {
          await checkInRange(fetcher, ledger, ledger.topic, [from]);
        }
        throw error;
      }
    });
  }

  private parse(position: Position): number[] {
    const { address, ledgerId, partitionCount } = this.host.ledger;
    return parsePosition(address, ledgerId, partitionCount, position);
  }

  /** @throws {LedgerDamagedError} where what lies behind a position is no longer there */
  private async checkStart(offsets: readonly number[]): Promise<void> {
    const { fetchers, ledger } = this.host;
    const wanted = offsets.map((offset, partition) => ({ partition, offset }));
    await this.patiently(() => fetchers.use((fetcher) => checkInRange(fetcher, ledger, ledger.topic, wanted)));
  }

  private patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const { fetchers, ledger, patienceMillis } = this.host;
    return patiently(ledger, patienceMillis, () => {
      fetchers.checkOpen();
      return attempt();
    });
  }
}

function allPartitions({ partitionCount }: IndexedLedger): number[] {
  return Array.from({ length: partitionCount }, (_, partition) => partition);
}

/** Asked anew behind every batch; written out, the compiler would hold the first answer for the last. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
