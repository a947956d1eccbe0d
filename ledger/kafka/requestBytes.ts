/**
 * How much one request asks for or carries: on a slow link so little that it is over long before it counts as failed, on
 * a fast one enough to keep the link busy.
 */

/** A request that takes longer than this is too large. */
const slowMillis = 3_000;

/** One that is full and takes less than this might be larger. */
const quickMillis = 500;

/** See the file's head. */
export class RequestBytes {
  private allowed: number;

  constructor(
    private readonly least: number,
    private readonly most: number,
    first: number,
  ) {
    this.allowed = first;
  }

  /** How many bytes the next request may take. */
  get bytes(): number {
    return this.allowed;
  }

  /** Takes in how long a request took. @param bytes what it carried, or more: before compression */
  took(millis: number, bytes: number): void {
    if (millis > slowMillis) {
      this.allowed = Math.max(this.least, this.allowed / 2);
    } else if (millis < quickMillis && bytes >= this.allowed / 2) {
      this.allowed = Math.min(this.most, this.allowed * 2);
    }
  }

  /** Takes in that a request had no answer in time, or failed. */
  failed(): void {
    this.allowed = this.least;
  }
}
