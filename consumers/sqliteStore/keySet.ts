/**
 * Tells, in a fixed amount of memory, that a key was never put into a table: a Bloom filter (B. H. Bloom, 1970). Most
 * keys that a fold asks for while a view is made from nothing have never been seen, and asking the database each time
 * is what takes the time. It may say "perhaps" of a key that is not there; it never misses one that is.
 */
import type { Value } from '../../projections';

/** Places a key sets in the filter. */
const places = 3;

export class KeySet {
  private readonly bits: Uint8Array;
  private readonly mask: number;
  /** The two hashes of the key at hand: kept here, since a filter that allocates would cost what it saves. */
  private first = 0;
  private second = 0;

  /** @param sizeBytes a power of two; 32 MiB answer for some 20 million keys with less than one wrong "perhaps" in 50 */
  constructor(sizeBytes: number) {
    this.bits = new Uint8Array(sizeBytes);
    this.mask = sizeBytes * 8 - 1;
  }

  /** Remembers a key. @param salt tells the tables apart */
  add(salt: number, key: readonly Value[]): void {
    this.hash(salt, key);
    for (let place = 0; place < places; place += 1) {
      const at = this.place(place);
      this.bits[at >>> 3] = (this.bits[at >>> 3] ?? 0) | (1 << (at & 7));
    }
  }

  /** False when the key was never added. */
  mayHave(salt: number, key: readonly Value[]): boolean {
    this.hash(salt, key);
    for (let place = 0; place < places; place += 1) {
      const at = this.place(place);
      if (((this.bits[at >>> 3] ?? 0) & (1 << (at & 7))) === 0) {
        return false;
      }
    }
    return true;
  }

  /** Any number of places from two hashes (Kirsch and Mitzenmacher, "Less Hashing, Same Performance", 2006). */
  private place(number: number): number {
    return (this.first + Math.imul(number, this.second)) & this.mask;
  }

  private hash(salt: number, key: readonly Value[]): void {
    let first = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1);
    let second = 0x1b873593 + salt;
    for (const value of key) {
      const text = typeof value === 'string' ? value : String(value);
      for (let index = 0; index < text.length; index += 1) {
        const unit = text.charCodeAt(index);
        first = Math.imul(first ^ unit, 0x01000193);
        second = Math.imul(second + unit, 0x5bd1e995) ^ (second >>> 15);
      }
      first = Math.imul(first ^ 0x10000, 0x01000193); // the end of a value is no character of one
    }
    this.first = (first ^ (first >>> 16)) >>> 0;
    this.second = (second | 1) >>> 0;
  }
}
