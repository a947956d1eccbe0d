/** Brings what simulated producers have recorded into a ledger: at once, at a given rate, again, late or out of order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../../ledger/port';
import type { Fault } from './faults';
import { Random, seedOf } from './random';
import type { ProducerBatch, SimulatedProducer } from './simulatedProducer';

/** How a delivery is made. */
export interface DeliveryOptions {
  readonly faults: ReadonlySet<Fault>;
  /** How many events a second; null for as many as the ledger takes. */
  readonly eventsPerSecond: number | null;
  readonly seed: number;
  /** Told how many events have been sent so far. */
  readonly onProgress: (events: number) => void;
}

/** Events of one append at most. */
const maxBatchEvents = 1000;

/** See the file's head. */
export class Delivery {
  /** Events sent, each once. */
  events = 0;
  /** Of them those that the ledger did not hold. */
  stored = 0;
  private readonly batchEvents: number;
  private readonly random: Random;
  private readonly startedAtMillis = performance.now();
  private sentBefore: ProducerBatch[] = [];

  constructor(
    private readonly ledger: Ledger,
    private readonly options: DeliveryOptions,
  ) {
    const { eventsPerSecond, faults, seed } = options;
    // At a rate, four appends a second; out of order, small ones, so that there is an order to lose.
    const wanted = faults.has('reordered') ? maxBatchEvents / 10 : maxBatchEvents;
    this.batchEvents = Math.max(1, Math.min(wanted, Math.ceil((eventsPerSecond ?? Infinity) / 4)));
    this.random = new Random(seedOf(seed, 'delivery'));
  }

  /** Whether a producer has recorded enough to be sent. */
  isDue({ waitingEvents }: SimulatedProducer): boolean {
    return waitingEvents >= this.batchEvents;
  }

  /** Sends what is due of some producers. @throws what `append` throws */
  async sendDue(producers: readonly SimulatedProducer[]): Promise<void> {
    // Several together may share a commit, and only then can they get out of order; at a rate nobody is to wait.
    const needed = this.options.eventsPerSecond === null ? Math.min(4, producers.length) : 1;
    const due = producers.filter((producer) => this.isDue(producer));
    if (due.length >= needed) {
      await this.send(due, (producer) => (this.isDue(producer) ? producer.take(this.batchEvents) : null));
    }
  }

  /** Sends everything that some producers have recorded. @throws what `append` throws */
  async sendAll(producers: readonly SimulatedProducer[]): Promise<void> {
    await this.send(producers, (producer) => producer.take(this.batchEvents));
  }

  private async send(
    producers: readonly SimulatedProducer[],
    take: (producer: SimulatedProducer) => ProducerBatch | null,
  ): Promise<void> {
    const isReordered = this.options.faults.has('reordered');
    for (;;) {
      // A batch of each producer at a time: their appends may share a commit.
      const batches = producers.flatMap((producer) => take(producer) ?? []);
      if (batches.length === 0) {
        return;
      }
      if (isReordered) {
        this.shuffle(batches);
      }
      if (isReordered || this.options.eventsPerSecond !== null) {
        for (const batch of batches) {
          await this.append([batch]);
        }
      } else {
        await this.append(batches);
      }
    }
  }

  private async append(batches: readonly ProducerBatch[]): Promise<void> {
    const results = await Promise.all(
      batches.map(({ producer, firstSequence, events }) => this.ledger.append(producer, firstSequence, events)),
    );
    results.forEach(({ stored }) => (this.stored += stored));
    batches.forEach(({ events }) => (this.events += events.length));
    this.options.onProgress(this.events);
    if (this.options.faults.has('duplicates')) {
      await this.sendAgain(batches);
    }
    const { eventsPerSecond } = this.options;
    if (eventsPerSecond !== null) {
      const dueMillis = this.startedAtMillis + (1000 * this.events) / eventsPerSecond;
      await sleep(Math.max(0, dueMillis - performance.now()));
    }
  }

  /** Now and then what was sent is sent again, at once and much later. */
  private async sendAgain(batches: readonly ProducerBatch[]): Promise<void> {
    for (const batch of [...batches, ...this.sentBefore]) {
      if (this.random.fraction() < 0.3) {
        await this.ledger.append(batch.producer, batch.firstSequence, batch.events);
      }
    }
    this.sentBefore = [...batches.slice(0, 1), ...this.sentBefore].slice(0, 8);
  }

  private shuffle(batches: ProducerBatch[]): void {
    for (let last = batches.length - 1; last > 0; last -= 1) {
      const other = this.random.below(last + 1);
      [batches[last], batches[other]] = [batches[other], batches[last]] as [ProducerBatch, ProducerBatch];
    }
  }
}
