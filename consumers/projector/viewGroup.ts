/** Views that are folded together: one pass over the events, one transaction a batch. */
import { decodeEvent, readIdentity, UnknownSchemaError, type LedgerEvent } from '../../schemas';
import type { Position, ProducerId, RecordedBatch } from '../../ledger/port';
import type { StateStore } from '../sqliteStore/stateStore';
import type { ViewState } from '../sqliteStore/viewState';
import { LedgerGapError, UnreadableEventError } from './errors';

/** What to do with an event of a type that is not known here. */
export type UnknownEvents = 'stop' | 'quarantine';

/** See the file's head. */
export class ViewGroup {
  private pendingEvents = 0;
  private touched = false;

  constructor(
    private readonly store: StateStore,
    readonly views: readonly ViewState[],
    private readonly unknownEvents: UnknownEvents,
  ) {}

  /** How many events were folded since the last commit. */
  get uncommittedEvents(): number {
    return this.pendingEvents;
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
   * @throws {LedgerGapError} where events of the producer are missing, {@link UnreadableEventError}
   */
  fold(batch: RecordedBatch): void {
    const last = batch.firstSequence + batch.events.length - 1;
    const marks = this.views.map((view) => view.mark(batch.producer));
    marks.forEach((mark) => {
      if (batch.firstSequence > mark + 1) {
        throw new LedgerGapError(batch.producer, mark + 1, batch.firstSequence, batch.position);
      }
    });
    const lowest = Math.min(...marks);
    for (let sequence = Math.max(batch.firstSequence, lowest + 1); sequence <= last; sequence += 1) {
      const event = this.decode(batch, sequence);
      if (event !== undefined) {
        this.applyTo(event, sequence, marks);
      }
    }
    this.views.forEach((view, number) => {
      const fresh = Math.max(0, last - Math.max(marks[number] ?? 0, batch.firstSequence - 1));
      view.advance(batch.producer, last, fresh, batch.position);
    });
    this.pendingEvents += batch.events.length;
    this.touched = true;
  }

  /** Writes rows, marks and checkpoints in one transaction. */
  commit(): void {
    if (!this.touched) {
      return;
    }
    this.store.transaction(() => {
      this.views.forEach((view) => {
        view.flush();
      });
    });
    this.pendingEvents = 0;
    this.touched = false;
  }

  private applyTo(event: LedgerEvent, sequence: number, marks: readonly number[]): void {
    for (let number = 0; number < this.views.length; number += 1) {
      const view = this.views[number];
      if (view !== undefined && sequence > (marks[number] ?? 0)) {
        view.projection.apply(event, view);
      }
    }
  }

  private decode(batch: RecordedBatch, sequence: number): LedgerEvent | undefined {
    const bytes = batch.events[sequence - batch.firstSequence] ?? new Uint8Array();
    try {
      return decodeEvent(bytes);
    } catch (error) {
      if (error instanceof UnknownSchemaError && this.unknownEvents === 'quarantine') {
        this.setAside(bytes, error.fingerprint, batch.position);
        return undefined;
      }
      throw new UnreadableEventError(batch.producer, sequence, batch.position, error);
    }
  }

  private setAside(bytes: Uint8Array, fingerprint: string, position: Position): void {
    const { producer, sequence }: { producer: ProducerId; sequence: number } = readIdentity(bytes);
    this.store.quarantine({ producer, sequence, fingerprint, position });
  }
}
