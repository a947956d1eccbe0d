/**
 * The child's peak memory, told apart from the sidecar's own.
 *
 * wait4's ru_maxrss is the largest peak of the child and of every descendant that was waited for, kept by the kernel
 * without gaps. But it has a floor. posix_spawn's child shares our memory until exec, and exec enters the peak of the
 * memory it leaves into the same account: ours. So
 * - above our own peak at the spawn, ru_maxrss is exactly the child's;
 * - at or below it, ru_maxrss says only that. The answer then comes from VmHWM in /proc, which starts anew at exec, read
 *   now and then while the child and its descendants live. VmHWM never falls, so the last reading counts, and what is
 *   missed is growth after it: the answer is `maxRssSampled`, and none (`maxRssNotMeasured`) where too much of the run
 *   went by after the last reading.
 *
 * (A smaller process between us and the child would lower the floor, but a shell there changes what the job inherits:
 * it drops environment entries that are no shell names, and a fork of our own would carry our memory along.)
 */
import {
  countOnlineCpus,
  findDescendants,
  forgetOwnPeakRss,
  listProcessIdsAfter,
  readPeakRssBytes,
  readProcessStat,
} from './procfs';

/** What {@link PeakMemory.conclude} answers. */
export interface PeakMemoryResult {
  maxRssBytes: number | null;
  /** maxRssSampled, maxRssNotMeasured, or null: exact. */
  caveat: 'maxRssSampled' | 'maxRssNotMeasured' | null;
}

const PAGE_BYTES = 4096;
/** At most this share of the run may lie after the last reading. */
const MAX_UNSEEN_SHARE = 0.2;
/** Reading may take this share of one CPU: on a busy node a look at every process is not cheap. */
const MAX_COST_SHARE = 0.02;
const FIRST_DELAY_MILLIS = 2;
const LAST_DELAY_MILLIS = 250;
/** So long process ids cannot have started over since the spawn: it would take 15,000 new processes a second. */
const RISING_IDS_NANOS = 2_000_000_000n;

/**
 * How far two readings of one peak may lie apart. Since Linux 6.2 the kernel counts pages for each CPU apart, folding
 * them in batches of max(32, 2 × CPUs) pages (lib/percpu_counter.c); before, each thread held back up to 64 pages. A
 * sidecar's dozen threads touch a dozen or so CPUs.
 */
export function peakUncertaintyBytes(cpuCount: number): number {
  const batchPages = Math.max(32, 2 * cpuCount);
  return 3 * 1024 * 1024 + Math.min(cpuCount, 16) * batchPages * PAGE_BYTES;
}

/** Lowers our own recorded peak to what we hold now, so that more children lie above it. Call right before a spawn. */
export function lowerOwnPeak(): void {
  forgetOwnPeakRss();
}

/** Follows one child's peak memory from its spawn to its end. */
export class PeakMemory {
  private readonly thresholdBytes: number;
  private readonly idsAreUsable: boolean;
  private readonly seen = new Map<number, number>();
  private largestBytes = 0;
  private lastSampleNanos: bigint;
  private costMillis = 0;

  /**
   * Create right after the spawn.
   * @param startedNanos process.hrtime at the spawn
   */
  constructor(
    private readonly pid: number,
    private readonly startedNanos: bigint,
  ) {
    const own = readPeakRssBytes('self');
    this.thresholdBytes = own === null ? Infinity : own + peakUncertaintyBytes(countOnlineCpus());
    this.lastSampleNanos = startedNanos;
    this.idsAreUsable = listProcessIdsAfter(pid) !== null;
  }

  /** Whether further readings can tell nothing: ru_maxrss is certain to lie above our own peak. */
  get settled(): boolean {
    return this.largestBytes > this.thresholdBytes;
  }

  /** How long to wait before the next reading, in milliseconds: a tenth of the run so far, within bounds. */
  get nextDelayMillis(): number {
    const elapsedMillis = Number(process.hrtime.bigint() - this.startedNanos) / 1e6;
    const wanted = Math.min(Math.max(elapsedMillis / 10, FIRST_DELAY_MILLIS), LAST_DELAY_MILLIS);
    return Math.max(wanted, this.costMillis / MAX_COST_SHARE);
  }

  /** Reads the peaks of the child and its descendants as of now. */
  sample(): void {
    const before = process.hrtime.bigint();
    const cpuBefore = process.cpuUsage();
    const own = readPeakRssBytes(this.pid);
    if (own === null) return;
    this.largestBytes = Math.max(this.largestBytes, own);
    for (const [pid, startTicks] of findDescendants(this.pid, this.candidates())) {
      this.seen.set(pid, startTicks);
      this.largestBytes = Math.max(this.largestBytes, readPeakRssBytes(pid) ?? 0);
    }
    this.lastSampleNanos = before;
    // CPU and not wall-clock: on a crowded node waiting for our turn costs nobody anything.
    const { user, system } = process.cpuUsage(cpuBefore);
    this.costMillis = (user + system) / 1000;
  }

  /** The only processes that can descend from the child, or null when any may. */
  candidates(): number[] | null {
    const isShort = process.hrtime.bigint() - this.startedNanos < RISING_IDS_NANOS;
    return this.idsAreUsable && isShort ? listProcessIdsAfter(this.pid) : null;
  }

  /** Whether a descendant seen at some reading still runs. */
  someDescendantLives(): boolean {
    for (const [pid, startTicks] of this.seen) {
      const stat = readProcessStat(pid);
      if (stat?.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X') return true;
    }
    return false;
  }

  /**
   * The answer once the child has been waited for.
   * @param waitedMaxRssBytes ru_maxrss in bytes
   * @param endedNanos process.hrtime when it was waited for
   */
  conclude(waitedMaxRssBytes: number, endedNanos: bigint): PeakMemoryResult {
    if (waitedMaxRssBytes > this.thresholdBytes) return { maxRssBytes: waitedMaxRssBytes, caveat: null };
    const unseen = Number(endedNanos - this.lastSampleNanos);
    const whole = Number(endedNanos - this.startedNanos);
    if (this.largestBytes > 0 && (this.settled || unseen <= whole * MAX_UNSEEN_SHARE)) {
      return { maxRssBytes: this.largestBytes, caveat: 'maxRssSampled' };
    }
    return { maxRssBytes: null, caveat: 'maxRssNotMeasured' };
  }
}
