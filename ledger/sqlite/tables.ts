/** The statements of an embedded ledger, each a method with types; what they mean together is decided elsewhere. */
import type { Database, Statement } from 'better-sqlite3';
import type { BatchRow } from './batchRow';

/** A place in the ledger: the batch before it, and how many events lie before it. */
export interface Place {
  readonly batchNumber: number;
  readonly totalEvents: number;
}

/** How far a producer has got, and up to where its events have been pruned. */
export interface ProducerRow {
  readonly producer: Buffer;
  readonly lastSequence: number;
  readonly prunedSequence: number;
}

/** Whose batch it is, as the index by producer tells it, independently of the row itself. */
export interface BatchOwner {
  readonly batchNumber: number;
  readonly producer: Buffer;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** What pruning has to remember of a batch. */
export interface RemovedBatch extends Place {
  readonly lastSequence: number;
}

const batchColumns = 'batch, producer, last_sequence, event_count, total_events, recorded_at_us, sha256, events';

/** The tables of one open ledger. */
export class Tables {
  readonly begin: Statement;
  readonly commit: Statement;
  readonly rollback: Statement;
  private readonly selectEnd;
  private readonly selectIndexedEnd;
  private readonly selectPruned;
  private readonly selectProducer;
  private readonly selectProducers;
  private readonly selectIndexed;
  private readonly selectTotal;
  private readonly selectBatch;
  private readonly selectBatchesAfter;
  private readonly selectBatchesFrom;
  private readonly selectOwners;
  private readonly insertBatchRow;
  private readonly upsertProducer;
  private readonly deleteOldest;
  private readonly updatePruned;
  private readonly updatePrunedSequence;

  constructor(readonly database: Database) {
    this.begin = database.prepare('BEGIN IMMEDIATE');
    this.commit = database.prepare('COMMIT');
    this.rollback = database.prepare('ROLLBACK');
    this.selectEnd = database.prepare<[], Place>(
      'SELECT batch AS batchNumber, total_events AS totalEvents FROM batches ORDER BY batch DESC LIMIT 1',
    );
    this.selectIndexedEnd = database
      .prepare<[], number | null>(
        'SELECT max(batch) FROM batches INDEXED BY batches_by_producer WHERE last_sequence > 0',
      )
      .pluck();
    this.selectPruned = database.prepare<[], Place>(
      'SELECT pruned_batch AS batchNumber, pruned_total_events AS totalEvents FROM ledger',
    );
    const producerColumns = 'producer, last_sequence AS lastSequence, pruned_sequence AS prunedSequence';
    this.selectProducer = database.prepare<[Buffer], ProducerRow>(
      `SELECT ${producerColumns} FROM producers WHERE producer = ?`,
    );
    this.selectProducers = database.prepare<[], ProducerRow>(`SELECT ${producerColumns} FROM producers`);
    this.selectIndexed = database
      .prepare<[Buffer], number>(
        `SELECT last_sequence FROM batches INDEXED BY batches_by_producer
         WHERE producer = ? ORDER BY last_sequence DESC LIMIT 1`,
      )
      .pluck();
    this.selectTotal = database.prepare<[number], number>('SELECT total_events FROM batches WHERE batch = ?').pluck();
    this.selectBatch = database
      .prepare<[number], unknown[]>(`SELECT ${batchColumns} FROM batches WHERE batch = ?`)
      .raw();
    this.selectBatchesAfter = database
      .prepare<[number, number], unknown[]>(
        `SELECT ${batchColumns} FROM batches WHERE batch > ? AND batch <= ? ORDER BY batch`,
      )
      .raw();
    this.selectBatchesFrom = database
      .prepare<[Buffer, number], unknown[]>(
        `SELECT ${batchColumns} FROM batches INDEXED BY batches_by_producer
         WHERE producer = ? AND last_sequence >= ? ORDER BY last_sequence`,
      )
      .raw();
    // Reads the index alone: it holds producer, last sequence and, as every index, the row's number.
    this.selectOwners = database.prepare<[number, number], BatchOwner>(
      `SELECT batch AS batchNumber, producer, coalesce(before, 0) + 1 AS firstSequence, last_sequence AS lastSequence
       FROM (SELECT batch, producer, last_sequence,
                    lag(last_sequence) OVER (PARTITION BY producer ORDER BY last_sequence) AS before
             FROM batches INDEXED BY batches_by_producer)
       WHERE batch BETWEEN ? AND ? ORDER BY batch`,
    );
    this.insertBatchRow = database.prepare(`INSERT INTO batches (${batchColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    this.upsertProducer = database.prepare<[Buffer, number]>(
      `INSERT INTO producers VALUES (?, ?, 0)
       ON CONFLICT DO UPDATE SET last_sequence = excluded.last_sequence`,
    );
    this.deleteOldest = database.prepare<[Buffer, number, number], RemovedBatch>(
      `DELETE FROM batches WHERE batch IN (
         SELECT batch FROM batches INDEXED BY batches_by_producer
         WHERE producer = ? AND last_sequence <= ? ORDER BY last_sequence LIMIT ?)
       RETURNING batch AS batchNumber, total_events AS totalEvents, last_sequence AS lastSequence`,
    );
    this.updatePruned = database.prepare<[Place]>(
      `UPDATE ledger SET pruned_batch = @batchNumber, pruned_total_events = @totalEvents
       WHERE pruned_batch < @batchNumber`,
    );
    this.updatePrunedSequence = database.prepare<[number, Buffer]>(
      'UPDATE producers SET pruned_sequence = ? WHERE producer = ?',
    );
  }

  /** The place behind the last batch, also where all batches have been pruned. */
  end(): Place {
    const last = this.selectEnd.get();
    return last ?? this.pruned();
  }

  /** The number of the last batch as the index by producer tells it. Reads the whole index: only for damage. */
  indexedEnd(): number {
    return this.selectIndexedEnd.get() ?? 0;
  }

  /** The place up to which batches may be missing because they were pruned. */
  pruned(): Place {
    return this.selectPruned.get() ?? { batchNumber: 0, totalEvents: 0 };
  }

  producer(producer: Buffer): ProducerRow {
    return this.selectProducer.get(producer) ?? { producer, lastSequence: 0, prunedSequence: 0 };
  }

  /** A producer's last sequence as the index by producer tells it; null where no batch of it is left. */
  lastIndexed(producer: Buffer): number | null {
    return this.selectIndexed.get(producer) ?? null;
  }

  producers(): ProducerRow[] {
    return this.selectProducers.all();
  }

  /** How many events the ledger held when a batch was stored; null where the batch is not there. */
  totalAt(batchNumber: number): number | null {
    return this.selectTotal.get(batchNumber) ?? null;
  }

  /** The cells of one batch, not verified; undefined where there is none. */
  batch(batchNumber: number): unknown[] | undefined {
    return this.selectBatch.get(batchNumber);
  }

  /** The cells of the batches after one up to another, not verified, in order. */
  batchesAfter(after: number, through: number): IterableIterator<unknown[]> {
    return this.selectBatchesAfter.iterate(after, through);
  }

  /** The cells of a producer's batches from the one that holds a sequence, not verified, in order. */
  batchesFrom(producer: Buffer, sequence: number): IterableIterator<unknown[]> {
    return this.selectBatchesFrom.iterate(producer, sequence);
  }

  /** Whose the batches of a stretch are according to the index alone. Reads the whole index: only for damage. */
  ownersBetween(firstBatch: number, lastBatch: number): BatchOwner[] {
    return this.selectOwners.all(firstBatch, lastBatch).map((owner) => ({
      ...owner,
      firstSequence: Math.max(owner.firstSequence, this.producer(owner.producer).prunedSequence + 1),
    }));
  }

  insertBatch(row: BatchRow): void {
    this.insertBatchRow.run(
      row.batchNumber,
      row.producer,
      row.lastSequence,
      row.eventCount,
      row.totalEvents,
      row.recordedAtMicros,
      row.sha256,
      row.events,
    );
  }

  setLastSequence(producer: Buffer, lastSequence: number): void {
    this.upsertProducer.run(producer, lastSequence);
  }

  /** Removes a producer's oldest batches up to a sequence, at most `limit` of them. */
  deleteBatches(producer: Buffer, throughSequence: number, limit: number): RemovedBatch[] {
    return this.deleteOldest.all(producer, throughSequence, limit);
  }

  /** Says that batches up to a place may be missing; never moves back. */
  setPruned(place: Place): void {
    this.updatePruned.run(place);
  }

  setPrunedSequence(producer: Buffer, prunedSequence: number): void {
    this.updatePrunedSequence.run(prunedSequence, producer);
  }
}
