/** A look at the disk before a restart is planned: whether what the ledger takes to be there is there. */
import type { CheckLevel } from '../files/fileCheck';
import { Lookers, type LookersOptions } from '../files/lookers';
import { FilesUnreachableError, RestartRefusedError } from './errors';

/** A file version that should lie under a root. */
export interface StandingFile {
  readonly path: string;
  readonly execution: string;
  readonly sizeBytes: number | null;
  readonly md5: string | null;
}

/** How the disk is looked at. */
export interface CheckOptions extends LookersOptions {
  readonly root: string;
  readonly level: CheckLevel;
  /** Whether it may be that many files are really missing. */
  readonly acceptMissing: boolean;
  readonly onProgress?: (looked: number) => void;
}

/** What was found of one file version. */
export interface StandingFinding {
  readonly path: string;
  readonly execution: string;
  /** match, missing, empty, size or checksum. */
  readonly result: string;
  /** The site that the root belongs to. */
  readonly site: string;
}

/** The share of files under one root that may be missing before somebody has to say that this is so. */
const mostMissingShare = 0.05;

/**
 * Looks at files under a root.
 * @throws {RootUnreachableError} where the root cannot be reached; {@link FilesUnreachableError} where that is so of some
 *   files; {@link RestartRefusedError} where many are missing, which is how a file system looks that has gone
 */
export async function checkStanding(files: readonly StandingFile[], options: CheckOptions): Promise<StandingFinding[]> {
  const findings: StandingFinding[] = [];
  const missing: string[] = [];
  const unreachable: string[] = [];
  const lookers = await Lookers.open(options.root, options);
  try {
    const { site } = lookers.root;
    for await (const looks of lookers.checkFiles([files], options.level)) {
      for (const [{ path, execution }, { result, reason }] of looks) {
        findings.push({ path, execution, result, site });
        if (result === 'missing') {
          missing.push(path);
        }
        if (result === 'unreachable') {
          unreachable.push(`${path}: ${reason ?? 'cannot be told'}`);
        }
      }
      options.onProgress?.(findings.length);
    }
  } finally {
    lookers.close();
  }
  refuseUnreachable(options.root, unreachable);
  const [gone] = missing;
  if (gone !== undefined && missing.length > files.length * mostMissingShare && !options.acceptMissing) {
    throw new RestartRefusedError(
      `files missing under ${options.root}: ${String(missing.length)} of ${String(files.length)}, e.g. ${gone}. Is everything mounted ` +
        'there? If they are really gone, say --accept-missing',
    );
  }
  return findings;
}

const mostNamed = 5;

function refuseUnreachable(root: string, unreachable: readonly string[]): void {
  if (unreachable.length > 0) {
    const more = unreachable.length > mostNamed ? [`and ${String(unreachable.length - mostNamed)} more`] : [];
    throw new FilesUnreachableError(
      `files under ${root} of which nothing can be said: ${String(unreachable.length)}; so nothing is planned:\n` +
        [...unreachable.slice(0, mostNamed), ...more].join('\n'),
    );
  }
}
