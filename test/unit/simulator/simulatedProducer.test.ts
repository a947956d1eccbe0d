import { eventsOf } from '../../../producers/simulator/producerBatch';
import { SimulatedProducer } from '../../../producers/simulator/simulatedProducer';
import { decodeEvent, type LedgerEvent } from '../../../schemas';

const id = '0b0b0b0b-0000-4000-8000-000000000000';
const header = { occurredAt: 1, campaign: 'c', unit: null, attempt: null };

/** Tells a producer so many notes, the later the longer, and takes some after each. */
function taken(notes: number, takes: readonly number[]): { readonly first: number; readonly events: LedgerEvent[] }[] {
  const producer = new SimulatedProducer(id);
  const batches = [];
  for (let note = 0; note < notes; note += 1) {
    const text = 'x'.repeat(200 * note);
    producer.tell({ type: 'OperatorNoted', header, text, job: null, path: null, ticket: null, notedBy: null });
    batches.push(producer.take(takes[note % takes.length] ?? 0));
  }
  batches.push(producer.take(Infinity), producer.take(Infinity));
  return batches.flatMap((batch) =>
    batch === null ? [] : [{ first: batch.firstSequence, events: eventsOf(batch).map((event) => decodeEvent(event)) }],
  );
}

describe('a simulated producer', () => {
  it.each([[[0]], [[1]], [[0, 0, 2]], [[0, 0, 0, 0, 0, 0, 0, 9]], [[0, 3, 0, 1]]])(
    'hands on the same events in sequence, taken by %j',
    (takes) => {
      const batches = taken(60, takes);
      const events = batches.flatMap((batch) => batch.events);
      expect(events.map(({ header }) => header.sequence)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
      expect(events.map((event) => 'text' in event && event.text.length)).toEqual(Array.from({ length: 60 }, (_, index) => 200 * index)); // prettier-ignore
      expect(batches.map(({ first }) => first)).toEqual(batches.map((batch) => batch.events[0]?.header.sequence));
    },
  );
});
