/**
 * Tells of a set of values whether it was put never, once or more often, in four bytes each: a hash table that holds a
 * tag in place of the values. Where it is wrong it says "more often" of what was put once, or was never put; what is
 * then asked of the database is the same answer, only later.
 */
import type { Value } from '../../projections';

/** A power of two: 32 MiB. */
const slotCount = 2 ** 23;
/** Beyond this, looking for a free slot takes long; values that are new then count as put more often. */
const mostValues = 0.8 * slotCount;

/** Set in a slot whose values were put more than once. */
const oftenBit = 0x80000000;

/** See the file's head. */
export class ValuesSeen {
  private readonly slots = new Uint32Array(slotCount);
  private count = 0;
  private slot = 0;
  private tag = 0;

  /** Remembers that the values were put. @param salt tells the kinds of values apart */
  add(salt: number, values: readonly Value[]): void {
    this.find(salt, values);
    const known = this.slots[this.slot] ?? 0;
    if (known !== 0) {
      this.slots[this.slot] = (known | oftenBit) >>> 0;
    } else if (this.count < mostValues) {
      this.slots[this.slot] = this.tag;
      this.count += 1;
    }
  }

  /** How often the values were put: 2 for twice, more often, or not known. */
  times(salt: number, values: readonly Value[]): 0 | 1 | 2 {
    this.find(salt, values);
    const known = this.slots[this.slot] ?? 0;
    if (known === 0) {
      return this.count < mostValues ? 0 : 2;
    }
    return known === this.tag ? 1 : 2;
  }

  /** Finds the slot that the values are in, or the free one where they would go. */
  private find(salt: number, values: readonly Value[]): void {
    let first = 0x811c9dc5 ^ salt;
    let second = 0x1b873593 + salt;
    for (const value of values) {
      const text = typeof value === 'string' ? value : String(value);
      for (let index = 0; index < text.length; index += 1) {
        const unit = text.charCodeAt(index);
        first = Math.imul(first ^ unit, 0x01000193); // FNV-1a (G. Fowler, L. C. Noll, P. Vo, 1991)
        second = Math.imul(second + unit, 0x5bd1e995) ^ (second >>> 15);
      }
      first = Math.imul(first ^ 0x10000, 0x01000193); // the end of a value is no character of one
      second = Math.imul(second + 0x10000, 0x5bd1e995);
    }
    this.tag = (second & ~oftenBit) >>> 0 || 1;
    this.slot = (first ^ (first >>> 15)) & (slotCount - 1);
    for (;;) {
      const held = (this.slots[this.slot] ?? 0) & ~oftenBit;
      if (held === 0 || held === this.tag) {
        return;
      }
      this.slot = (this.slot + 1) & (slotCount - 1);
    }
  }
}
