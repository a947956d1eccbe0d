/** Numbers that look random and are always the same for the same seed. */
import { uuidFromBytes } from '../../schemas/uuid';

/** A seed from texts and numbers: 32-bit FNV-1a (Fowler, Noll, Vo) with a mixing step at its end. */
export function seedOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    const text = `${String(part)}\n`;
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
  }
  return mixed(hash);
}

/** The seed of one of many things of a kind. */
export function seedAt(seed: number, index: number): number {
  return mixed(seed ^ Math.imul(index + 1, 0x9e3779b1));
}

/** The last step of MurmurHash3 (A. Appleby, public domain): every bit of the input changes half of the output's. */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The hexadecimal digits of each number of 16 bits, as four characters of a byte each. */
const fourDigits = new Uint32Array(65_536);
Buffer.from(fourDigits.buffer).write(
  Array.from(fourDigits, (_, value) => value.toString(16).padStart(4, '0')).join(''),
  'latin1',
);

/** Where texts of digits are put together: one made at once takes less time and memory than one pieced together. */
const spaceDigits = new Uint32Array(16);
const space = Buffer.from(spaceDigits.buffer);

const uuidSpace = Buffer.alloc(16);

/** A stream of numbers (T. Ettinger's mulberry32, public domain). */
export class Random {
  constructor(private state: number) {}

  /** Begins anew with another seed. */
  reseed(seed: number): void {
    this.state = seed;
  }

  /** A whole number from 0 to 2^32 - 1. */
  bits(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return (value ^ (value >>> 14)) >>> 0;
  }

  /** A number from 0 to below 1. */
  fraction(): number {
    return this.bits() / 4_294_967_296;
  }

  /** A whole number from 0 to below a limit. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** A number about 1 that is as likely a factor above as below it: log-normal, never more than four times off. */
  factor(spread: number): number {
    // The sum of three is near enough to a normal distribution and costs no logarithm: variance 3/12.
    const normal = 2 * (this.fraction() + this.fraction() + this.fraction() - 1.5);
    return Math.min(4, Math.max(0.25, Math.exp(spread * normal)));
  }

  /** Hexadecimal digits, four times as many as asked; at most 64. */
  hex(fours: number): string {
    for (let done = 0; done < fours; done += 2) {
      const bits = this.bits();
      spaceDigits[done] = fourDigits[bits >>> 16] ?? 0;
      spaceDigits[done + 1] = fourDigits[bits & 0xffff] ?? 0;
    }
    return space.toString('latin1', 0, 4 * fours);
  }

  /** A UUID of version 7 (RFC 9562, section 5.7) that sorts by its time. @param unixMillis milliseconds since 1970 */
  uuid(unixMillis: number): string {
    uuidSpace.writeUIntBE(unixMillis, 0, 6);
    uuidSpace.writeUInt16BE(0x7000 | (this.bits() & 0x0fff), 6);
    uuidSpace.writeUInt16BE(0x8000 | (this.bits() & 0x3fff), 8);
    uuidSpace.writeUInt32BE(this.bits(), 10);
    uuidSpace.writeUInt16BE(this.bits() >>> 16, 14);
    return uuidFromBytes(uuidSpace);
  }
}

/** Some of the numbers from 0 to below a limit, each once, in order; all of them where fewer are asked for than there are. */
export function someOf(limit: number, count: number, random: Random): number[] {
  const chosen = new Set<number>();
  while (chosen.size < Math.min(limit, count)) {
    chosen.add(random.below(limit));
  }
  return [...chosen].sort((a, b) => a - b);
}
