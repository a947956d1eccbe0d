/** What a comparison of the ledger with a file system comes to. */
import type { CheckLevel } from '../files/fileCheck';
import type { AttemptOfUnit } from '../queries/attempts';
import type { Leftover } from './leftovers';

/** Where a file can end up: in exactly one of these. All but `equal` are differences. */
export const buckets = ['equal', 'onlyOnDisk', 'onlyInLedger', 'size', 'md5', 'unreachable'] as const;

/** One of {@link buckets}. */
export type Bucket = (typeof buckets)[number];

/**
 * What the ledger knows of a file: an execution `made` it and it counts; it is `partial`, since no execution that wrote
 * it succeeded; it was `purged`; it was `registered` as an input from elsewhere, or only ever `used` as one.
 */
export type FileRole = 'made' | 'partial' | 'purged' | 'registered' | 'used';

/** What is compared. */
export interface ComparisonQuestion {
  readonly campaign: string;
  /** Only what these attempts made or reused; null for every file of the campaign, its inputs too. */
  readonly attempts: readonly AttemptOfUnit[] | null;
  /** Whether files are judged, too, whose jobs were done again since; else they are only counted. */
  readonly withSuperseded: boolean;
  readonly level: CheckLevel;
  /** Logical paths that are passed over on the disk, with all below them. */
  readonly ignored: readonly string[];
}

/** One file that is not as the ledger says; null where it is unknown or does not apply. */
export interface Difference {
  readonly bucket: Exclude<Bucket, 'equal'>;
  /** The logical path; a folder that cannot be looked into ends with `/`. */
  readonly path: string;
  /** The bytes of a name that is not UTF-8, hexadecimal. */
  readonly bytes: string | null;
  /** What the ledger knows of it; null where it does not know it. */
  readonly role: FileRole | null;
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly execution: string | null;
  readonly datasetType: string | null;
  readonly expectedBytes: number | null;
  readonly foundBytes: number | null;
  readonly expectedMd5: string | null;
  readonly foundMd5: string | null;
  /** More for a person to read. */
  readonly reason: string | null;
}

/** What came of it. */
export interface Comparison {
  readonly campaign: string;
  readonly site: string;
  readonly root: string;
  readonly check: CheckLevel;
  readonly counts: Readonly<Record<Bucket, number>>;
  /** Of the equal ones, how closely each was compared: the ledger does not know every size and MD5. */
  readonly equalBy: Readonly<Record<CheckLevel, number>>;
  /** Purged, and gone as they should be. */
  readonly purged: number;
  /** On the disk, and known from other attempts, units or campaigns: not judged. */
  readonly elsewhere: number;
  /** On the disk, and made by executions whose jobs were done again since: not judged, unless that was asked for. */
  readonly superseded: number;
  /** On the disk, and written by executions that did not finish: no event tells of them, and they are not judged. */
  readonly leftovers: readonly Leftover[];
  /** By path. */
  readonly differences: readonly Difference[];
}
