/**
 * Looks for damage in SQLite's write-ahead log before SQLite does: at the first frame that does not fit, SQLite takes
 * the log as ended there (sqlite.org/fileformat2.html#the_write_ahead_log), since a crash leaves just such an end, and
 * drops without a word every commit behind it. But a commit is synced before the next one is written. So two commits
 * in an unbroken row behind a frame that does not fit prove that the frame was whole once, and was changed since.
 *
 * What cannot be told from a crash, and is not found: damage to the very last commit.
 */
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** Damage in a log. */
export interface LogDamage {
  /** The first frame that does not fit, counted from 1. */
  readonly frame: number;
  readonly byteOffset: number;
  /** At least so many commits lie behind it, or in it. */
  readonly commitsBehind: number;
}

const logHeaderBytes = 32;
const frameHeaderBytes = 24;
const magicLittleEndian = 0x377f0682;
/** What every ledger is created with; used where the log's header cannot be believed. */
const defaultPageBytes = 4096;

/** SQLite's running checksum: two 32-bit words. */
type Checksum = readonly [number, number];

/** A log that other processes write while it is read can look damaged for a moment; real damage stays, milliseconds. */
const secondLookMillis = 20;

/** @param log path of the write-ahead log; a log that is not there or empty is whole */
export function findLogDamage(log: string): LogDamage | null {
  const found = look(log);
  if (found === null) {
    return null;
  }
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, secondLookMillis);
  return look(log)?.frame === found.frame ? found : null;
}

function look(log: string): LogDamage | null {
  const bytes = readIfPossible(log);
  return bytes.length <= logHeaderBytes ? null : inspect(new Log(bytes));
}

/** A log that cannot be read keeps SQLite from opening the ledger, which then says why; nothing to add to that here. */
function readIfPossible(log: string): Buffer {
  try {
    return readFileSync(log);
  } catch {
    return Buffer.alloc(0);
  }
}

function inspect(log: Log): LogDamage | null {
  let firstBroken = log.headerFits() ? null : 1;
  let commits = 0;
  for (let frame = 1; frame <= log.frameCount; frame += 1) {
    if (!log.isOfThisRound(frame) || !log.followsOn(frame)) {
      firstBroken ??= frame;
      commits = 0;
    }
    commits += log.isOfThisRound(frame) && log.isCommit(frame) ? 1 : 0;
    // A row that is left over from one killed writer holds one commit at most, one that others built on holds more.
    if (firstBroken !== null && commits >= 2) {
      return { frame: firstBroken, byteOffset: log.offsetOf(firstBroken), commitsBehind: commits };
    }
  }
  return null;
}

/** The bytes of a log, read as its format says. */
class Log {
  readonly frameCount: number;
  private readonly view: DataView;
  private readonly pageBytes: number;
  private readonly littleEndian: boolean;
  private readonly headerChecksum: Checksum;
  /** Where the salts of this round stand: in the header, or in the first frame where the header does not fit. */
  private readonly saltsOffset: number;

  constructor(private readonly bytes: Buffer) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    // The lowest bit tells the byte order of the checksums; all else in the file is big-endian.
    this.littleEndian = (this.view.getUint32(0) & 1) === 0;
    this.headerChecksum = this.checksum([0, 0], 0, 24);
    const headerFits = this.headerFits();
    if (!headerFits) {
      this.littleEndian = endianness() === 'LE';
    }
    this.pageBytes = headerFits ? this.view.getUint32(8) : defaultPageBytes;
    this.saltsOffset = headerFits ? 16 : logHeaderBytes + 8;
    this.frameCount = Math.floor((bytes.length - logHeaderBytes) / (frameHeaderBytes + this.pageBytes));
  }

  offsetOf(frame: number): number {
    return logHeaderBytes + (frame - 1) * (frameHeaderBytes + this.pageBytes);
  }

  headerFits(): boolean {
    const [first, second] = this.headerChecksum;
    return (
      (this.view.getUint32(0) & ~1) >>> 0 === magicLittleEndian &&
      this.view.getUint32(24) === first &&
      this.view.getUint32(28) === second
    );
  }

  /** Whether a frame was written since the log last began anew: both carry the same salts. */
  isOfThisRound(frame: number): boolean {
    const offset = this.offsetOf(frame);
    return this.bytes.compare(this.bytes, this.saltsOffset, this.saltsOffset + 8, offset + 8, offset + 16) === 0;
  }

  isCommit(frame: number): boolean {
    return this.view.getUint32(this.offsetOf(frame) + 4) !== 0;
  }

  /** Whether a frame's checksum continues the one stored in the frame before it. */
  followsOn(frame: number): boolean {
    const offset = this.offsetOf(frame);
    const before: Checksum = frame === 1 ? this.headerChecksum : this.storedChecksum(this.offsetOf(frame - 1));
    const overHeader = this.checksum(before, offset, 8);
    const [first, second] = this.checksum(overHeader, offset + frameHeaderBytes, this.pageBytes);
    const stored = this.storedChecksum(offset);
    return stored[0] === first && stored[1] === second;
  }

  private storedChecksum(frameOffset: number): Checksum {
    return [this.view.getUint32(frameOffset + 16), this.view.getUint32(frameOffset + 20)];
  }

  private checksum([from, to]: Checksum, offset: number, length: number): Checksum {
    let first = from | 0;
    let second = to | 0;
    for (let at = offset; at < offset + length; at += 8) {
      first = (first + this.view.getUint32(at, this.littleEndian) + second) | 0;
      second = (second + this.view.getUint32(at + 4, this.littleEndian) + first) | 0;
    }
    return [first >>> 0, second >>> 0];
  }
}
