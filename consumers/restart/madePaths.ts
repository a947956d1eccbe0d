/**
 * Which executions made a file at a path, among millions of paths: a sorted list of numbers and no texts. Of a path it
 * holds the hash and, in the same number, which execution made the file.
 */
import { textHash } from '../../schemas/textHash';
import type { PackedFiles } from './packedFiles';

/** What a number holds exactly (Number.MAX_SAFE_INTEGER). */
const exactBits = 53;
const hashBits = 32;

/** See the file's head. */
export class MadePaths {
  private readonly made: readonly PackedFiles[];
  /** Ascending: the hash of a path, or the first bits of it, before the place of the execution. */
  private readonly entries: Float64Array;
  /** Above the places of all executions. */
  private readonly places: number;
  /** As many bits of a hash as find room before a place. */
  private readonly bitsDropped: number;

  constructor(made: Iterable<PackedFiles>) {
    this.made = [...made];
    const placeBits = Math.ceil(Math.log2(this.made.length + 1));
    this.places = 2 ** placeBits;
    this.bitsDropped = Math.max(0, hashBits + placeBits - exactBits);
    this.entries = new Float64Array(this.made.reduce((sum, { count }) => sum + count, 0));
    let next = 0;
    for (const [place, files] of this.made.entries()) {
      files.eachHash((hash) => {
        this.entries[next] = this.firstEntry(hash) + place;
        next += 1;
      });
    }
    this.entries.sort();
  }

  /** The executions that made a file at a path. */
  makersOf(path: string): readonly string[] {
    const makers: string[] = [];
    const first = this.firstEntry(textHash(path));
    for (let at = this.search(first); (this.entries[at] ?? Infinity) < first + this.places; at += 1) {
      const files = this.filesAt(at);
      const isNext = at === 0 || this.entries[at] !== this.entries[at - 1]; // two paths of one execution may share a hash
      if (isNext && files?.has(path) === true) {
        makers.push(files.execution);
      }
    }
    return makers;
  }

  /** The paths at which several executions made a file, with these. */
  repeated(): ReadonlyMap<string, readonly string[]> {
    const makers = new Map<string, readonly string[]>();
    for (let at = 1; at < this.entries.length; at += 1) {
      if (this.hashAt(at) === this.hashAt(at - 1)) {
        const hash = this.hashAt(at);
        for (const path of this.filesAt(at)?.paths ?? []) {
          const executions = this.hashed(textHash(path)) === hash ? this.makersOf(path) : [];
          if (executions.length > 1) {
            makers.set(path, executions);
          }
        }
      }
    }
    return makers;
  }

  private hashed(hash: number): number {
    return (hash >>> 0) >>> this.bitsDropped;
  }

  private firstEntry(hash: number): number {
    return this.hashed(hash) * this.places;
  }

  private hashAt(at: number): number {
    return Math.floor((this.entries[at] ?? 0) / this.places);
  }

  private filesAt(at: number): PackedFiles | undefined {
    return this.made[(this.entries[at] ?? 0) % this.places];
  }

  /** The first entry that is not below another. */
  private search(entry: number): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle] ?? 0) < entry) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
