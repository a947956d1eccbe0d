/** Looking at a file on a file system that may be slow, stale or away for a moment. */
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../schemas/systemError';

/** What tells one content of a path from another without reading it. */
export interface FileState {
  readonly isFile: boolean;
  readonly sizeBytes: number;
  /** Device, inode, size, and the times of the last change of content and of the inode: equal means untouched. */
  readonly fingerprint: string;
}

/**
 * What a file system answers that does not say whether the file is there: NFS's stale handle, I/O errors, servers that
 * do not answer, a mount that is gone.
 */
const unreachableCodes = new Set(
  'ESTALE EIO ETIMEDOUT EHOSTDOWN EHOSTUNREACH ECONNREFUSED ECONNRESET ENOTCONN EAGAIN EACCES EPERM ENODEV ENXIO ESHUTDOWN EREMOTEIO'.split(
    ' ',
  ),
);

/** The waits between looks at a file that cannot be reached, milliseconds. */
const patience = [50, 200, 750, 2000];

/** The file's state; null where there is none; `unreachable` where that cannot be told even after some patience. */
export async function fileState(file: string): Promise<FileState | null | 'unreachable'> {
  for (const waitMillis of [...patience, null]) {
    try {
      return describe(await stat(file, { bigint: true }));
    } catch (error) {
      const code = errorCode(error);
      if (!unreachableCodes.has(code)) {
        return null;
      }
      // Permission does not come back by waiting.
      if (waitMillis === null || code === 'EACCES' || code === 'EPERM') {
        return 'unreachable';
      }
      await sleep(waitMillis);
    }
  }
  return 'unreachable';
}

/** The state in what stat(2) told. */
export function describe(found: BigIntStats): FileState {
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  return {
    isFile: found.isFile(),
    sizeBytes: Number(size),
    fingerprint: [dev, ino, size, mtimeNs, ctimeNs].join(':'),
  };
}
