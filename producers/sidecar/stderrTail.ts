/**
 * The end of what a job wrote to standard error, for classing its failure: read afterwards from the file that our own
 * standard error goes to, as under every batch system, or copied on the way (`--tee-stderr`) where it goes elsewhere.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How much of the end is read. */
export const STDERR_TAIL_BYTES = 64 * 1024;

/** A place in the file that standard error goes to. */
export interface StderrMark {
  device: number;
  inode: number;
  /** Where the child's own output will begin. */
  startBytes: number;
}

/**
 * Marks the end of the file behind our standard error; call it right before the child starts.
 * @returns null when standard error is no regular file: a terminal, a pipe, /dev/null
 */
export function markStderr(): StderrMark | null {
  try {
    const stat = fstatSync(2);
    if (!stat.isFile()) return null;
    return { device: stat.dev, inode: stat.ino, startBytes: nextWriteAt(stat.size) };
  } catch {
    return null;
  }
}

/** Where the next write goes: to the end in append mode, else to the offset that all holders of the file share. */
function nextWriteAt(sizeBytes: number): number {
  try {
    const info = readFileSync('/proc/self/fdinfo/2', 'latin1');
    const offset = Number(/^pos:\s*(\d+)$/m.exec(info)?.[1] ?? sizeBytes);
    const flags = parseInt(/^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? '0', 8);
    const O_APPEND = 0o2000;
    return (flags & O_APPEND) !== 0 ? sizeBytes : Math.min(offset, sizeBytes);
  } catch {
    return sizeBytes;
  }
}

/**
 * The last {@link STDERR_TAIL_BYTES} written to our standard error's file since the mark; bytes that are no UTF-8 become
 * U+FFFD. Others may write to the same file meanwhile: this is evidence for a rule to look at, not an exact record.
 * @returns null when it cannot be read: it is not readable for us, or standard error goes elsewhere by now
 */
export function readStderrTail(mark: StderrMark): string | null {
  let descriptor: number;
  try {
    // Through /proc, for the file may have been renamed or deleted and our descriptor is for writing only.
    descriptor = openSync('/proc/self/fd/2', 'r');
  } catch {
    return null;
  }
  try {
    const stat = fstatSync(descriptor);
    if (stat.dev !== mark.device || stat.ino !== mark.inode) return null;
    // A file that has shrunk was rotated or truncated: all of it is new.
    const startBytes = stat.size < mark.startBytes ? 0 : mark.startBytes;
    return readTail(descriptor, startBytes, stat.size);
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}

/** A copy of the child's standard error on its way to ours, from {@link startStderrCopy}. */
export interface StderrCopy {
  /** Hand this to startChild as `stderrFd`. */
  readonly childFd: number;
  /**
   * Call once the child has ended: passes on the rest, deletes the file and returns the tail. Children left behind may
   * write on; that goes nowhere, as it would with a pipe, but does not harm them.
   */
  finish(): Promise<string>;
}

const COPY_DELAY_MILLIS = 50;

/**
 * Sends a child's standard error through a file and copies it on to ours as it grows, for `--tee-stderr`.
 *
 * A file, not a pipe: when the sidecar is killed, the next write to a pipe would kill the job; to a file it goes on, and
 * what the job said last can still be read there. The prices: standard error is no terminal for the job (nor would a
 * pipe be), it arrives up to 50 ms late, and the file takes room until the job ends.
 *
 * @param file a path on local disk that does not exist yet
 * @throws what opening the file throws
 */
export function startStderrCopy(file: string): StderrCopy {
  const childFd = openSync(file, 'ax');
  const readFd = openSync(file, 'r');
  const chunk = Buffer.alloc(STDERR_TAIL_BYTES);
  let copiedBytes = 0;
  const stop = new AbortController();
  const copyRest = async (): Promise<void> => {
    for (;;) {
      const length = readSync(readFd, chunk, 0, chunk.length, copiedBytes);
      if (length === 0) return;
      copiedBytes += length;
      await writeToStderr(chunk.subarray(0, length));
    }
  };
  const copying = (async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await copyRest();
      await sleep(COPY_DELAY_MILLIS, undefined, { signal: stop.signal });
    }
  })().catch(() => undefined); // finish() tries again and says why
  return {
    childFd,
    finish: async () => {
      stop.abort();
      try {
        await copying;
        await copyRest();
        return readTail(readFd, 0, copiedBytes);
      } finally {
        closeSync(readFd);
        closeSync(childFd);
        rmSync(file, { force: true });
      }
    },
  };
}

/** Writes all of it, waiting while a non-blocking standard error is full. Gives up silently when nobody reads it. */
async function writeToStderr(bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(2, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      await sleep(COPY_DELAY_MILLIS);
    }
  }
}

function readTail(descriptor: number, startBytes: number, endBytes: number): string {
  const from = Math.max(startBytes, endBytes - STDERR_TAIL_BYTES);
  const bytes = Buffer.alloc(Math.max(0, endBytes - from));
  let length = 0;
  while (length < bytes.length) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, from + length);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(firstWholeCharacter(bytes, from > startBytes), length).toString();
}

/** Skips the continuation bytes of a character that the cut went through. */
function firstWholeCharacter(bytes: Uint8Array, isCut: boolean): number {
  let at = 0;
  while (isCut && at < 3 && at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
