/** The order of statements that take each other's place: (occurredAt, producer, sequence). */
import type { Header } from '../schemas';

/**
 * A text that sorts as (occurredAt, producer, sequence) do. It is kept with what a statement said, so that of two
 * statements the later one counts, whichever is read first.
 */
export function stampOf(header: Header): string {
  return `${String(header.occurredAt).padStart(16, '0')} ${header.producer} ${String(header.sequence).padStart(16, '0')}`;
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
