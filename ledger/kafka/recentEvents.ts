/** The events a reader was given last, so that ones that come again can be held against them. Memory is bounded. */
import type { RecordedBatch } from '../port';
import type { Run } from './runs';

const mostBytes = 8 * 1024 * 1024;
const mostBatches = 10_000;

/** See the file's head. */
export class RecentEvents {
  private batches: { readonly batch: RecordedBatch; readonly bytes: number }[] = [];
  private bytes = 0;

  /** Remembers a batch, and forgets the oldest where there are too many. */
  add(batch: RecordedBatch): void {
    const bytes = batch.events.reduce((sum, event) => sum + event.length, 0);
    this.batches.push({ batch, bytes });
    this.bytes += bytes;
    if (this.bytes > 2 * mostBytes || this.batches.length > 2 * mostBatches) {
      this.forgetOldest();
    }
  }

  /** The index of the first event of a run, among its first `count`, that is remembered otherwise; -1 where none is. */
  firstContradiction({ producer, firstSequence, events }: Run, count: number): number {
    return events.slice(0, count).findIndex((event, index) => {
      const sequence = firstSequence + index;
      const holds = this.batches.find(
        ({ batch }) =>
          batch.producer === producer &&
          batch.firstSequence <= sequence &&
          sequence < batch.firstSequence + batch.events.length,
      );
      const known = holds?.batch.events[sequence - holds.batch.firstSequence];
      return known !== undefined && Buffer.compare(known, event) !== 0;
    });
  }

  private forgetOldest(): void {
    let first = 0;
    for (; this.bytes > mostBytes || this.batches.length - first > mostBatches; first += 1) {
      this.bytes -= this.batches[first]?.bytes ?? 0;
    }
    this.batches = this.batches.slice(first);
  }
}
