/**
 * The append rule on Kafka, which by itself would store anything: what a producer has is looked up when this process
 * first appends for it and known from the brokers' answers from then on. Appends that wait together travel together,
 * one request after the other; when an answer is missing, what was stored is looked up before anything is sent again.
 */
import { SequenceConflictError, SequenceGapError } from '../errors';
import type { ProducerId } from '../port';
import type { FetcherPool } from './fetcherPool';
import { findStored } from './findStored';
import { toLedgerError } from './kafkaErrors';
import { KnownProducers, type KnownProducer } from './knownProducers';
import { patiently } from './patience';
import type { IndexedLedger, ProducerIndex } from './producerIndex';
import type { Readings } from './readings';
import { sendEvents, type Delivery, type Shipment } from './sendEvents';
import type { Sender } from './sender';

/** A checked append on its way. */
interface PendingAppend {
  readonly producer: ProducerId;
  readonly firstSequence: number;
  readonly events: readonly Uint8Array[];
  readonly bytes: number;
  /** How many of the events were stored before this append was first tried; null until that is known. */
  duplicates: number | null;
  /** Whether it has been refused; it is then no longer part of what is tried again. */
  isRefused: boolean;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** What an append did. */
export interface AppendOutcome {
  readonly stored: number;
  readonly duplicates: number;
  readonly partition: number;
  /** The offset behind the last of the events. */
  readonly endOffset: number;
}

/** An append whose stored part has been compared, with what of it is to be sent. */
interface JudgedAppend {
  readonly append: PendingAppend;
  readonly known: KnownProducer;
  /** How many of its first events are stored, or go before it in the same group. */
  readonly storedNow: number;
  /** Where the stored part ends; null where nothing of it is stored. */
  readonly storedEnd: number | null;
}

/** What appending needs of its ledger. */
export interface AppendHost {
  readonly ledger: IndexedLedger;
  readonly index: ProducerIndex;
  readonly fetchers: FetcherPool;
  readonly sender: Sender;
  readonly readings: Readings;
  readonly patienceMillis: number;
}

/** Appends that travel together take at most so much memory. */
const maxGroupBytes = 4 * 1024 * 1024;

/** All appends of one open ledger. */
export class Appends {
  private queue: PendingAppend[] = [];
  private running: Promise<void> | null = null;
  private readonly known: KnownProducers;

  constructor(private readonly host: AppendHost) {
    this.known = new KnownProducers(host);
  }

  /**
   * Resolves once the brokers have acknowledged the events.
   * @throws {SequenceGapError} {@link SequenceConflictError} {@link LedgerUnreachableError} {@link LedgerRefusedError}
   */
  run(producer: ProducerId, firstSequence: number, events: readonly Uint8Array[]): Promise<AppendOutcome> {
    return new Promise((resolve, reject) => {
      const bytes = events.reduce((sum, event) => sum + event.length, 0);
      this.queue.push({ producer, firstSequence, events, bytes, duplicates: null, isRefused: false, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /** Resolves once nothing is under way and where each producer ends has been noted. */
  async finish(): Promise<void> {
    await this.running;
    await this.known.finish();
  }

  private async drain(): Promise<void> {
    await nextTurn();
    while (this.queue.length > 0) {
      const group = this.takeGroup();
      await this.host.readings.haveEnds();
      await this.runGroup(group);
    }
    this.running = null;
  }

  private takeGroup(): PendingAppend[] {
    let bytes = 0;
    const over = this.queue.findIndex((append, index) => (bytes += append.bytes) > maxGroupBytes && index > 0);
    return this.queue.splice(0, over === -1 ? this.queue.length : over);
  }

  /** Settles every append of a group. */
  private async runGroup(group: readonly PendingAppend[]): Promise<void> {
    let open = group;
    const attempt = async (): Promise<void> => {
      open = open.filter(({ isRefused }) => !isRefused);
      await this.known.load(open.map(({ producer }) => producer));
      const judged = await this.judgeAll(open);
      open = judged.map(({ append }) => append);
      const delivery = await this.ship(judged);
      for (const one of judged) {
        settle(one, delivery);
      }
      open = [];
    };
    try {
      await patiently(this.host.ledger, this.host.patienceMillis, attempt, () => {
        // What is known may be out of date: anything of what was sent may be stored.
        open.forEach(({ producer }) => {
          this.known.forget(producer);
        });
      });
    } catch (error) {
      open.forEach(({ reject }) => {
        reject(error);
      });
    }
  }

  /** Judges appends in the order of the calls and settles those that are refused. */
  private async judgeAll(appends: readonly PendingAppend[]): Promise<JudgedAppend[]> {
    const judged: JudgedAppend[] = [];
    const planned = new Map<ProducerId, PlannedProducer>();
    for (const append of appends) {
      try {
        judged.push(await this.judge(append, planned));
      } catch (error) {
        const refusal = toLedgerError(error, this.host.ledger);
        if (!(refusal instanceof SequenceGapError || refusal instanceof SequenceConflictError)) {
          throw refusal;
        }
        append.isRefused = true;
        append.reject(refusal);
      }
    }
    return judged;
  }

  private async judge(append: PendingAppend, planned: Map<ProducerId, PlannedProducer>): Promise<JudgedAppend> {
    const { producer, firstSequence, events } = append;
    const { address } = this.host.ledger;
    let known = this.known.get(producer);
    if (firstSequence > (planned.get(producer)?.last ?? known.sequence) + 1 && !planned.has(producer)) {
      known = await this.known.refresh(producer); // another process may have appended what lies between
    }
    const plan = planned.get(producer) ?? { last: known.sequence, events: new Map<number, Uint8Array>() };
    if (firstSequence > plan.last + 1) {
      throw new SequenceGapError(address, producer, plan.last + 1, firstSequence);
    }
    const duplicates = Math.max(0, Math.min(events.length, plan.last - firstSequence + 1));
    const storedEnd = await this.compare(append, known, plan, duplicates);
    for (let index = duplicates; index < events.length; index += 1) {
      const event = events[index];
      if (event !== undefined) {
        plan.last += 1;
        plan.events.set(plan.last, event);
      }
    }
    planned.set(producer, plan);
    return { append, known, storedNow: duplicates, storedEnd };
  }

  /**
   * Compares the first events of an append with what is stored or about to be.
   * @returns the offset behind the last of them that is stored; null where none is
   */
  private async compare(
    { producer, firstSequence, events }: PendingAppend,
    known: KnownProducer,
    plan: PlannedProducer,
    duplicates: number,
  ): Promise<number | null> {
    const { fetchers, ledger } = this.host;
    const inLog = Math.max(0, Math.min(duplicates, known.sequence - firstSequence + 1));
    const check = (sequence: number, stored: Uint8Array | undefined): void => {
      const sent = events[sequence - firstSequence];
      if (stored === undefined || sent === undefined || Buffer.compare(stored, sent) !== 0) {
        throw new SequenceConflictError(ledger.address, producer, sequence);
      }
    };
    for (let sequence = firstSequence + inLog; sequence < firstSequence + duplicates; sequence += 1) {
      check(sequence, plan.events.get(sequence));
    }
    if (inLog === 0) {
      return null;
    }
    const wanted = { first: firstSequence, last: firstSequence + inLog - 1 };
    return fetchers.use((fetcher) => findStored(fetcher, ledger, known, wanted, check));
  }

  /** Sends what is new of each producer. */
  private async ship(judged: readonly JudgedAppend[]): Promise<Delivery> {
    const shipments = new Map<ProducerId, Shipment>();
    for (const { append, known, storedNow } of judged) {
      append.duplicates ??= storedNow;
      const { producer } = append;
      const shipment = shipments.get(producer) ?? { producer, known, events: [] };
      append.events.slice(storedNow).forEach((event) => shipment.events.push(event));
      shipments.set(producer, shipment);
    }
    const news = [...shipments.values()].filter(({ events }) => events.length > 0);
    return sendEvents(this.host, this.known, news);
  }
}

/** A producer as it will stand once what has been judged so far is stored. */
interface PlannedProducer {
  last: number;
  /** The events that are not stored yet, by sequence. */
  readonly events: Map<number, Uint8Array>;
}

function settle({ append, known, storedNow, storedEnd }: JudgedAppend, delivery: Delivery): void {
  const { producer, events, firstSequence } = append;
  const refusal = delivery.refused.get(producer);
  if (refusal !== undefined && storedNow < events.length) {
    append.reject(refusal);
    return;
  }
  const duplicates = append.duplicates ?? storedNow;
  const endOffset = delivery.endOf(producer, firstSequence + events.length - 1) ?? storedEnd ?? known.knownTo;
  append.resolve({ stored: events.length - duplicates, duplicates, partition: known.partition, endOffset });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
