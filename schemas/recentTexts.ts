/**
 * Texts found again by the bytes they were made of. The events of a campaign repeat themselves: campaign, unit, job,
 * execution and dataset type stand in one event after another. Making such a text once costs less than making it each
 * time, and what is kept of many events is then one text and not many, which maps and tables find faster as well.
 */
export class RecentTexts {
  private readonly texts: (string | undefined)[];
  private readonly lengths: Int32Array;
  /** The bytes of each place's text, one place after the other. */
  private readonly bytes: Uint8Array;

  /**
   * @param places a power of two: how many texts are kept at the most; of two that fall on one place the later stays
   * @param maxBytes what takes more is made each time
   * @param make makes the text of the bytes from start to end
   */
  constructor(
    private readonly places: number,
    private readonly maxBytes: number,
    private readonly make: (bytes: Buffer, start: number, end: number) => string,
  ) {
    this.texts = new Array<string | undefined>(places).fill(undefined);
    this.lengths = new Int32Array(places).fill(-1);
    this.bytes = new Uint8Array(places * maxBytes);
  }

  /** The text of these bytes. */
  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > this.maxBytes) {
      return this.make(bytes, start, end);
    }
    const place = placeOf(bytes, start, end) & (this.places - 1);
    const kept = this.texts[place];
    if (kept !== undefined && this.lengths[place] === length && this.holds(place, bytes, start, length)) {
      return kept;
    }
    const text = this.make(bytes, start, end);
    const offset = place * this.maxBytes;
    for (let index = 0; index < length; index += 1) {
      this.bytes[offset + index] = bytes[start + index] ?? 0;
    }
    this.lengths[place] = length;
    this.texts[place] = text;
    return text;
  }

  private holds(place: number, bytes: Buffer, start: number, length: number): boolean {
    const offset = place * this.maxBytes;
    for (let index = length - 1; index >= 0; index -= 1) {
      if (this.bytes[offset + index] !== bytes[start + index]) {
        return false; // texts that differ mostly do so near their end
      }
    }
    return true;
  }
}

/** FNV-1a (G. Fowler, L. C. Noll, P. Vo, 1991) over some sixteen bytes from end to start: texts of a kind differ there. */
function placeOf(bytes: Buffer, start: number, end: number): number {
  const step = 1 + ((end - start) >>> 4);
  let hash = 0x811c9dc5 ^ (end - start);
  for (let index = end - 1; index >= start; index -= step) {
    hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}
