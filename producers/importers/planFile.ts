/** What importers of files that do not name campaign and unit share: options, scope, dates of what the file does not date. */
import { ImportOptionsError } from './errors';
import type { ImportKind, ImportScope } from './identities';

/** What a whole file is imported as. */
export interface PlanFileOptions {
  readonly campaign: string;
  readonly unit: string;
  /** From 1, the default. */
  readonly attempt?: number;
  /** What events are dated where the file tells no time, microseconds since 1970 UTC. */
  readonly occurredAtMicros?: number;
  /** Called with the number of events done and the number there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws {ImportOptionsError} where campaign or unit are not named, or the attempt is no number of one */
export function scopeOf(kind: ImportKind, options: Omit<PlanFileOptions, 'onProgress'>): ImportScope {
  const { campaign, unit, attempt = 1 } = options;
  if (campaign === '' || unit === '') {
    throw new ImportOptionsError(
      `name the campaign with --campaign and the unit with --unit: a ${kind} file does not tell them`,
    );
  }
  if (!Number.isSafeInteger(attempt) || attempt < 1 || attempt > 2_147_483_647) {
    throw new ImportOptionsError(`the attempt is a whole number from 1, not ${String(attempt)}`);
  }
  return { kind, campaign, unit, attempt };
}

/** @param problem what does not tell a time */
export function undatedWarning(problem: string, occurredAtMicros: number): string {
  const date = new Date(occurredAtMicros / 1000).toISOString();
  return `${problem}: events are dated ${date}; for a new import give another time with --occurred-at`;
}
