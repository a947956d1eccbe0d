/** Views that are folded together: one pass over the events, one transaction a batch. */
import { foldOf, type Fold } from '../../projections';
import { decodeEvent, UnknownSchemaError, type EventType, type LedgerEvent } from '../../schemas';
import type { Position, RecordedBatch } from '../../ledger/port';
import type { StateStore } from '../sqliteStore/stateStore';
import type { ViewState } from '../sqliteStore/viewState';
import { LedgerGapError, UnreadableEventError } from './errors';

/** What to do with an event of a type that is not known here. */
export type UnknownEvents = 'stop' | 'quarantine';

/** An event, or why it is set aside. */
type Decoded = LedgerEvent | UnknownSchemaError;

/** What one of the views, by its number, does with events of one type. */
interface ViewFold {
  readonly view: ViewState;
  readonly number: number;
  readonly fold: Fold;
}

/** Of encoded events; their rows take some ten times as much. Plans come to it, whose events are long. */
const mostPendingBytes = 4 * 1024 * 1024;

/** See the file's head. */
export class ViewGroup {
  private pendingEvents = 0;
  private pendingBytes = 0;
  private touched = false;
  /** False while the views' tables are being changed, and ever after where that failed halfway. */
  private whole = true;
  private readonly folds = new Map<EventType, readonly ViewFold[]>();

  constructor(
    private readonly store: StateStore,
    readonly views: readonly ViewState[],
    private readonly unknownEvents: UnknownEvents,
  ) {}

  /** How many events were folded since the last commit. */
  get uncommittedEvents(): number {
    return this.pendingEvents;
  }

  /** Whether so much was folded since the last commit that it is time for the next: the rows wait in memory. */
  isFull(mostEvents: number): boolean {
    return this.pendingEvents >= mostEvents || this.pendingBytes >= mostPendingBytes;
  }

  /** The position of the view that is least far, or null for the start. */
  get position(): Position | null {
    const positions = this.views.map((view) => view.position);
    if (positions.includes(null)) {
      return null;
    }
    // Views are behind one another only after one was made anew; the one with the fewest events is the one behind.
    return this.views.reduce((least, view) => (view.eventCount < least.eventCount ? view : least)).position;
  }

  /**
   * Folds what is new in a batch into each view. What a view has taken in already is dropped: by each view's own marks.
   * @throws {LedgerGapError} where events of the producer are missing, {@link UnreadableEventError}; then nothing of the
   *   batch is folded
   */
  fold(batch: RecordedBatch): void {
    const last = batch.firstSequence + batch.events.length - 1;
    const marks = this.views.map((view) => view.mark(batch.producer));
    marks.forEach((mark) => {
      if (batch.firstSequence > mark + 1) {
        throw new LedgerGapError(batch.producer, mark + 1, batch.firstSequence, batch.position);
      }
    });
    const first = Math.max(batch.firstSequence, Math.min(...marks) + 1);
    const events = this.decodeFrom(batch, first);
    this.whole = false;
    events.forEach((event, index) => {
      this.applyTo(event, first + index, marks, batch);
    });
    this.advance(batch, last, marks);
    this.pendingEvents += batch.events.length;
    for (const bytes of batch.events) {
      this.pendingBytes += bytes.length;
    }
    this.touched = true;
    this.whole = true;
  }

  /**
   * Writes rows, marks and checkpoints in one transaction; nothing where an error has left the rows half changed.
   * @param how see {@link StateStore.commit}
   */
  commit(how: 'now' | 'inBackground' = 'now'): void {
    if (!this.touched || !this.whole) {
      return;
    }
    this.whole = false;
    this.store.commit(this.views, how);
    this.whole = true;
    this.pendingEvents = 0;
    this.pendingBytes = 0;
    this.touched = false;
  }

  private advance(batch: RecordedBatch, last: number, marks: readonly number[]): void {
    const leastEvents = Math.min(...this.views.map((view) => view.eventCount));
    this.views.forEach((view, number) => {
      const fresh = Math.max(0, last - Math.max(marks[number] ?? 0, batch.firstSequence - 1));
      if (fresh > 0 || view.eventCount === leastEvents) {
        view.advance(batch.producer, last, fresh, batch.position);
      } // else the view is ahead of the others, and its checkpoint stays where it is
    });
  }

  /** Makes the indexes that were put off while views were made from nothing: once they are no longer far behind. */
  makeIndexes(): void {
    this.views.forEach((view) => {
      view.makeIndexes();
    });
  }

  private applyTo(event: Decoded, sequence: number, marks: readonly number[], batch: RecordedBatch): void {
    if (event instanceof UnknownSchemaError) {
      const { producer, position } = batch;
      this.views.forEach((view, number) => {
        if (sequence > (marks[number] ?? 0)) {
          view.quarantine({ producer, sequence, fingerprint: event.fingerprint, position });
        }
      });
      return;
    }
    for (const { view, number, fold } of this.foldsOf(event.type)) {
      if (sequence > (marks[number] ?? 0)) {
        fold(event, view);
      }
    }
  }

  /** The views that events of a type mean something to. */
  private foldsOf(type: EventType): readonly ViewFold[] {
    let folds = this.folds.get(type);
    if (folds === undefined) {
      folds = this.views.flatMap((view, number) => {
        const fold = foldOf(view.projection, type);
        return fold === undefined ? [] : [{ view, number, fold }];
      });
      this.folds.set(type, folds);
    }
    return folds;
  }

  private decodeFrom(batch: RecordedBatch, first: number): Decoded[] {
    return batch.events
      .slice(first - batch.firstSequence)
      .map((bytes, index) => this.decode(batch, bytes, first + index));
  }

  private decode(batch: RecordedBatch, bytes: Uint8Array, sequence: number): Decoded {
    try {
      return decodeEvent(bytes);
    } catch (error) {
      if (error instanceof UnknownSchemaError && this.unknownEvents === 'quarantine') {
        return error;
      }
      throw new UnreadableEventError(batch.producer, sequence, batch.position, error);
    }
  }
}
