/**
 * SQLite's write-ahead log needs memory shared between processes and locks that hold, which network file systems do
 * not give (sqlite.org/wal.html, sqlite.org/useovernet.html). So the embedded ledger, outboxes and views refuse them.
 */
import { statfsSync } from 'node:fs';
import path from 'node:path';
import { errorCode } from '../../schemas/systemError';

/** `f_type` of statfs(2), from Linux's `include/uapi/linux/magic.h` and the file systems' own sources. */
const networkFileSystems = new Map<number, string>([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB2'],
  [0xff534d42, 'CIFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x65735546, 'FUSE'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x19830326, 'BeeGFS'],
  [0x01021997, '9p'],
  [0x564c, 'NCP'],
  [0xaad7aaea, 'PanFS'],
  [0x20030528, 'OrangeFS'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x786f4256, 'VirtualBox shared folder'],
  [0xbacbacbc, 'VMware shared folder'],
]);

/** Tells the type of the file system that holds an existing path; the one seam at which tests fake it. */
export type StatfsType = (existingPath: string) => number;

const statfsType: StatfsType = (existingPath) => statfsSync(existingPath).type;

/**
 * The network file system that holds a path, by its usual name, or null where it is a local one. Of a path that does
 * not exist yet, the nearest existing folder decides.
 * @throws the system's error where no folder above can be asked either
 */
export function networkFileSystemOf(file: string, typeOf: StatfsType = statfsType): string | null {
  let candidate = path.resolve(file);
  for (;;) {
    try {
      // Signed on some platforms: the magic numbers are unsigned.
      return networkFileSystems.get(typeOf(candidate) >>> 0) ?? null;
    } catch (error) {
      const parent = path.dirname(candidate);
      if (!isMissing(error) || parent === candidate) {
        throw error;
      }
      candidate = parent;
    }
  }
}

/**
 * Why a SQLite file must not lie at this path and what to do instead, or null where it may.
 * @param what the thing that should lie there, e.g. `an outbox`
 */
export function networkFileSystemRefusal(what: string, file: string, typeOf: StatfsType = statfsType): string | null {
  const name = networkFileSystemOf(file, typeOf);
  return name === null
    ? null
    : `${path.resolve(file)} lies on a network file system (${name}), where locks and shared memory do not hold and ` +
        `${what} would be damaged; put it on a local disk of the machine that writes it (e.g. under /var/lib or /tmp), ` +
        `and let other machines reach the events with \`tractledger relay\` or a ledger server`;
}

function isMissing(error: unknown): boolean {
  return /^(ENOENT|ENOTDIR)$/.test(errorCode(error));
}
