/** What is asked about a file, and what can be found. */

/** How closely files are looked at: that they are there, their sizes too, or their MD5 too. */
export type CheckLevel = (typeof checkLevels)[number];

/** From the fastest to the surest. */
export const checkLevels = ['exists', 'size', 'md5'] as const;

/** A file as it should be. */
export interface ExpectedFile {
  /** The logical path: relative to the root, `/` between its segments. */
  readonly path: string;
  /** Null where nobody has told it: any size but zero will do. */
  readonly sizeBytes: number | null;
  /** Hexadecimal; null where nobody has told it. */
  readonly md5: string | null;
}

/**
 * What a look found. `missing` says for sure that nothing is there; `unreachable` is all that cannot be told: I/O
 * errors, stale handles, folders that may not be entered, what is no file, links that lead out of the root to nothing.
 */
export type CheckResult = 'match' | 'missing' | 'empty' | 'size' | 'checksum' | 'unreachable';

/** One file as it was found. */
export interface FileFinding {
  readonly result: CheckResult;
  /** How closely it was compared: what nobody has told cannot be compared. */
  readonly compared: CheckLevel;
  /** The size found; null where there is none. */
  readonly sizeBytes: number | null;
  /** The MD5 found where it differs; null otherwise. */
  readonly md5: string | null;
  /** Why it is unreachable; null otherwise. */
  readonly reason: string | null;
}
