/**
 * Which executions made a file at a path, among millions of paths: a hash table with open addressing (D. E. Knuth, The
 * Art of Computer Programming 3, section 6.4) that holds numbers and no texts.
 */
import { hashOfPath, type PackedFiles } from './packedFiles';

/** At least so many slots a path: with fewer, looking for one takes long. */
const slotsPerPath = 2;

/** See the file's head. */
export class MadePaths {
  private readonly made: readonly PackedFiles[];
  /** For each slot the hash of a path and the number of the execution that made the file, from 1; 0 in a free one. */
  private readonly slots: Int32Array;
  private readonly mask: number;
  /** The hashes that came more than once. */
  private readonly repeatedHashes = new Set<number>();

  constructor(made: Iterable<PackedFiles>) {
    this.made = [...made];
    const paths = this.made.reduce((sum, { count }) => sum + count, 0);
    const slotCount = 2 ** Math.ceil(Math.log2(Math.max(1, paths) * slotsPerPath));
    this.slots = new Int32Array(2 * slotCount);
    this.mask = slotCount - 1;
    for (const [place, files] of this.made.entries()) {
      files.eachHash((hash) => {
        this.add(hash, place + 1);
      });
    }
  }

  /** The executions that made a file at a path. */
  makersOf(path: string): readonly string[] {
    return this.withHash(hashOfPath(path)).flatMap((files) => (files.has(path) ? [files.execution] : []));
  }

  /** The paths at which several executions made a file, with these. */
  repeated(): ReadonlyMap<string, readonly string[]> {
    const makers = new Map<string, string[]>();
    for (const hash of this.repeatedHashes) {
      const byPath = new Map<string, string[]>();
      for (const { execution, paths } of new Set(this.withHash(hash))) {
        for (const path of paths) {
          if (hashOfPath(path) === hash) {
            byPath.set(path, [...(byPath.get(path) ?? []), execution]);
          }
        }
      }
      for (const [path, executions] of byPath) {
        if (executions.length > 1) {
          makers.set(path, executions);
        }
      }
    }
    return makers;
  }

  private add(hash: number, number: number): void {
    let slot = this.firstSlot(hash);
    for (; this.slots[slot + 1] !== 0; slot = this.nextSlot(slot)) {
      if (this.slots[slot] === hash) {
        this.repeatedHashes.add(hash);
      }
    }
    this.slots[slot] = hash;
    this.slots[slot + 1] = number;
  }

  private withHash(hash: number): PackedFiles[] {
    const found: PackedFiles[] = [];
    for (let slot = this.firstSlot(hash); this.slots[slot + 1] !== 0; slot = this.nextSlot(slot)) {
      const files = this.slots[slot] === hash ? this.made[(this.slots[slot + 1] ?? 0) - 1] : undefined;
      if (files !== undefined) {
        found.push(files);
      }
    }
    return found;
  }

  private firstSlot(hash: number): number {
    return 2 * ((hash ^ (hash >>> 15)) & this.mask);
  }

  private nextSlot(slot: number): number {
    return 2 * ((slot / 2 + 1) & this.mask);
  }
}
