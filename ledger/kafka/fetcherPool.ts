/** Connections for reading: each piece of work has one to itself, since a broker answers one after the other on it. */
import { closedError } from './kafkaErrors';
import { Fetcher } from './fetcher';
import type { KafkaSettings } from './settings';

const mostIdle = 3;

/** The connections of one open ledger. */
export class FetcherPool {
  private readonly idle: Fetcher[] = [];
  private readonly used = new Set<Fetcher>();
  private closed = false;

  constructor(private readonly settings: KafkaSettings) {}

  /** Lends a connection to a piece of work. @throws {LedgerRefusedError} after closing; what the work throws */
  async use<T>(work: (fetcher: Fetcher) => Promise<T>): Promise<T> {
    const fetcher = this.take();
    try {
      return await work(fetcher);
    } finally {
      await this.give(fetcher);
    }
  }

  /** Takes a connection out; {@link give} brings it back. @throws {LedgerRefusedError} after closing */
  take(): Fetcher {
    this.checkOpen();
    const fetcher = this.idle.pop() ?? new Fetcher(this.settings);
    this.used.add(fetcher);
    return fetcher;
  }

  /** @param isQuiet whether nothing is under way on it any more */
  async give(fetcher: Fetcher, isQuiet = true): Promise<void> {
    this.used.delete(fetcher);
    if (this.closed || !isQuiet || this.idle.length >= mostIdle) {
      await fetcher.disconnect();
    } else {
      this.idle.push(fetcher);
    }
  }

  /** @throws {LedgerRefusedError} after closing */
  checkOpen(): void {
    if (this.closed) {
      throw closedError(this.settings.address);
    }
  }

  /** Ends all connections; work that is under way fails. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.idle, ...this.used].map((fetcher) => fetcher.disconnect()));
  }
}
