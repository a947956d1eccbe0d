/**
 * Tells, in a fixed amount of memory, that a key was never put into a table: a Bloom filter (B. H. Bloom, 1970). Most
 * keys that a fold asks for while a view is made from nothing have never been seen, and asking the database each time
 * is what takes the time. It may say "perhaps" of a key that is not there; it never misses one that is.
 */
import type { Value } from '../../projections';

/** Places a key sets in the filter. */
const places = 3;

/** The memory of a filter: threads can share it, as long as one alone adds. */
export type KeyBits = SharedArrayBuffer;

/** @param sizeBytes a power of two; 32 MiB answer for some 20 million keys with less than one wrong "perhaps" in 50 */
export function keyBits(sizeBytes: number): KeyBits {
  return new SharedArrayBuffer(sizeBytes);
}

/** The keys of one kind in a filter. */
export class KeySet {
  private readonly bits: Uint8Array;
  private readonly mask: number;
  /** By the place in the key, the value seen there last and its hash: neighbours mostly share all values but one. */
  private readonly values: Value[] = [];
  private readonly hashes: number[] = [];

  /** @param salt tells the kinds of keys apart */
  constructor(
    bits: KeyBits,
    private readonly salt: number,
  ) {
    this.bits = new Uint8Array(bits);
    this.mask = bits.byteLength * 8 - 1;
  }

  /** Remembers a key. */
  add(key: readonly Value[]): void {
    const first = this.hash(key);
    const second = mixed(first) | 1;
    for (let place = 0; place < places; place += 1) {
      const at = placeOf(first, second, place) & this.mask;
      this.bits[at >>> 3] = (this.bits[at >>> 3] ?? 0) | (1 << (at & 7));
    }
  }

  /** False when the key was never added. */
  mayHave(key: readonly Value[]): boolean {
    const first = this.hash(key);
    const second = mixed(first) | 1;
    for (let place = 0; place < places; place += 1) {
      const at = placeOf(first, second, place) & this.mask;
      if (((this.bits[at >>> 3] ?? 0) & (1 << (at & 7))) === 0) {
        return false;
      }
    }
    return true;
  }

  private hash(key: readonly Value[]): number {
    let hash = this.salt;
    for (let at = 0; at < key.length; at += 1) {
      const value = key[at] ?? null;
      if (value !== this.values[at]) {
        this.values[at] = value;
        this.hashes[at] = hashOf(typeof value === 'string' ? value : String(value));
      }
      hash = mixed(Math.imul(hash, 31) ^ (this.hashes[at] ?? 0));
    }
    return hash;
  }
}

/** Any number of places from two hashes (Kirsch and Mitzenmacher, "Less Hashing, Same Performance", 2006). */
function placeOf(first: number, second: number, number: number): number {
  return first + Math.imul(number, second);
}

/** FNV-1a over the text's UTF-16 units (G. Fowler, L. C. Noll, P. Vo, 1991). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}

/** Spreads a hash over all 32 bits (A. Appleby's finalizer of MurmurHash3, 2011). */
function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
