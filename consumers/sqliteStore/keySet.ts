/**
 * Tells, in a fixed amount of memory, that a key was never put into a table: a Bloom filter (B. H. Bloom, 1970). Most
 * keys that a fold asks for while a view is made from nothing have never been seen, and asking the database each time
 * is what takes the time. It may say "perhaps" of a key that is not there; it never misses one that is.
 */
export class KeySet {
  private readonly bits: Uint8Array;
  private readonly mask: number;

  /** @param sizeBytes a power of two; 32 MiB answer for some 20 million keys with less than one wrong "perhaps" in 50 */
  constructor(sizeBytes: number) {
    this.bits = new Uint8Array(sizeBytes);
    this.mask = sizeBytes * 8 - 1;
  }

  /** Remembers a key. @param salt tells the tables apart */
  add(salt: number, key: string): void {
    this.each(salt, key, (byte, bit) => {
      this.bits[byte] = (this.bits[byte] ?? 0) | bit;
      return true;
    });
  }

  /** False when the key was never added. */
  mayHave(salt: number, key: string): boolean {
    return this.each(salt, key, (byte, bit) => ((this.bits[byte] ?? 0) & bit) !== 0);
  }

  private each(salt: number, key: string, visit: (byte: number, bit: number) => boolean): boolean {
    // Two 32-bit multiplicative hashes in one pass; three places from them (Kirsch and Mitzenmacher, 2006).
    let first = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1);
    let second = 0x1b873593 + salt;
    for (let index = 0; index < key.length; index += 1) {
      const unit = key.charCodeAt(index);
      first = Math.imul(first ^ unit, 0x01000193);
      second = Math.imul(second + unit, 0x5bd1e995) ^ (second >>> 15);
    }
    first ^= first >>> 16;
    for (let place = 0; place < 3; place += 1) {
      const at = (first >>> 0) & this.mask;
      if (!visit(at >>> 3, 1 << (at & 7))) {
        return false;
      }
      first = (first + (second | 1)) | 0;
    }
    return true;
  }
}
