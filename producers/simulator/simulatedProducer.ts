/** One writer of events in a simulation: a host's outbox, the scheduler, the operator. */
import type { DraftHeader, EventDraft } from '../outbox/draft';
import type { LedgerEvent } from '../../schemas';
import { encodeEvent } from '../../schemas/codec';

/** Consecutive encoded events of one producer. */
export interface ProducerBatch {
  readonly producer: string;
  readonly firstSequence: number;
  readonly events: readonly Uint8Array[];
}

/** See the file's head. */
export class SimulatedProducer {
  private waiting: Uint8Array[] = [];
  private sequence = 0;

  /** @param id the producer's UUID */
  constructor(readonly id: string) {}

  /** How many events it has not handed on. */
  get waitingEvents(): number {
    return this.waiting.length;
  }

  /** Records an event. The draft itself becomes it, so no draft is told twice. @throws what encoding throws */
  tell(draft: EventDraft): void {
    this.sequence += 1;
    const { occurredAt, campaign, unit, attempt } = draft.header;
    const header = { producer: this.id, sequence: this.sequence, occurredAt, campaign, unit, attempt };
    // Not copied: a copy of every event would take as long as encoding it.
    const told: { header: DraftHeader } = draft;
    told.header = header;
    this.waiting.push(encodeEvent(draft as LedgerEvent));
  }

  /** The first of the events that wait, as many as asked for, which it then has handed on; null where none waits. */
  take(maxEvents: number): ProducerBatch | null {
    const firstSequence = this.sequence - this.waiting.length + 1;
    if (this.waiting.length === 0) {
      return null;
    }
    if (this.waiting.length <= maxEvents) {
      const events = this.waiting;
      this.waiting = [];
      return { producer: this.id, firstSequence, events };
    }
    return { producer: this.id, firstSequence, events: this.waiting.splice(0, maxEvents) };
  }
}
