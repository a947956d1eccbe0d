/**
 * A lock between processes that the kernel takes back when its holder dies, however it dies: flock(2), which Node does
 * not offer, through koffi.
 */
import { createRequire } from 'node:module';
import { closeSync, constants, openSync } from 'node:fs';

type Flock = (descriptor: number, operation: number) => number;

// The same numbers on Linux, macOS and the BSDs.
const LOCK_EX = 2;
const LOCK_NB = 4;

// Loaded on first use: most commands never take a lock.
const load = createRequire(__filename);
let flock: Flock | undefined;

function bound(): Flock {
  const koffi = load('koffi') as { load(path: null): { func(definition: string): unknown } };
  return koffi.load(null).func('int flock(int descriptor, int operation)') as Flock;
}

/** A lock that is held until it is released or the process ends. */
export interface FileLock {
  release(): void;
}

/**
 * Takes the lock of a file if nobody has it; the file is made where there is none, and stays.
 * @returns null where another process (or another holder in this one) has it
 * @throws what opening the file throws
 */
export function tryLock(file: string): FileLock | null {
  flock ??= bound();
  const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  if (flock(descriptor, LOCK_EX | LOCK_NB) !== 0) {
    closeSync(descriptor);
    return null;
  }
  return {
    release: () => {
      closeSync(descriptor);
    },
  };
}
