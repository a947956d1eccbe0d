/** What the queries need of a state store. */
import type { StateStore } from '../sqliteStore/stateStore';

/** The reading half of a {@link StateStore}. */
export type ViewReader = Pick<StateStore, 'query' | 'prepared' | 'preparedRows' | 'snapshot' | 'progress'>;

/** The unit or text as programs are told it: the views keep '' where an event was about none. */
export function named(text: string): string | null {
  return text === '' ? null : text;
}

/** The attempt as programs are told it: the views keep 0 where an event was about none. */
export function numbered(attempt: number): number | null {
  return attempt === 0 ? null : attempt;
}

/** Microseconds as the views count, in seconds; what was not measured stays null. */
export function seconds(micros: number | null): number | null {
  return micros === null ? null : micros / 1e6;
}

/** The dimensions of a canonical data ID; null where there is none, or where what an event called one is none. */
export function dimensionsOf(dataId: string | null): Record<string, string | number> | null {
  if (dataId === null) {
    return null;
  }
  try {
    const parsed: unknown = JSON.parse(dataId);
    return typeof parsed === 'object' && !Array.isArray(parsed) ? (parsed as Record<string, string | number>) : null;
  } catch {
    return null;
  }
}
