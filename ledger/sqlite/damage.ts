/** Says of a stretch of lost batches whose events they held, as far as anything in the file still tells. */
import { uuidFromBytes } from '../../schemas/uuid';
import type { LedgerDamage } from '../port';
import { formatPosition } from './position';
import type { LostBatches } from './scanBatches';
import { isCorruption } from './sqliteErrors';
import type { BatchOwner, Tables } from './tables';

/** One entry a producer's stretch of sequences; a single entry without names where the index tells nothing. */
export function describeLoss(tables: Tables, ledgerId: string, lost: readonly LostBatches[]): LedgerDamage[] {
  const first = lost[0];
  const last = lost.at(-1);
  if (first === undefined || last === undefined) {
    return [];
  }
  const place =
    first.firstBatch === last.lastBatch
      ? `batch ${String(first.firstBatch)}`
      : `batches ${String(first.firstBatch)} to ${String(last.lastBatch)}`;
  const problem = `${place} cannot be read: ${first.why}`;
  const position = formatPosition(ledgerId, last.lastBatch);
  const stretches = mergeStretches(ownersOf(tables, first.firstBatch, last.lastBatch));
  if (stretches.length === 0) {
    const message = `${problem}; whose events it held cannot be told`;
    return [{ position, producer: null, firstSequence: null, lastSequence: null, message }];
  }
  return stretches.map(({ producer, firstSequence, lastSequence }) => {
    const name = uuidFromBytes(producer);
    const events = `events ${String(firstSequence)} to ${String(lastSequence)} of producer ${name}`;
    return { position, producer: name, firstSequence, lastSequence, message: `${problem}; it held ${events}` };
  });
}

function ownersOf(tables: Tables, firstBatch: number, lastBatch: number): BatchOwner[] {
  try {
    return tables.ownersBetween(firstBatch, lastBatch).filter(({ producer }) => producer.length === 16);
  } catch (error) {
    if (isCorruption(error)) {
      return [];
    }
    throw error;
  }
}

/** Joins what lies next to each other in a producer's own order. */
function mergeStretches(owners: readonly BatchOwner[]): BatchOwner[] {
  const open = new Map<string, BatchOwner>();
  const done: BatchOwner[] = [];
  for (const owner of owners) {
    const key = owner.producer.toString('latin1');
    const before = open.get(key);
    if (before?.lastSequence === owner.firstSequence - 1) {
      open.set(key, { ...owner, firstSequence: before.firstSequence });
    } else {
      if (before !== undefined) {
        done.push(before);
      }
      open.set(key, owner);
    }
  }
  return [...done, ...open.values()];
}
