/** Reading to the end and following: what both promise about the end they begin with. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FollowOptions, Position, ReadOptions, RecordedBatch } from '../port';
import { BatchReader } from './batchReader';
import type { Changes } from './changes';
import type { FileIdentity } from './fileIdentity';
import { formatPosition, parsePosition } from './position';
import { closedError, damagedError, isBusy, isCorruption, toLedgerError } from './sqliteErrors';
import type { ProducerRow, Tables } from './tables';

/** The open ledger that is read. */
export interface ReadingsHost {
  readonly address: string;
  readonly file: string;
  readonly ledgerId: string;
  readonly tables: Tables;
  readonly identity: FileIdentity;
  readonly changes: Changes;
  /** Why commits at the end are known to be lost; null where none are. */
  readonly lostCommits: string | null;
  readonly lockTimeoutMillis: number;
  readonly isClosed: () => boolean;
}

/** The ledger's end at one moment, and where each producer stood then; null where that table cannot be read. */
interface Snapshot {
  readonly lastBatch: number;
  readonly producers: readonly ProducerRow[] | null;
}

/** All reading of one open ledger. */
export class Readings {
  constructor(private readonly host: ReadingsHost) {}

  /** To the end as it stands at the call. */
  read(from: Position, options: ReadOptions): AsyncIterable<RecordedBatch> {
    // Taken now, not when the first batch is asked for; where that fails, the first batch tells.
    const end = this.patiently(() => this.snapshot());
    end.catch(() => undefined);
    return this.translating(this.readTo(from, options, end));
  }

  /** History, then what comes. */
  follow(from: Position, options: FollowOptions): AsyncIterable<RecordedBatch> {
    return this.translating(this.readOn(from, options));
  }

  /** Runs a look at the tables; waits, without blocking, while another process recovers or closes the file. */
  async patiently<T>(look: () => T): Promise<T> {
    const deadline = Date.now() + this.host.lockTimeoutMillis;
    for (;;) {
      if (this.host.isClosed()) {
        throw closedError(this.host.address);
      }
      try {
        return look();
      } catch (error) {
        if (!isBusy(error) || Date.now() > deadline) {
          throw toLedgerError(error, this.host);
        }
      }
      await sleep(1 + Math.random() * 15);
    }
  }

  private snapshot(): Snapshot {
    const { tables } = this.host;
    // In this order: what the producers' table counts lies before the end, also when appends go on in between.
    const producers = unlessDamaged(() => tables.producers());
    const lastBatch = unlessDamaged(() => tables.end().batchNumber) ?? tables.indexedEnd();
    return { lastBatch, producers };
  }

  private async *readTo(
    from: Position,
    options: ReadOptions,
    end: Promise<Snapshot>,
  ): AsyncGenerator<RecordedBatch, void> {
    const { lastBatch, producers } = await end;
    const reader = this.reader(from, options, lastBatch);
    yield* reader.readThrough(lastBatch);
    reader.checkEnds(producers, this.host.lostCommits);
  }

  private async *readOn(from: Position, options: FollowOptions): AsyncGenerator<RecordedBatch, void> {
    const { changes, identity, lostCommits, tables } = this.host;
    const { signal } = options;
    const history = await this.patiently(() => this.snapshot());
    const reader = this.reader(from, options, history.lastBatch);
    yield* until(signal, reader.readThrough(history.lastBatch));
    if (!signal.aborted) {
      reader.checkEnds(history.producers, lostCommits);
    }
    for (let idleRounds = 0; !signal.aborted; idleRounds += 1) {
      await changes.next(idleRounds, signal);
      if (isAborted(signal)) {
        return;
      }
      identity.check();
      const lastBatch = await this.patiently(() => tables.end().batchNumber);
      this.checkNotBehind(reader.lastBatch, lastBatch);
      if (lastBatch > reader.lastBatch) {
        idleRounds = 0;
        yield* until(signal, reader.readThrough(lastBatch));
      }
    }
  }

  private reader(from: Position, options: ReadOptions, lastBatch: number): BatchReader {
    const { address, ledgerId, tables } = this.host;
    const after = parsePosition(address, ledgerId, from);
    this.checkNotBehind(after, lastBatch);
    return new BatchReader({ address, ledgerId, tables, patiently: (look) => this.patiently(look) }, after, options);
  }

  /** The end never moves back, so a position behind it means that the ledger has lost what it once handed out. */
  private checkNotBehind(batchNumber: number, lastBatch: number): void {
    if (batchNumber > lastBatch) {
      const [end, asked] = [lastBatch, batchNumber].map((batch) => formatPosition(this.host.ledgerId, batch));
      throw damagedError(
        this.host,
        `it ends at ${String(end)}, before ${String(asked)} which it has handed out: its end is lost, or an older copy ` +
          `was put in its place`,
      );
    }
  }

  private async *translating(batches: AsyncIterable<RecordedBatch>): AsyncGenerator<RecordedBatch, void> {
    try {
      yield* batches;
    } catch (error) {
      throw toLedgerError(error, this.host);
    }
  }
}

/** The batches until the signal aborts. */
async function* until(signal: AbortSignal, batches: AsyncIterable<RecordedBatch>): AsyncGenerator<RecordedBatch, void> {
  if (signal.aborted) {
    return;
  }
  for await (const batch of batches) {
    if (isAborted(signal)) {
      return;
    }
    yield batch;
  }
}

/** Asked anew behind every wait; written out, the compiler would hold the first answer for the last. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** What a look at the tables gives; null where damage forbids it. */
function unlessDamaged<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (isCorruption(error)) {
      return null;
    }
    throw error;
  }
}
