/** What happens to the counts in one step, put together before a row is touched: much of it cancels out. */
import type { Tables } from '../projection';
import { noFiles, type Contribution, type Counts } from './contributions';
import { fileCountsTable, type FileCountRow } from './tables';

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };

type Change = Pick<Contribution, 'scope' | 'datasetType'> & { readonly counts: Mutable<Counts> };

/** See the file's head. */
export class CountChanges {
  private readonly byType = new Map<string, Change[]>();

  /** Counts what is there from now on. */
  add(contributions: readonly Contribution[]): void {
    for (const contribution of contributions) {
      this.change(contribution, 1);
    }
  }

  /** Counts no longer what was there until now. */
  take(contributions: readonly Contribution[]): void {
    for (const contribution of contributions) {
      this.change(contribution, -1);
    }
  }

  /** Changes the counts; a row that comes to nothing is no more. */
  applyTo(tables: Tables): void {
    const table = tables.of(fileCountsTable);
    for (const changes of this.byType.values()) {
      for (const { scope, datasetType, counts } of changes) {
        if (isNothing(counts)) {
          continue;
        }
        const { campaign, unit, attempt } = scope;
        const known = table.get(campaign, unit, attempt, datasetType);
        const after: FileCountRow = {
          campaign,
          unit,
          attempt,
          dataset_type: datasetType,
          actual: (known?.actual ?? 0) + counts.actual,
          reused: (known?.reused ?? 0) + counts.reused,
          absent: (known?.absent ?? 0) + counts.absent,
          missing: (known?.missing ?? 0) + counts.missing,
          empty: (known?.empty ?? 0) + counts.empty,
          partial: (known?.partial ?? 0) + counts.partial,
          purged: (known?.purged ?? 0) + counts.purged,
          bytes: (known?.bytes ?? 0) + counts.bytes,
        };
        if (isNothing(after)) {
          table.delete(campaign, unit, attempt, datasetType);
        } else {
          table.put(after);
        }
      }
    }
  }

  private change({ scope, datasetType, counts }: Contribution, sign: 1 | -1): void {
    let changes = this.byType.get(datasetType);
    if (changes === undefined) {
      changes = [];
      this.byType.set(datasetType, changes);
    }
    let change = changes.find(
      (known) =>
        known.scope.attempt === scope.attempt &&
        known.scope.unit === scope.unit &&
        known.scope.campaign === scope.campaign,
    );
    if (change === undefined) {
      change = { scope, datasetType, counts: { ...noFiles } };
      changes.push(change);
    }
    addTo(change.counts, counts, sign);
  }
}

function addTo(sum: Mutable<Counts>, counts: Counts, sign: 1 | -1): void {
  sum.actual += sign * counts.actual;
  sum.reused += sign * counts.reused;
  sum.absent += sign * counts.absent;
  sum.missing += sign * counts.missing;
  sum.empty += sign * counts.empty;
  sum.partial += sign * counts.partial;
  sum.purged += sign * counts.purged;
  sum.bytes += sign * counts.bytes;
}

function isNothing({ actual, reused, absent, missing, empty, partial, purged, bytes }: Counts): boolean {
  const none = actual === 0 && reused === 0 && absent === 0 && missing === 0;
  return none && empty === 0 && partial === 0 && purged === 0 && bytes === 0;
}
