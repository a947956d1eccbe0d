/**
 * The outbox: an embedded ledger on the worker's own disk, shared by all producers of a node. It is one producer, and
 * its transaction gives the sequence numbers, so any number of processes can append at once.
 */
import { hostname } from 'node:os';
import { decodeEvent } from '../../schemas/codec';
import { readUnpruned } from '../../ledger/readUnpruned';
import type { Ledger, ProducerId, RecordedBatch } from '../../ledger/port';
import { SqliteLedger, type SqliteLedgerOptions } from '../../ledger/sqlite/sqliteLedger';
import { encodeDrafts, type EventDraft } from './draft';
import { liveKey, readLiveExecutions, type LiveExecution } from './liveExecution';
import { prepareFolder } from './outboxLocation';
import { uuidV7 } from './uuidV7';

/** What an append does to the notes of live executions, in the same transaction. */
export interface LiveChange {
  /** An execution that begins with these events. */
  readonly begins?: LiveExecution;
  /** An execution that ends with these events. */
  readonly ends?: string;
  /** Store nothing unless the execution that ends is still noted as alive: somebody else has told its end. */
  readonly onlyIfLive?: boolean;
}

/** The producer of the outbox changed between two steps: somebody has begun a new life of it. */
class ProducerChanged extends Error {}

/** An open outbox. */
export class Outbox {
  /** @param producer the outbox's producer when it was opened */
  private constructor(
    readonly file: string,
    private readonly store: SqliteLedger,
    private producer: ProducerId,
  ) {}

  /**
   * Opens the outbox in a file, and makes it and its folder where there are none.
   * @throws {OutboxFolderError} where the folder is not this user's own, and what the embedded ledger throws
   */
  static async open(file: string, options: SqliteLedgerOptions = {}): Promise<Outbox> {
    if (options.mustExist !== true) {
      prepareFolder(file);
    }
    const store = SqliteLedger.open(file, options);
    try {
      return new Outbox(file, store, await ownProducer(store));
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** The outbox as a ledger to read from. */
  get ledger(): Ledger {
    return this.store;
  }

  /**
   * Stores events, in one transaction with what it means for live executions; resolves once that is durable.
   * @returns whether they were stored: only `onlyIfLive` can make it refuse
   * @throws what encoding and the embedded ledger throw; nothing is stored then
   */
  async append(drafts: readonly EventDraft[], { begins, ends, onlyIfLive }: LiveChange = {}): Promise<boolean> {
    // Encoded once for nothing: what can be no event is refused, and what encoding needs is made, before the lock that
    // every other sidecar of the node waits for is taken.
    encodeDrafts(drafts, this.producer, 1);
    for (;;) {
      const { producer } = this;
      let stored = true;
      try {
        await this.store.appendNext(producer, (firstSequence, transaction) => {
          const notes = transaction.notes();
          if (notes.get(producerKey()) !== producer) {
            throw new ProducerChanged();
          }
          stored = onlyIfLive !== true || ends === undefined || notes.has(liveKey(ends));
          if (!stored) {
            return [];
          }
          const events = encodeDrafts(drafts, producer, firstSequence);
          if (ends !== undefined) {
            transaction.deleteNote(liveKey(ends));
          }
          if (begins !== undefined) {
            transaction.setNote(liveKey(begins.execution), JSON.stringify(begins));
          }
          return events;
        });
        return stored;
      } catch (error) {
        if (!(error instanceof ProducerChanged)) {
          throw error;
        }
        this.producer = await ownProducer(this.store);
      }
    }
  }

  /** The executions whose end nobody has recorded yet. */
  async liveExecutions(): Promise<LiveExecution[]> {
    return readLiveExecutions(await this.store.notes());
  }

  /** What has not been drained yet, as it stands now, in order. */
  pending(): AsyncGenerator<RecordedBatch, void> {
    return readUnpruned(this.store);
  }

  /** Removes what the target ledger holds. */
  async prune(producer: ProducerId, throughSequence: number): Promise<void> {
    await this.store.prune(producer, throughSequence);
  }

  /**
   * Begins a new life: what waits here is given a new producer and sequences from 1. For a target that does not hold
   * what was drained before and so can never take the next event: another ledger was put in its place.
   */
  async beginNewLife(): Promise<void> {
    const before = this.producer;
    const next = uuidV7();
    await this.store.appendNext(next, (_firstSequence, transaction) => {
      if (transaction.notes().get(producerKey()) === before) {
        transaction.setNote(producerKey(), next);
      }
      return [];
    });
    this.producer = await ownProducer(this.store);
    for await (const batch of this.pending()) {
      if (batch.producer !== this.producer) {
        const through = batch.firstSequence + batch.events.length - 1;
        const drafts = batch.events.map((bytes) => asDraft(bytes));
        await this.moveOnce(`moved/${batch.producer}`, through, drafts);
        await this.store.prune(batch.producer, through);
      }
    }
  }

  /** Ends all use. */
  async close(): Promise<void> {
    await this.store.close();
  }

  /** Appends drafts together with a mark of how far the move has come, unless an interrupted move has done so. */
  private async moveOnce(key: string, through: number, drafts: readonly EventDraft[]): Promise<void> {
    const { producer } = this;
    await this.store.appendNext(producer, (firstSequence, transaction) => {
      if (Number(transaction.notes().get(key) ?? 0) >= through) {
        return [];
      }
      transaction.setNote(key, String(through));
      return encodeDrafts(drafts, producer, firstSequence);
    });
  }
}

function asDraft(bytes: Uint8Array): EventDraft {
  return decodeEvent(bytes);
}

/** A producer for each host: an outbox that is copied to another machine, or shared by containers, has one for each. */
function producerKey(): string {
  return `producer/${hostname()}`;
}

/** The producer that the outbox is on this host; made by whoever opens it first. */
async function ownProducer(store: SqliteLedger): Promise<ProducerId> {
  const known = (await store.notes()).get(producerKey());
  if (known !== undefined) {
    return known;
  }
  let producer = uuidV7();
  await store.appendNext(producer, (_firstSequence, transaction) => {
    producer = transaction.notes().get(producerKey()) ?? producer;
    transaction.setNote(producerKey(), producer);
    return [];
  });
  return producer;
}
