/**
 * Reads stored batches in order, a page at a time, and says of every batch number whether its row is whole or lost.
 * Each page is read and its statement finished before anything is handed on, so no reader, however slow, keeps the
 * write-ahead log from being taken into the file.
 */
import { errorMessage } from '../../schemas/systemError';
import { verifyBatchRow, type BatchRow } from './batchRow';
import { isCorruption } from './sqliteErrors';
import type { Tables } from './tables';

/** A stretch of batch numbers that have no readable row. */
export interface LostBatches {
  readonly firstBatch: number;
  readonly lastBatch: number;
  readonly why: string;
}

/** A whole row, or a stretch without. */
export type Scanned = BatchRow | LostBatches;

const maxPageBytes = 1024 * 1024;
const maxPageRows = 1024;

/**
 * The rows behind batch `after`, in order, up to `through` or as far as one page goes; without a hole: what comes next
 * begins behind the last entry. Missing rows are told as lost; whether they were pruned is for the caller to know.
 */
export function scanPage(tables: Tables, after: number, through: number): Scanned[] {
  const page: Scanned[] = [];
  try {
    if (scanRows(tables, after, through, page)) {
      return page;
    }
  } catch (error) {
    if (!isCorruption(error)) {
      throw error;
    }
  }
  // The tree is broken right behind the page's last entry; single look-ups find the way around, one number a call.
  return page.length > 0 ? page : [scanOne(tables, after + 1)];
}

/** @returns whether the page ended as it should; false where the table's order is broken */
function scanRows(tables: Tables, after: number, through: number, page: Scanned[]): boolean {
  let next = after + 1;
  let bytes = 0;
  for (const cells of tables.batchesAfter(after, through)) {
    const found = Number(cells[0]);
    if (!(found >= next && found <= through)) {
      return false;
    }
    if (found > next) {
      page.push({ firstBatch: next, lastBatch: found - 1, why: 'missing' });
    }
    page.push(judge(found, cells));
    next = found + 1;
    const events = cells[7];
    bytes += events instanceof Buffer ? events.length : 0;
    if (bytes >= maxPageBytes || page.length >= maxPageRows) {
      return true;
    }
  }
  if (next <= through) {
    page.push({ firstBatch: next, lastBatch: through, why: 'missing' });
  }
  return true;
}

function scanOne(tables: Tables, batchNumber: number): Scanned {
  try {
    const cells = tables.batch(batchNumber);
    return cells === undefined
      ? { firstBatch: batchNumber, lastBatch: batchNumber, why: 'missing' }
      : judge(batchNumber, cells);
  } catch (error) {
    if (!isCorruption(error)) {
      throw error;
    }
    return { firstBatch: batchNumber, lastBatch: batchNumber, why: `SQLite says "${errorMessage(error)}"` };
  }
}

function judge(batchNumber: number, cells: readonly unknown[]): Scanned {
  const row = verifyBatchRow(cells);
  return typeof row === 'string' ? { firstBatch: batchNumber, lastBatch: batchNumber, why: row } : row;
}
