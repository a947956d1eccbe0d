/** Whether what a job reads has changed, as its dataset types say what makes a remade file the same. */
import type { Sameness } from '../../pipelines/definition';

/** What is known of a file's content. */
export interface KnownContent {
  readonly sizeBytes: number | null;
  readonly md5: string | null;
  readonly contentDigest: string | null;
}

/**
 * Whether a remade file is the same as the one before; null for a file that is not there. What cannot be told counts as
 * different: running again costs time, a product from stale inputs costs trust.
 */
export function isSame(sameness: Sameness, before: KnownContent | null, now: KnownContent | null): boolean {
  if (before === null || now === null) {
    return before === now;
  }
  if (sameness === 'ignore') {
    return true;
  }
  if (sameness === 'contentDigest' && before.contentDigest !== null && now.contentDigest !== null) {
    return before.contentDigest === now.contentDigest;
  }
  return before.md5 !== null && before.md5 === now.md5 && (before.sizeBytes ?? now.sizeBytes) === now.sizeBytes;
}
