/**
 * The library's way to write events: for a process of this language that lives long enough to be a producer of its own,
 * or that hands its events to the node's outbox.
 *
 * ```ts
 * const emitter = await createEmitter({ to: 'sqlite:.tractledger/ledger.db', campaign: 'hsc-rc1', unit: 'tract=9813', attempt: 1 });
 * await emitter.emit({ type: 'JobHeld', job: 'coadd {"patch":"4,4"}', reason: 'disk full', heldBy: 'operator' });
 * await emitter.close();
 * ```
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../schemas/systemError';
import type { LedgerEvent } from '../../schemas';
import { LedgerError } from '../../ledger/errors';
import type { Ledger } from '../../ledger/port';
import { encodeDrafts, nowMicros, type DraftHeader, type EventDraft } from '../outbox/draft';
import type { Outbox } from '../outbox/outbox';
import { openSink, type Sink } from './sinks';

type Emitted<E> = E extends LedgerEvent ? Omit<E, 'header'> & { readonly header?: Partial<DraftHeader> } : never;

/** Any event as a producer states it: what its header leaves out comes from the emitter, the time from the clock. */
export type EmittedEvent = Emitted<LedgerEvent>;

/** How an emitter is made. */
export interface EmitterOptions {
  /** A ledger's URL, an open ledger, or an open outbox. What is handed in open stays open. */
  readonly to: string | Ledger | Outbox;
  readonly campaign: string;
  readonly unit?: string | null;
  readonly attempt?: number | null;
  /** How many events may wait in memory before `emit` makes its caller wait; 10,000 by default. */
  readonly maxWaiting?: number;
  /** How many events travel as one append; 500 by default. */
  readonly maxBatch?: number;
  /** How long a ledger that is away or full is tried again, milliseconds, before the emitter fails; a minute by default. */
  readonly patienceMillis?: number;
  /** Told of each failed try. */
  readonly onTrouble?: (error: LedgerError) => void;
}

/** The emitter has failed or was closed: `notStored` events that were accepted are not in the ledger. */
export class EmitterFailedError extends Error {
  override readonly name = 'EmitterFailedError';

  constructor(
    readonly notStored: number,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`${reason}; of the events that were accepted, ${String(notStored)} could not be stored`, options);
  }
}

/** Makes an emitter. @throws what opening the ledger throws */
export async function createEmitter(options: EmitterOptions): Promise<Emitter> {
  return new Emitter(await openSink(options.to), options);
}

const firstRetryMillis = 50;
const longestRetryMillis = 5000;

/** Takes events, stores them in order and in batches. */
export class Emitter {
  private waiting: EventDraft[] = [];
  private sending: Promise<void> | null = null;
  private failure: EmitterFailedError | null = null;
  private closed = false;
  private readonly maxWaiting: number;
  private readonly maxBatch: number;

  /** Use {@link createEmitter}. */
  constructor(
    private readonly sink: Sink,
    private readonly options: EmitterOptions,
  ) {
    this.maxWaiting = options.maxWaiting ?? 10_000;
    this.maxBatch = options.maxBatch ?? 500;
  }

  /**
   * Accepts an event; resolves as soon as there is room for the next. It is durable once {@link flush} resolves.
   * @throws EventInvalidError and EventTooLargeToEncodeError for what can be no event, which changes nothing
   * @throws {EmitterFailedError} where the emitter has failed before or is closed
   */
  async emit(event: EmittedEvent): Promise<void> {
    this.checkUsable();
    const draft = this.complete(event);
    // Encoded once for nothing, so that what can be no event is refused where it was made.
    encodeDrafts([draft], '00000000-0000-7000-8000-000000000000', Number.MAX_SAFE_INTEGER);
    this.waiting.push(draft);
    this.sending ??= this.send();
    if (this.waiting.length >= this.maxWaiting) {
      await this.sending;
    }
  }

  /** Resolves once everything accepted so far is durable. @throws {EmitterFailedError} */
  async flush(): Promise<void> {
    while (this.sending !== null) {
      await this.sending;
    }
    if (this.failure !== null) {
      throw this.failure;
    }
  }

  /** Flushes and ends all use. @throws {EmitterFailedError} where something accepted is not stored */
  async close(): Promise<void> {
    this.closed = true;
    try {
      await this.flush();
    } finally {
      await this.sink.close();
    }
  }

  private complete(event: EmittedEvent): EventDraft {
    const { campaign, unit = null, attempt = null } = this.options;
    const header = { occurredAt: nowMicros(), campaign, unit, attempt, ...event.header };
    return { ...event, header };
  }

  private async send(): Promise<void> {
    // What is emitted in the same turn of the event loop travels together.
    await new Promise(setImmediate);
    while (this.waiting.length > 0 && this.failure === null) {
      const batch = this.waiting.slice(0, this.maxBatch);
      try {
        await this.patiently(() => this.sink.append(batch));
        this.waiting.splice(0, batch.length);
      } catch (error) {
        const reason = errorMessage(error);
        this.failure = new EmitterFailedError(this.waiting.length, reason, { cause: error });
      }
    }
    this.sending = null;
  }

  private async patiently(append: () => Promise<void>): Promise<void> {
    const deadline = Date.now() + (this.options.patienceMillis ?? 60_000);
    for (let waitMillis = firstRetryMillis; ; waitMillis = Math.min(2 * waitMillis, longestRetryMillis)) {
      try {
        await append();
        return;
      } catch (error) {
        if (!(error instanceof LedgerError) || !error.retriable || Date.now() + waitMillis > deadline) {
          throw error;
        }
        this.options.onTrouble?.(error);
      }
      await sleep(waitMillis * (0.5 + Math.random()));
    }
  }

  private checkUsable(): void {
    if (this.failure !== null) {
      throw this.failure;
    }
    if (this.closed) {
      throw new EmitterFailedError(0, 'the emitter is closed; make another');
    }
  }
}
