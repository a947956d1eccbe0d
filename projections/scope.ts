/** Which attempt of which unit of which campaign an event is about, as the views' leading columns. */
import type { Header } from '../schemas';

/** The leading columns of most tables: unit '' and attempt 0 where an event is about no single one. */
export type Scope = Readonly<{ campaign: string; unit: string; attempt: number }>;

/** The scope that an event's header names. */
export function scopeOf(header: Header): Scope {
  return { campaign: header.campaign, unit: header.unit ?? '', attempt: header.attempt ?? 0 };
}
