/** What a simulated producer hands on: consecutive encoded events in one piece of memory, which a thread can give away. */

/** Consecutive encoded events of one producer. */
export interface ProducerBatch {
  readonly producer: string;
  readonly firstSequence: number;
  /** The events, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each of them ends in {@link ProducerBatch.bytes}. */
  readonly ends: readonly number[];
}

/** The events of a batch, as views on its memory. */
export function eventsOf({ bytes, ends }: ProducerBatch): Uint8Array[] {
  let from = 0;
  return ends.map((end) => {
    const event = new Uint8Array(bytes.buffer, bytes.byteOffset + from, end - from);
    from = end;
    return event;
  });
}
