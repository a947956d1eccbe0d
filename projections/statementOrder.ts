/** The order of statements that take each other's place: (occurredAt, producer, sequence). */
import type { Header } from '../schemas';

/**
 * A text that sorts as (occurredAt, producer, sequence) do. It is kept with what a statement said, so that of two
 * statements the later one counts, whichever is read first.
 */
export function stampOf(header: Header): string {
  if (header !== stamped) {
    stamped = header;
    stamp = `${timeText(header.occurredAt)} ${header.producer} ${String(header.sequence).padStart(16, '0')}`;
  }
  return stamp;
}

/** The last header and its stamp: each event is shown to one view after the other. */
let stamped: Header | null = null;
let stamp = '';

/** The event that a stamp names, and when it happened, microseconds since 1970. */
export function eventOfStamp(stamp: string): Pick<Header, 'producer' | 'sequence' | 'occurredAt'> {
  const [time = '', producer = '', sequence = ''] = stamp.split(' ');
  const occurredAt = time.startsWith('-') ? Number(time.slice(1)) - Number.MAX_SAFE_INTEGER : Number(time);
  return { producer, sequence: Number(sequence), occurredAt };
}

/** Sixteen digits, which is as many as a safe integer has; a time before 1970 sorts before them and among its like. */
function timeText(micros: number): string {
  return micros < 0
    ? `-${String(Number.MAX_SAFE_INTEGER + micros).padStart(16, '0')}`
    : String(micros).padStart(16, '0');
}

/** Whether a statement counts over the one that is kept; a kept stamp of null is none. */
export function supersedes(stamp: string, kept: string | null): boolean {
  return kept === null || stamp > kept;
}

/** Of two values that ought to be the same: the one that is known, or the greater, so that order does not matter. */
export function agreed(a: string | null, b: string | null): string | null {
  if (a === null || b === null) {
    return a ?? b;
  }
  return a > b ? a : b;
}
