/**
 * Which file a path names. A file that was removed or replaced while it is open takes appends without complaint, and
 * loses them: so whoever writes or waits makes sure that the path still leads to the open file.
 */
import { statSync } from 'node:fs';
import { LedgerUnreachableError } from '../errors';

/** Asking the file system takes a twentieth of an append, so it is asked no more often than this, milliseconds. */
const checkEveryMillis = 10;

/** The file behind a path at the time of construction. */
export class FileIdentity {
  private readonly device: bigint;
  private readonly inode: bigint;
  private checkedAtMillis = 0;

  constructor(
    private readonly address: string,
    private readonly file: string,
  ) {
    const { dev, ino } = statSync(file, { bigint: true });
    this.device = dev;
    this.inode = ino;
  }

  /** @throws {LedgerUnreachableError} where the path leads elsewhere by now */
  check(): void {
    const nowMillis = performance.now();
    if (nowMillis - this.checkedAtMillis < checkEveryMillis) {
      return;
    }
    const now = statSync(this.file, { bigint: true, throwIfNoEntry: false });
    if (now?.ino !== this.inode || now.dev !== this.device) {
      throw new LedgerUnreachableError(
        `the file of ${this.address} was ${now === undefined ? 'removed' : 'replaced'} while it was open; ` +
          `put it back, or open the ledger again if that was meant`,
        this.address,
      );
    }
    this.checkedAtMillis = nowMillis;
  }
}
