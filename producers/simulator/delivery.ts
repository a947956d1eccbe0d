/** Brings what simulated producers have handed on into a ledger: at once, at a given rate, again or out of order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../../ledger/port';
import type { Fault } from './faults';
import { eventsOf, type ProducerBatch } from './producerBatch';
import { Random, seedOf } from './random';
import type { SentTogether } from './sending';

/** How a delivery is made. */
export interface DeliveryOptions {
  readonly faults: ReadonlySet<Fault>;
  /** How many events a second; null for as many as the ledger takes. */
  readonly eventsPerSecond: number | null;
  readonly seed: number;
  /** Told how many events have been sent so far. */
  readonly onProgress: (events: number) => void;
}

/** See the file's head. */
export class Delivery {
  /** Events sent, each once. */
  events = 0;
  /** Of them those that the ledger did not hold. */
  stored = 0;
  private readonly random: Random;
  private readonly startedAtMillis = performance.now();
  private sentBefore: ProducerBatch[] = [];

  constructor(
    private readonly ledger: Ledger,
    private readonly options: DeliveryOptions,
  ) {
    this.random = new Random(seedOf(options.seed, 'delivery'));
  }

  /** Sends batches of different producers. @throws what `append` throws */
  async send(together: SentTogether): Promise<void> {
    const isReordered = this.options.faults.has('reordered');
    const batches = isReordered ? this.shuffled(together) : together;
    if (isReordered || this.options.eventsPerSecond !== null) {
      for (const batch of batches) {
        await this.append([batch]);
      }
    } else {
      await this.append(batches);
    }
  }

  private async append(batches: readonly ProducerBatch[]): Promise<void> {
    const results = await Promise.all(batches.map((batch) => this.appendOne(batch)));
    results.forEach(({ stored }) => (this.stored += stored));
    batches.forEach(({ ends }) => (this.events += ends.length));
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

  private appendOne(batch: ProducerBatch): ReturnType<Ledger['append']> {
    return this.ledger.append(batch.producer, batch.firstSequence, eventsOf(batch));
  }

  /** Now and then what was sent is sent again, at once and much later. */
  private async sendAgain(batches: readonly ProducerBatch[]): Promise<void> {
    for (const batch of [...batches, ...this.sentBefore]) {
      if (this.random.fraction() < 0.3) {
        await this.appendOne(batch);
      }
    }
    this.sentBefore = [...batches.slice(0, 1), ...this.sentBefore].slice(0, 8);
  }

  private shuffled(together: SentTogether): ProducerBatch[] {
    const batches = [...together];
    for (let last = batches.length - 1; last > 0; last -= 1) {
      const other = this.random.below(last + 1);
      [batches[last], batches[other]] = [batches[other], batches[last]] as [ProducerBatch, ProducerBatch];
    }
    return batches;
  }
}
