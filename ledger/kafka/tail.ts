/**
 * What comes in all partitions: one fetch under way for each broker that leads some, each asked again at once. Brokers
 * that go, leaders that move and connections that break are met by asking anew.
 */
import type { FollowOptions } from '../port';
import type { Fetched, Fetcher, PartitionOffset } from './fetcher';
import type { FetcherPool } from './fetcherPool';
import { hasType, isRetriable, toLedgerError } from './kafkaErrors';
import { checkInRange } from './partitionScan';
import { Backoff } from './patience';
import type { IndexedLedger } from './producerIndex';

/** What following needs of its ledger. */
export interface TailHost {
  readonly ledger: IndexedLedger;
  readonly fetchers: FetcherPool;
  readonly patienceMillis: number;
}

/** Trouble that lasts is told so often. */
const troubleEveryMillis = 10_000;

const followLimits = { maxWaitMillis: 500, maxPartitionBytes: 1024 * 1024 };

/** See the file's head. */
export class Tail {
  private readonly waiting = new Set<number>();
  private readonly underWay = new Map<number, Promise<TailResult>>();
  private readonly backoff = new Backoff();
  private lastAnswerAt = performance.now();
  private lastTroubleAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly host: TailHost,
    private readonly fetcher: Fetcher,
    private readonly offsets: number[],
    private readonly options: FollowOptions,
  ) {
    offsets.forEach((_, partition) => this.waiting.add(partition));
  }

  /** Whether nothing more is known to lie behind what a fetch gave. */
  isCaughtUp({ partition, highWatermark }: Fetched): boolean {
    return (this.offsets[partition] ?? 0) >= highWatermark;
  }

  /** What each partition gives, as it comes, until the signal aborts. @throws {LedgerError} what cannot pass by itself */
  async *fetches(): AsyncGenerator<Fetched, void> {
    let wake = (): void => undefined;
    const aborted = new Promise<null>((resolve) => {
      wake = () => {
        resolve(null);
      };
    });
    this.options.signal.addEventListener('abort', wake);
    try {
      while (!this.options.signal.aborted) {
        await this.launch();
        if (this.underWay.size === 0) {
          continue; // nobody could be asked; the wait is over
        }
        const result = await Promise.race([aborted, ...this.underWay.values()]);
        if (result === null) {
          return;
        }
        this.underWay.delete(result.leader);
        if ('error' in result) {
          await this.recover(result);
        } else {
          yield* this.accept(result);
        }
      }
    } finally {
      this.options.signal.removeEventListener('abort', wake);
    }
  }

  /** Asks each leader that is not asked already for the partitions that wait. */
  private async launch(): Promise<void> {
    const { ledger } = this.host;
    if (this.waiting.size === 0) {
      return;
    }
    try {
      const byLeader = await this.fetcher.leaders(ledger.topic, [...this.waiting]);
      for (const [leader, partitions] of byLeader) {
        if (!this.underWay.has(leader)) {
          this.ask(leader, partitions);
        }
      }
    } catch (error) {
      await this.pauseAfter(error);
    }
  }

  private ask(leader: number, partitions: readonly number[]): void {
    const from = partitions.map((partition) => ({ partition, offset: this.offsets[partition] ?? 0 }));
    partitions.forEach((partition) => this.waiting.delete(partition));
    const answer = this.fetcher.fetch(leader, this.host.ledger.topic, from, followLimits).then(
      (fetched): TailResult => ({ leader, from, fetched }),
      (error: unknown): TailResult => ({ leader, from, error }),
    );
    this.underWay.set(leader, answer);
  }

  private async *accept({ from, fetched }: TailAnswer): AsyncGenerator<Fetched, void> {
    this.backoff.reset();
    this.lastAnswerAt = performance.now();
    for (const { partition, messages } of fetched) {
      const last = messages.at(-1);
      if (last !== undefined) {
        this.offsets[partition] = Number(last.offset) + 1;
      }
    }
    from.forEach(({ partition }) => this.waiting.add(partition));
    await this.launch(); // the brokers gather more while this is worked on
    yield* fetched;
  }

  private async recover({ from, error }: TailFailure): Promise<void> {
    const { fetchers, ledger } = this.host;
    from.forEach(({ partition }) => this.waiting.add(partition));
    if (!hasType(error, 'OFFSET_OUT_OF_RANGE')) {
      await this.pauseAfter(error);
      return;
    }
    try {
      await fetchers.use((fetcher) => checkInRange(fetcher, ledger, ledger.topic, from));
    } catch (cause) {
      await this.pauseAfter(cause);
    }
  }

  /** Waits before the next try. @throws {LedgerError} what cannot pass by itself, or has not for too long */
  private async pauseAfter(error: unknown): Promise<void> {
    const { fetchers, ledger, patienceMillis } = this.host;
    const { onTrouble, signal } = this.options;
    const translated = toLedgerError(error, ledger);
    if (signal.aborted) {
      return;
    }
    fetchers.checkOpen();
    const isGivenUp = onTrouble === undefined && performance.now() - this.lastAnswerAt > patienceMillis;
    if (!isRetriable(translated) || isGivenUp) {
      throw translated;
    }
    if (performance.now() - this.lastTroubleAt > troubleEveryMillis) {
      this.lastTroubleAt = performance.now();
      onTrouble?.(translated);
    }
    await this.backoff.wait(signal);
  }
}

interface TailAnswer {
  readonly leader: number;
  readonly from: readonly PartitionOffset[];
  readonly fetched: readonly Fetched[];
}

interface TailFailure {
  readonly leader: number;
  readonly from: readonly PartitionOffset[];
  readonly error: unknown;
}

type TailResult = TailAnswer | TailFailure;
