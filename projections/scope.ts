/** Which attempt of which unit of which campaign an event is about, as the views' leading columns. */
import type { Header } from '../schemas';

/** The leading columns of most tables: unit '' and attempt 0 where an event is about no single one. */
export type Scope = Readonly<{ campaign: string; unit: string; attempt: number }>;

/**
 * The scope of something that an event tells of, where that is another than the one kept: of two that ought to be the
 * same the greater counts, so that order does not matter. Undefined where the kept one stays.
 */
export function agreedScope(kept: Scope, told: Header): Scope | undefined {
  const unit = told.unit ?? '';
  const attempt = told.attempt ?? 0;
  if (told.campaign === kept.campaign && unit === kept.unit && attempt === kept.attempt) {
    return undefined;
  }
  const isGreater =
    told.campaign !== kept.campaign
      ? told.campaign > kept.campaign
      : unit !== kept.unit
        ? unit > kept.unit
        : attempt > kept.attempt;
  return isGreater ? { campaign: told.campaign, unit, attempt } : undefined;
}

/** The scope that an event's header names. */
export function scopeOf(header: Header): Scope {
  return { campaign: header.campaign, unit: header.unit ?? '', attempt: header.attempt ?? 0 };
}
