/**
 * Copies one ledger into another, byte for byte. The truth about its progress is what the target holds: each event's
 * identity makes sending it again harmless, so a relay may be killed anywhere and started again, or run twice at once.
 * A saved position only spares reading what is there already.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HistoryPrunedError, LedgerError, PositionError, SequenceGapError } from './errors';
import type { Ledger, Position, ProducerId, RecordedBatch } from './port';

/** How far a relay has come, told after each append the target has made durable. */
export interface RelayProgress {
  /** In the source: everything before it is in the target. A hint worth saving for {@link RelayOptions.startAt}. */
  readonly position: Position;
  /** Events this relay has looked at. */
  readonly events: number;
  /** Of these, events the target did not have. */
  readonly stored: number;
  /** The producer of the last append and its last event in the target. */
  readonly producer: ProducerId;
  readonly lastSequence: number;
  /** When the source recorded that event, microseconds since 1970 UTC. */
  readonly recordedAtMicros: number;
}

/** What a relay may be told. */
export interface RelayOptions {
  /** Ends the relay; what has been appended stays. */
  readonly signal?: AbortSignal;
  /** Whether to go on with what comes, until the signal; otherwise it ends at the source's end as it stood. */
  readonly follow?: boolean;
  /** A position of the source that an earlier relay reported; a wrong one costs time, never an event. */
  readonly startAt?: Position;
  readonly onProgress?: (progress: RelayProgress) => void;
  /**
   * Called when either ledger cannot be used for now. While following the relay tries again; otherwise it then fails.
   */
  readonly onTrouble?: (error: LedgerError) => void;
}

/** What a relay has done. */
export interface RelayResult {
  readonly events: number;
  readonly stored: number;
  /** In the source: everything before it is in the target. */
  readonly position: Position;
}

/** Consecutive batches of one producer travel as one append up to so much. */
const maxAppendEvents = 1000;
const maxAppendBytes = 1024 * 1024;

const firstRetryMillis = 100;
const longestRetryMillis = 30_000;

/**
 * @throws {LedgerError} of either ledger; a target that cannot be reached only when not following
 */
export async function relay(from: Ledger, to: Ledger, options: RelayOptions = {}): Promise<RelayResult> {
  const run = new Relay(from, to, options);
  let startAt = options.startAt ?? from.start;
  let known: ReadonlyMap<ProducerId, number> | undefined;
  const askedFor = new Map<ProducerId, number>();
  for (;;) {
    try {
      await run.copy(startAt, known);
      return run.result();
    } catch (error) {
      if (run.aborted() && error instanceof LedgerError && error.retriable) {
        return run.result();
      }
      if (error instanceof HistoryPrunedError && isNews(error.prunedThrough, askedFor)) {
        // What was pruned here must be in the target; with its word for it, reading what is left is whole. Another
        // process may drain and prune at the same time, so this can come again.
        startAt = from.start;
        known = new Map([...(known ?? []), ...(await to.lastSequences([...error.prunedThrough.keys()]))]);
      } else if ((error instanceof PositionError || error instanceof SequenceGapError) && startAt !== from.start) {
        // The hint was of another ledger, or the target does not hold what the hint promised.
        startAt = from.start;
      } else {
        throw error;
      }
    }
  }
}

/** Whether more was pruned than the target was asked for; remembers that it is asked for that, too. */
function isNews(prunedThrough: ReadonlyMap<ProducerId, number>, askedFor: Map<ProducerId, number>): boolean {
  const news = [...prunedThrough].filter(([producer, sequence]) => sequence > (askedFor.get(producer) ?? 0));
  for (const [producer, sequence] of news) {
    askedFor.set(producer, sequence);
  }
  return news.length > 0;
}

/** The batches waiting to travel as one append. */
interface Parcel {
  readonly producer: ProducerId;
  readonly firstSequence: number;
  readonly events: Uint8Array[];
  bytes: number;
  position: Position;
  recordedAtMicros: number;
}

class Relay {
  private events = 0;
  private stored = 0;
  private position: Position;
  private readonly lastInTarget = new Map<ProducerId, number>();

  constructor(
    private readonly from: Ledger,
    private readonly to: Ledger,
    private readonly options: RelayOptions,
  ) {
    this.position = options.startAt ?? from.start;
  }

  async copy(startAt: Position, known: ReadonlyMap<ProducerId, number> | undefined): Promise<void> {
    // The source must stop waiting whenever the relay ends, not only when its caller says so.
    const ending = new AbortController();
    const end = (): void => {
      ending.abort();
    };
    this.options.signal?.addEventListener('abort', end);
    const source = this.batches(startAt, known, ending.signal)[Symbol.asyncIterator]();
    try {
      await this.sendAll(source);
    } finally {
      this.options.signal?.removeEventListener('abort', end);
      end();
      await source.return?.();
    }
  }

  result(): RelayResult {
    return { events: this.events, stored: this.stored, position: this.position };
  }

  private async sendAll(source: AsyncIterator<RecordedBatch>): Promise<void> {
    let parcel: Parcel | null = null;
    let coming = source.next();
    for (;;) {
      // A parcel travels when it is full, or when the source has nothing more at the moment.
      if (parcel !== null && !(await isReady(coming))) {
        await this.send(parcel);
        parcel = null;
      }
      const step: IteratorResult<RecordedBatch, unknown> = await coming;
      if (step.done === true || this.aborted()) {
        break;
      }
      coming = source.next();
      coming.catch(() => undefined);
      parcel = await this.pack(parcel, step.value);
    }
    if (parcel !== null && !this.aborted()) {
      await this.send(parcel);
    }
  }

  private batches(
    startAt: Position,
    known: ReadonlyMap<ProducerId, number> | undefined,
    signal: AbortSignal,
  ): AsyncIterable<RecordedBatch> {
    const read = known === undefined ? {} : { known };
    if (this.aborted() || this.options.follow !== true) {
      return this.from.read(startAt, read);
    }
    const { onTrouble = (): undefined => undefined } = this.options;
    return this.from.follow(startAt, { ...read, signal, onTrouble });
  }

  /** Adds a batch to the parcel, or sends the parcel and begins another. */
  private async pack(parcel: Parcel | null, batch: RecordedBatch): Promise<Parcel> {
    const bytes = batch.events.reduce((sum, event) => sum + event.length, 0);
    if (parcel !== null) {
      if (
        parcel.producer === batch.producer &&
        parcel.firstSequence + parcel.events.length === batch.firstSequence &&
        parcel.events.length + batch.events.length <= maxAppendEvents &&
        parcel.bytes + bytes <= maxAppendBytes
      ) {
        parcel.events.push(...batch.events);
        parcel.bytes += bytes;
        parcel.position = batch.position;
        parcel.recordedAtMicros = batch.recordedAtMicros;
        return parcel;
      }
      await this.send(parcel);
    }
    const { producer, firstSequence, events, position, recordedAtMicros } = batch;
    return { producer, firstSequence, events: [...events], bytes, position, recordedAtMicros };
  }

  /** Appends what the target lacks of a parcel. */
  private async send(parcel: Parcel): Promise<void> {
    const { producer, firstSequence, events } = parcel;
    const lastSequence = firstSequence + events.length - 1;
    const held = await this.heldByTarget(producer);
    if (held < lastSequence) {
      const skip = Math.max(0, held - firstSequence + 1);
      const { stored } = await this.patiently(() => this.to.append(producer, firstSequence + skip, events.slice(skip)));
      this.stored += stored;
      this.lastInTarget.set(producer, lastSequence);
    }
    this.events += events.length;
    this.position = parcel.position;
    this.options.onProgress?.({
      position: this.position,
      events: this.events,
      stored: this.stored,
      producer,
      lastSequence,
      recordedAtMicros: parcel.recordedAtMicros,
    });
  }

  private async heldByTarget(producer: ProducerId): Promise<number> {
    const remembered = this.lastInTarget.get(producer);
    if (remembered !== undefined) {
      return remembered;
    }
    const held = (await this.patiently(() => this.to.lastSequences([producer]))).get(producer) ?? 0;
    this.lastInTarget.set(producer, held);
    return held;
  }

  /** While following, a target that is away is waited for; sending again is safe whatever became of the last try. */
  private async patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let waitMillis = firstRetryMillis; ; waitMillis = Math.min(longestRetryMillis, waitMillis * 2)) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof LedgerError) || !error.retriable) {
          throw error;
        }
        this.options.onTrouble?.(error);
        if (this.options.follow !== true || this.aborted()) {
          throw error;
        }
        // Jitter keeps the relays of many nodes from knocking at the same moment.
        await sleepUntil(waitMillis * (0.5 + Math.random()), this.options.signal);
      }
    }
  }

  aborted(): boolean {
    return this.options.signal?.aborted === true;
  }
}

/** Whether a promise settles within this turn of the event loop. */
async function isReady(promise: Promise<unknown>): Promise<boolean> {
  const turn = new Promise<false>((resolve) => {
    setImmediate(() => {
      resolve(false);
    });
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, turn]);
}

/** Sleeps, or wakes early when the signal aborts. */
async function sleepUntil(millis: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(millis, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
