/** Fetched records cut into runs: consecutive events of one producer, as they stand in one partition. */
import type { KafkaMessage } from 'kafkajs';
import { EventDecodeError } from '../../schemas/errors';
import { framingBytes, readIdentity } from '../../schemas/singleObject';
import { uuidToBytes } from '../../schemas/uuid';
import { hasIdentity } from '../checkAppend';
import type { ProducerId } from '../port';

/** Consecutive events of one producer. */
export interface Run {
  readonly producer: ProducerId;
  readonly firstSequence: number;
  readonly events: Uint8Array[];
  /** The offset of `events[0]`; the others follow without a gap. */
  readonly firstOffset: number;
  /** When the broker stored the first of them. */
  readonly recordedAtMicros: number;
}

/** A record that is no event. */
export interface ForeignRecord {
  readonly offset: number;
  readonly why: string;
}

/** The runs, and what is no event between them, in order. */
export function* runsOf(messages: readonly KafkaMessage[]): Generator<Run | ForeignRecord, void> {
  let run: Run | null = null;
  let name: Uint8Array = new Uint8Array();
  for (const message of messages) {
    const { value } = message;
    const offset = Number(message.offset);
    if (
      run !== null &&
      value !== null &&
      offset === run.firstOffset + run.events.length &&
      hasIdentity(value, name, run.firstSequence + run.events.length)
    ) {
      run.events.push(value);
      continue;
    }
    if (run !== null) {
      yield run;
    }
    const begun = begin(message, offset);
    if ('why' in begun) {
      run = null;
      yield begun;
    } else {
      run = begun;
      name = uuidToBytes(run.producer);
    }
  }
  if (run !== null) {
    yield run;
  }
}

function begin({ value, timestamp, key }: KafkaMessage, offset: number): Run | ForeignRecord {
  if (value === null || value.length < framingBytes) {
    return { offset, why: 'it has no event in it' };
  }
  try {
    const { producer, sequence } = readIdentity(value);
    if (key?.toString() !== producer) {
      return { offset, why: `its key is not ${producer}, the producer of the event in it` };
    }
    return {
      producer,
      firstSequence: sequence,
      events: [value],
      firstOffset: offset,
      recordedAtMicros: Number(timestamp) * 1000,
    };
  } catch (error) {
    if (error instanceof EventDecodeError) {
      return { offset, why: error.message };
    }
    throw error;
  }
}
