/**
 * Tells, in a fixed amount of memory, that a key was never put into a table: a Bloom filter (B. H. Bloom,
 * 1970), in blocks (F. Putze, P. Sanders, J. Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007). Most
 * keys that a fold asks for while a view is made from nothing have never been seen, and asking the database each time
 * is what takes the time. It may say "perhaps" of a key that is not there; it never misses one that is.
 */
import type { Value } from '../../projections';
import { textHash } from '../../schemas/textHash';

/** Places a key sets in the filter: all in one block of the size of a cache line, which memory gives at once. */
const places = 3;
const blockBits = 512;

/** The memory of a filter: threads can share it, as long as one alone adds. */
export type KeyBits = SharedArrayBuffer;

/**
 * @param sizeBytes a power of two from 64 on; 16 MiB answer for some 10 million keys with about one wrong "perhaps" in 50
 */
export function keyBits(sizeBytes: number): KeyBits {
  return new SharedArrayBuffer(sizeBytes);
}

/** The keys of one kind in a filter. */
export class KeySet {
  private readonly bits: Uint8Array;
  private readonly blockMask: number;
  /** By the place in the key, the value seen there last and its hash: neighbours mostly share all values but one. */
  private readonly values: Value[] = [];
  private readonly hashes: number[] = [];

  /** @param salt tells the kinds of keys apart */
  constructor(
    bits: KeyBits,
    private readonly salt: number,
  ) {
    this.bits = new Uint8Array(bits);
    this.blockMask = (bits.byteLength * 8) / blockBits - 1;
  }

  /** Remembers a key. */
  add(key: readonly Value[]): void {
    const hash = this.hash(key);
    const block = this.blockOf(hash);
    let rest = mixed(hash);
    for (let place = 0; place < places; place += 1) {
      const at = block + (rest & (blockBits - 1));
      this.bits[at >>> 3] = (this.bits[at >>> 3] ?? 0) | (1 << (at & 7));
      rest >>>= 9;
    }
  }

  /** False when the key was never added. */
  mayHave(key: readonly Value[]): boolean {
    const hash = this.hash(key);
    const block = this.blockOf(hash);
    let rest = mixed(hash);
    for (let place = 0; place < places; place += 1) {
      const at = block + (rest & (blockBits - 1));
      if (((this.bits[at >>> 3] ?? 0) & (1 << (at & 7))) === 0) {
        return false;
      }
      rest >>>= 9;
    }
    return true;
  }

  private blockOf(hash: number): number {
    return (hash & this.blockMask) * blockBits;
  }

  private hash(key: readonly Value[]): number {
    let hash = this.salt;
    for (let at = 0; at < key.length; at += 1) {
      const value = key[at] ?? null;
      if (value !== this.values[at]) {
        this.values[at] = value;
        this.hashes[at] = textHash(typeof value === 'string' ? value : String(value));
      }
      hash = mixed(Math.imul(hash, 31) ^ (this.hashes[at] ?? 0));
    }
    return hash;
  }
}

/** Spreads a hash over all 32 bits (A. Appleby's finalizer of MurmurHash3, 2011). */
function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
