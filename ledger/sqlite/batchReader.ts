/** One reading of an embedded ledger: stored rows become recorded batches, holes and damage become errors or reports. */
import { uuidFromBytes } from '../../schemas/uuid';
import { HistoryPrunedError, LedgerDamagedError } from '../errors';
import type { LedgerDamage, ProducerId, ReadOptions, RecordedBatch } from '../port';
import { ReaderMarks } from '../readerMarks';
import { unpackEvents, type BatchRow } from './batchRow';
import { describeLoss } from './damage';
import { formatPosition } from './position';
import { scanPage, type LostBatches } from './scanBatches';
import type { ProducerRow, Tables } from './tables';

/** What a reading needs of its ledger. */
export interface ReadingHost {
  readonly tables: Tables;
  readonly address: string;
  readonly ledgerId: string;
  /** Runs a look at the tables, waiting without blocking while another process recovers or closes the file. */
  readonly patiently: <T>(look: () => T) => Promise<T>;
}

/** A reading that remembers how far it has come, in batches and with each producer. */
export class BatchReader {
  private readonly marks: ReaderMarks;
  private readonly onDamage: ReadOptions['onDamage'];
  private lost: LostBatches[] = [];

  /** @param cursor the batch behind which to begin */
  constructor(
    private readonly host: ReadingHost,
    private cursor: number,
    options: ReadOptions,
  ) {
    this.marks = new ReaderMarks(options.known, cursor === 0);
    this.onDamage = options.onDamage;
  }

  /** The last batch that has been read. */
  get lastBatch(): number {
    return this.cursor;
  }

  /**
   * The batches up to `through`.
   * @throws {LedgerDamagedError} at damage, unless the reader wants it reported
   * @throws {HistoryPrunedError} where events the reader lacks have been pruned
   */
  async *readThrough(through: number): AsyncGenerator<RecordedBatch, void> {
    const { tables, patiently } = this.host;
    while (this.cursor < through) {
      for (const entry of await patiently(() => scanPage(tables, this.cursor, through))) {
        if ('why' in entry) {
          this.noteLost(entry);
          continue;
        }
        this.reportLost();
        const batch = this.toRecordedBatch(entry);
        this.cursor = entry.batchNumber;
        if (batch !== null) {
          yield batch;
        }
      }
    }
    this.reportLost();
  }

  /**
   * Reports what the producers' table counts as stored and this reading, having come to the end, did not meet.
   * @param producers null where that table cannot be read
   * @param lostCommits why more than that is known to be lost at the end; null where nothing is
   */
  checkEnds(producers: readonly ProducerRow[] | null, lostCommits: string | null): void {
    if (lostCommits !== null) {
      this.reportUnnamed(lostCommits);
    }
    if (producers === null) {
      this.reportUnnamed('the table of producers cannot be read: whether events are missing at the end cannot be told');
    }
    for (const { producer, lastSequence } of producers ?? []) {
      const name = uuidFromBytes(producer);
      const mark = this.marks.lastOf(name);
      if (mark !== null && mark < lastSequence) {
        this.reportGap(name, mark + 1, lastSequence);
      }
    }
  }

  private noteLost(entry: LostBatches): void {
    const prunedBatch = this.host.tables.pruned().batchNumber;
    if (entry.firstBatch <= prunedBatch && entry.why === 'missing') {
      this.checkPruned();
    }
    const firstBatch = entry.why === 'missing' ? Math.max(entry.firstBatch, prunedBatch + 1) : entry.firstBatch;
    if (firstBatch <= entry.lastBatch) {
      this.lost.push({ ...entry, firstBatch });
    }
    this.cursor = entry.lastBatch;
  }

  private checkPruned(): void {
    const lacking = new Map<ProducerId, number>();
    for (const { producer, prunedSequence } of this.host.tables.producers()) {
      const name = uuidFromBytes(producer);
      if ((this.marks.lastOf(name) ?? 0) < prunedSequence) {
        lacking.set(name, prunedSequence);
      }
    }
    if (lacking.size > 0) {
      throw new HistoryPrunedError(this.host.address, lacking);
    }
  }

  private toRecordedBatch(row: BatchRow): RecordedBatch | null {
    const producer = uuidFromBytes(row.producer);
    const firstSequence = row.lastSequence - row.eventCount + 1;
    const { alreadyKnown, missing } = this.marks.take(producer, firstSequence, row.eventCount);
    if (missing !== null) {
      this.reportGap(producer, missing.first, missing.last);
    }
    if (alreadyKnown === row.eventCount) {
      return null;
    }
    const events = unpackEvents(row.events, row.eventCount);
    if (events === null) {
      this.noteLost({
        firstBatch: row.batchNumber,
        lastBatch: row.batchNumber,
        why: 'its events cannot be told apart',
      });
      this.reportLost();
      return null;
    }
    return {
      producer,
      firstSequence: firstSequence + alreadyKnown,
      events: alreadyKnown === 0 ? events : events.slice(alreadyKnown),
      recordedAtMicros: row.recordedAtMicros,
      position: formatPosition(this.host.ledgerId, row.batchNumber),
    };
  }

  private reportLost(): void {
    const damages = describeLoss(this.host.tables, this.host.ledgerId, this.lost);
    this.lost = [];
    for (const damage of damages) {
      if (damage.producer !== null && damage.lastSequence !== null && this.marks.lastOf(damage.producer) !== null) {
        this.marks.skipTo(damage.producer, damage.lastSequence);
      }
      this.report(damage);
    }
  }

  private reportGap(producer: ProducerId, firstSequence: number, lastSequence: number): void {
    this.marks.skipTo(producer, lastSequence);
    const position = formatPosition(this.host.ledgerId, this.cursor);
    const message = `events ${String(firstSequence)} to ${String(lastSequence)} of producer ${producer} are missing before ${position}`;
    this.report({ position, producer, firstSequence, lastSequence, message });
  }

  private reportUnnamed(message: string): void {
    const position = formatPosition(this.host.ledgerId, this.cursor);
    this.report({ position, producer: null, firstSequence: null, lastSequence: null, message });
  }

  private report(damage: LedgerDamage): void {
    if (this.onDamage === undefined) {
      throw new LedgerDamagedError(this.host.address, damage);
    }
    this.onDamage(damage);
  }
}
