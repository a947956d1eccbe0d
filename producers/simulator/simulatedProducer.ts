/** One writer of events in a simulation: a host's outbox, the scheduler, the operator. */
import type { Header, LedgerEvent } from '../../schemas';
import { writeEvent } from '../../schemas/codec';
import type { DraftHeader, EventDraft } from '../outbox/draft';
import type { ProducerBatch } from './producerBatch';

/** Room for events at first; it grows where a producer hands on late. */
const firstSpaceBytes = 64 * 1024;

type Writable<Fields> = { -readonly [Field in keyof Fields]: Fields[Field] };

/** See the file's head. */
export class SimulatedProducer {
  /** That of the event told last: only its bytes outlive it. */
  private readonly header: Writable<Header>;
  /** Events are written one behind the other into memory that is used again: a buffer for each would cost more. */
  private space = Buffer.allocUnsafeSlow(firstSpaceBytes);
  private taken = 0;
  private used = 0;
  /** Where each event that waits ends in the space. */
  private ends: number[] = [];
  /** Of the ends so many stand for events that have been handed on. */
  private takenEvents = 0;

  /** @param id the producer's UUID */
  constructor(readonly id: string) {
    this.header = { producer: id, sequence: 0, occurredAt: 0, campaign: '', unit: null, attempt: null };
  }

  /** How many events it has not handed on. */
  get waitingEvents(): number {
    return this.ends.length - this.takenEvents;
  }

  /** Records an event. The draft itself becomes it, so no draft is told twice. @throws what encoding throws */
  tell(draft: EventDraft): void {
    const { header } = this;
    const { occurredAt, campaign, unit, attempt } = draft.header;
    header.sequence += 1;
    header.occurredAt = occurredAt;
    header.campaign = campaign;
    header.unit = unit;
    header.attempt = attempt;
    // Not copied: a copy of every event would take as long as encoding it.
    const told: { header: DraftHeader } = draft;
    told.header = header;
    let end = writeEvent(draft as LedgerEvent, this.space, this.used);
    while (end < 0) {
      this.grow(-end);
      end = writeEvent(draft as LedgerEvent, this.space, this.used);
    }
    this.used = end;
    this.ends.push(end);
  }

  /** The first of the events that wait, as many as asked for, which it then has handed on; null where none waits. */
  take(maxEvents: number): ProducerBatch | null {
    const { ends, taken, takenEvents } = this;
    const events = Math.min(maxEvents, this.waitingEvents);
    if (events === 0) {
      return null;
    }
    const firstSequence = this.header.sequence - this.waitingEvents + 1;
    const isAll = events === this.waitingEvents;
    const end = ends[takenEvents + events - 1] ?? 0;
    const batch = {
      producer: this.id,
      firstSequence,
      bytes: new Uint8Array(this.space.buffer.slice(taken, end)),
      ends: ends.slice(takenEvents, takenEvents + events).map((at) => at - taken),
    };
    this.takenEvents = isAll ? 0 : takenEvents + events;
    this.taken = isAll ? 0 : end;
    if (isAll) {
      this.used = 0;
      this.ends = [];
    }
    return batch;
  }

  private grow(missingBytes: number): void {
    const space = Buffer.allocUnsafeSlow(2 * this.space.length + missingBytes);
    this.space.copy(space, 0, 0, this.used);
    this.space = space;
  }
}
