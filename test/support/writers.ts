/** Writers that go on whatever happens to their brokers, and what must be there of them in the end. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError } from '../../ledger/errors';
import type { Ledger } from '../../ledger/port';
import { rawEvents } from './rawEvents';
import { collect, eventsByProducer, toHex } from './readLedger';

const eventsAtOnce = 10;

/** Appends until it is acknowledged; what fails in a way that may pass is sent again. */
export async function appendUntilTaken(
  ledger: Ledger,
  producer: string,
  first: number,
  events: readonly Uint8Array[],
): Promise<void> {
  for (;;) {
    try {
      await ledger.append(producer, first, events);
      return;
    } catch (error) {
      if (!(error instanceof LedgerError) || !error.retriable) {
        throw error;
      }
    }
  }
}

/** A writer that appends until it is told to stop; what fails in a way that may pass is sent again. */
export class Writer {
  readonly producer = randomUUID();
  acknowledged = 0;
  readonly done: Promise<void>;
  private stopped = false;

  constructor(private readonly ledger: Ledger) {
    this.done = this.run();
  }

  /** Resolves once what is under way is acknowledged. */
  stop(): Promise<void> {
    this.stopped = true;
    return this.done;
  }

  /** Resolves once so many more events are acknowledged. */
  async untilMore(events: number): Promise<void> {
    const goal = this.acknowledged + events;
    while (this.acknowledged < goal) {
      await Promise.race([sleep(10), this.done]);
    }
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const first = this.acknowledged + 1;
      await appendUntilTaken(this.ledger, this.producer, first, rawEvents(this.producer, first, eventsAtOnce));
      this.acknowledged += eventsAtOnce;
    }
  }
}

/** Everything that was acknowledged is there once, in order, and what was sent beyond it is what was meant. */
export async function expectAllOnce(ledger: Ledger, writers: readonly Writer[]): Promise<void> {
  const stored = eventsByProducer(await collect(ledger.read(ledger.start)));
  for (const { producer, acknowledged } of writers) {
    const events = stored.get(producer) ?? [];
    expect(events.length).toBeGreaterThanOrEqual(acknowledged);
    expect(events).toEqual(rawEvents(producer, 1, events.length).map(toHex));
  }
}
