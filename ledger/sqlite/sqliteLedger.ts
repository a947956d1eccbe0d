/** The embedded ledger: one SQLite file on a local disk, any number of processes. */
import path from 'node:path';
import { uuidToBytes } from '../../schemas/uuid';
import { checkAppend, checkProducerId } from '../checkAppend';
import { LedgerRefusedError } from '../errors';
import type { AppendResult, FollowOptions, Ledger, Position, ProducerId, ReadOptions, RecordedBatch } from '../port';
import { appendBatch, type AppendOutcome, type PendingBatch } from './appendBatch';
import { Changes } from './changes';
import { Checkpointer } from './checkpointer';
import { FileIdentity } from './fileIdentity';
import { GroupCommit } from './groupCommit';
import { networkFileSystemRefusal, type StatfsType } from './networkFileSystem';
import { Notes, type SqliteTransaction } from './notes';
import { openDatabase, type OpenDatabase } from './openDatabase';
import { formatPosition, parsePosition } from './position';
import { pruneBatches } from './pruneBatches';
import { Readings } from './readings';
import { closedError, damagedError, toLedgerError, type LedgerPlace } from './sqliteErrors';
import { Tables } from './tables';

/** How an embedded ledger is opened. */
export interface SqliteLedgerOptions {
  /** Whether a missing file is refused rather than created; created by default. */
  readonly mustExist?: boolean;
  /** How long an append waits for other processes' transactions, milliseconds; a minute by default. */
  readonly lockTimeoutMillis?: number;
  /** Tells the type of a file system; tests fake it. */
  readonly statfsType?: StatfsType;
}

const defaultLockTimeoutMillis = 60_000;
const pruneBatchesAtOnce = 500;

/** A {@link Ledger} in one SQLite file, with what an outbox needs beside it. */
export class SqliteLedger implements Ledger {
  readonly start: Position;
  readonly address: string;
  private readonly place: LedgerPlace;
  private readonly ledgerId: string;
  private readonly lostCommits: string | null;
  private readonly tables: Tables;
  private readonly noteTable: Notes;
  private readonly identity: FileIdentity;
  private readonly writes: GroupCommit;
  private readonly checkpointer: Checkpointer;
  private readonly readings: Readings;
  private readonly changes = new Changes();
  private closing: Promise<void> | null = null;

  private constructor(
    address: string,
    file: string,
    { database, ledgerId, lostCommits }: OpenDatabase,
    lockTimeoutMillis: number,
  ) {
    this.address = address;
    this.ledgerId = ledgerId;
    this.lostCommits = lostCommits;
    this.place = { address, file, ledgerId };
    this.start = formatPosition(ledgerId, 0);
    this.tables = new Tables(database);
    this.noteTable = new Notes(database);
    this.identity = new FileIdentity(address, file);
    this.checkpointer = new Checkpointer(file);
    this.writes = new GroupCommit(
      {
        tables: this.tables,
        beforeCommit: () => {
          this.checkWritable();
        },
        afterCommit: (eventBytes) => {
          this.changes.announce();
          this.checkpointer.noteCommit(eventBytes);
        },
        translate: (error) => toLedgerError(error, this.place),
      },
      lockTimeoutMillis,
    );
    const { tables, identity, changes } = this;
    this.readings = new Readings({
      address,
      file,
      ledgerId,
      tables,
      identity,
      changes,
      lostCommits,
      lockTimeoutMillis,
      isClosed: () => this.closing !== null,
    });
  }

  /**
   * Opens the ledger in a file, and creates it where there is none.
   * @throws {LedgerRefusedError} on a network file system, where the file is something else, or without permission
   * @throws {LedgerDamagedError} where the file cannot be read at all
   */
  static open(file: string, options: SqliteLedgerOptions = {}): SqliteLedger {
    const absolute = path.resolve(file);
    const address = `sqlite:${absolute}`;
    const refusal = networkFileSystemRefusal('a ledger', absolute, options.statfsType);
    if (refusal !== null) {
      throw new LedgerRefusedError(refusal, address);
    }
    try {
      const opened = openDatabase(address, absolute, options.mustExist ?? false);
      try {
        return new SqliteLedger(address, absolute, opened, options.lockTimeoutMillis ?? defaultLockTimeoutMillis);
      } catch (error) {
        opened.database.close();
        throw error;
      }
    } catch (error) {
      throw toLedgerError(error, { address, file: absolute, ledgerId: null });
    }
  }

  async append(producer: ProducerId, firstSequence: number, events: readonly Uint8Array[]): Promise<AppendResult> {
    this.checkOpen();
    checkAppend(this.address, producer, firstSequence, events);
    const outcome = await this.writes.run({ bytes: byteLength(events), refusesCleanly: true }, () =>
      this.appendNow({ producer, firstSequence, events }),
    );
    return this.toResult(outcome);
  }

  /**
   * Appends a producer's next events, whatever their sequence turns out to be: `encode` is told it inside the write
   * transaction, and may change notes in the same transaction. It may be called more than once; the last call counts.
   * When it throws, nothing is stored and no note is changed. It may return no events at all.
   */
  async appendNext(
    producer: ProducerId,
    encode: (firstSequence: number, transaction: SqliteTransaction) => readonly Uint8Array[],
  ): Promise<AppendResult> {
    this.checkOpen();
    checkProducerId(this.address, producer);
    const outcome = await this.writes.run({ bytes: 0, refusesCleanly: false }, () => {
      const firstSequence = this.tables.producer(uuidToBytes(producer)).lastSequence + 1;
      const events = encode(firstSequence, this.noteTable);
      checkAppend(this.address, producer, firstSequence, events);
      return this.appendNow({ producer, firstSequence, events });
    });
    return this.toResult(outcome);
  }

  /** The notes as the last transaction left them. */
  async notes(): Promise<ReadonlyMap<string, string>> {
    return this.readings.patiently(() => this.noteTable.notes());
  }

  /**
   * Removes a producer's batches that lie entirely at or below a sequence, since they have been relayed elsewhere. Its
   * last sequence stays known; readers that start before what is left and lack it get {@link HistoryPrunedError}.
   * @returns how many batches were removed
   */
  async prune(producer: ProducerId, throughSequence: number): Promise<number> {
    this.checkOpen();
    checkProducerId(this.address, producer);
    let removed = 0;
    for (;;) {
      const step = await this.writes.run({ bytes: 0, refusesCleanly: true }, () =>
        pruneBatches(this.tables, uuidToBytes(producer), throughSequence, pruneBatchesAtOnce),
      );
      removed += step;
      if (step < pruneBatchesAtOnce) {
        return removed;
      }
    }
  }

  async lastSequences(producers: readonly ProducerId[]): Promise<ReadonlyMap<ProducerId, number>> {
    for (const producer of producers) {
      checkProducerId(this.address, producer);
    }
    return this.readings.patiently(
      () => new Map(producers.map((name) => [name, this.tables.producer(uuidToBytes(name)).lastSequence])),
    );
  }

  read(from: Position, options: ReadOptions = {}): AsyncIterable<RecordedBatch> {
    return this.readings.read(from, options);
  }

  follow(from: Position, options: FollowOptions): AsyncIterable<RecordedBatch> {
    return this.readings.follow(from, options);
  }

  async end(): Promise<Position> {
    const { batchNumber } = await this.readings.patiently(() => this.tables.end());
    return formatPosition(this.ledgerId, batchNumber);
  }

  async countBetween(from: Position, to: Position): Promise<number | null> {
    const [first, last] = [from, to].map((position) => parsePosition(this.address, this.ledgerId, position));
    return this.readings.patiently(() => {
      const before = this.totalAt(first ?? 0);
      const after = this.totalAt(last ?? 0);
      return before === null || after === null ? null : Math.max(0, after - before);
    });
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    await this.writes.idle();
    await this.checkpointer.close();
    this.tables.database.close();
    this.changes.announce();
  }

  private appendNow(batch: PendingBatch): AppendOutcome {
    return appendBatch(this.tables, this.address, this.ledgerId, batch);
  }

  private toResult({ stored, duplicates, endBatch }: AppendOutcome): AppendResult {
    return { stored, duplicates, end: formatPosition(this.ledgerId, endBatch) };
  }

  /**
   * Where the end of the ledger was lost, new events would take the positions of the lost ones, and readers who have
   * those would pass over them.
   */
  private checkWritable(): void {
    this.identity.check();
    if (this.lostCommits !== null) {
      throw damagedError(this.place, this.lostCommits);
    }
  }

  private totalAt(batchNumber: number): number | null {
    const pruned = this.tables.pruned();
    if (batchNumber <= pruned.batchNumber) {
      return batchNumber === pruned.batchNumber ? pruned.totalEvents : null;
    }
    return this.tables.totalAt(batchNumber);
  }

  private checkOpen(): void {
    if (this.closing !== null) {
      throw closedError(this.address);
    }
  }
}

function byteLength(events: readonly Uint8Array[]): number {
  return events.reduce((bytes, event) => bytes + event.length, 0);
}
