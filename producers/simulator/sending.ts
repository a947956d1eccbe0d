/** When simulated producers hand on what they have recorded, and how much at once. */
import type { Fault } from './faults';
import type { ProducerBatch } from './producerBatch';
import type { SimulatedProducer } from './simulatedProducer';

/** Events of one append at most. */
const maxBatchEvents = 1000;

/** What has been recorded, in the order in which it is sent: batches of different producers that go at once. */
export type SentTogether = readonly ProducerBatch[];

/** See the file's head. */
export class Sending {
  private readonly batchEvents: number;
  /** So many producers with a whole batch are waited for. */
  private readonly together: number;

  /** @param eventsPerSecond how many events a second are to be sent; null for as many as the ledger takes */
  constructor({
    faults,
    eventsPerSecond,
  }: {
    readonly faults: ReadonlySet<Fault>;
    readonly eventsPerSecond: number | null;
  }) {
    // At a rate, four appends a second; out of order, small ones, so that there is an order to lose.
    const wanted = faults.has('reordered') ? maxBatchEvents / 10 : maxBatchEvents;
    this.batchEvents = Math.max(1, Math.min(wanted, Math.ceil((eventsPerSecond ?? Infinity) / 4)));
    // Several together may share a commit, and only then can they get out of order; at a rate nobody is to wait.
    this.together = eventsPerSecond === null ? 4 : 1;
  }

  /** Whether a producer has recorded enough to be sent. */
  isDue({ waitingEvents }: SimulatedProducer): boolean {
    return waitingEvents >= this.batchEvents;
  }

  /** Hands on what is due of some producers. */
  *due(producers: readonly SimulatedProducer[]): Generator<SentTogether, void> {
    const due = producers.filter((producer) => this.isDue(producer));
    if (due.length >= Math.min(this.together, producers.length)) {
      yield* this.taken(due, (producer) => (this.isDue(producer) ? producer.take(this.batchEvents) : null));
    }
  }

  /** Hands on everything that some producers have recorded. */
  all(producers: readonly SimulatedProducer[]): Generator<SentTogether, void> {
    return this.taken(producers, (producer) => producer.take(this.batchEvents));
  }

  /** A batch of each producer at a time: their appends may share a commit. */
  private *taken(
    producers: readonly SimulatedProducer[],
    take: (producer: SimulatedProducer) => ProducerBatch | null,
  ): Generator<SentTogether, void> {
    for (;;) {
      const batches = producers.flatMap((producer) => take(producer) ?? []);
      if (batches.length === 0) {
        return;
      }
      yield batches;
    }
  }
}
