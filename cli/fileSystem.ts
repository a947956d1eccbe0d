/** The file system that holds a path, by its usual name. */
import { statfsSync } from 'node:fs';
import path from 'node:path';
import { networkFileSystemOf } from '../ledger/sqlite/networkFileSystem';

/** `f_type` of statfs(2) for local file systems, from Linux's `include/uapi/linux/magic.h`. */
const localFileSystems = new Map<number, string>([
  [0xef53, 'ext4'],
  [0x58465342, 'XFS'],
  [0x9123683e, 'Btrfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
  [0x2fc12fc1, 'ZFS'],
  [0xf2f52010, 'F2FS'],
  [0xca451a4e, 'bcachefs'],
]);

/** The name, a number where it is none of the usual ones, or null where the system does not tell. */
export function fileSystemOf(file: string): string | null {
  try {
    const network = networkFileSystemOf(file);
    return network === null ? localFileSystem(path.resolve(file)) : `${network} (network)`;
  } catch {
    return null;
  }
}

/** Of a path that does not exist yet the nearest existing folder decides. */
function localFileSystem(file: string): string {
  try {
    const type = statfsSync(file).type >>> 0;
    return localFileSystems.get(type) ?? `type 0x${type.toString(16)}`;
  } catch (error) {
    const parent = path.dirname(file);
    if (parent === file) {
      throw error;
    }
    return localFileSystem(parent);
  }
}
