/** Finds the files that one input of a task has for each job, through an index on the dimensions they share. */
import type { DatasetType, Requirement } from './definition';
import type { FileCatalogue } from './fileCatalogue';
import type { PlannedFile, UnmetInput } from './plan';
import { indexBy, keyAt, placesOf, projection, type Key, type Row } from './relation';
import { meets } from './requirement';

/** One input of one task. */
export class InputFinder {
  private readonly shared: readonly string[];
  private readonly project: (rows: readonly Row[]) => readonly Row[];
  private readonly keyOf: (shared: Row) => Key;
  private readonly index: Map<Key, readonly PlannedFile[]>;
  /** Registered files that no table tells come to be as they are asked for. */
  private readonly grows: boolean;
  private unmetJobs = 0;
  private firstUnmet: Pick<UnmetInput, 'firstJob' | 'firstMissing'> | null = null;

  /**
   * @param columns those of the rows that {@link find} is given
   * @param unit the dimensions of the unit: in a plan each has one value
   */
  constructor(
    private readonly task: string,
    private readonly type: DatasetType,
    private readonly requirement: Requirement,
    columns: readonly string[],
    unit: readonly string[],
    private readonly catalogue: FileCatalogue,
  ) {
    this.shared = type.dimensions.filter((name) => columns.includes(name));
    this.project = projection(this.shared, columns);
    const telling = this.shared.filter((name) => !unit.includes(name));
    this.keyOf = keyAt(placesOf(telling, this.shared));
    const keyOfFile = keyAt(placesOf(telling, type.dimensions));
    this.index = indexBy(catalogue.of(type.name), ({ row }) => keyOfFile(row));
    this.grows = type.role === 'registered' && type.table === null;
  }

  /** The files for a job's rows, each once. What nothing supplies is noted for {@link unmet}. */
  find(rows: readonly Row[], job: string): readonly PlannedFile[] {
    const projected = this.project(rows);
    const lists = projected.map((row) => this.filesFor(row));
    const [first] = lists;
    const found = lists.length === 1 && first !== undefined ? first : lists.flat();
    const missing = projected.find((_, place) => lists[place]?.length === 0) ?? null;
    if (!meets(this.requirement, found.length, missing === null)) {
      this.unmetJobs += 1;
      this.firstUnmet ??= { firstJob: job, firstMissing: missing === null ? null : this.named(missing) };
    }
    return found;
  }

  /** What some jobs lack; null where none does. */
  unmet(): UnmetInput | null {
    const { task, requirement, unmetJobs, firstUnmet } = this;
    return firstUnmet === null
      ? null
      : { task, datasetType: this.type.name, require: requirement, jobs: unmetJobs, ...firstUnmet };
  }

  private filesFor(row: Row): readonly PlannedFile[] {
    const key = this.keyOf(row);
    let files = this.index.get(key);
    if (files === undefined) {
      files = this.grows ? (this.catalogue.setOf(this.type.name, null)?.add([row], null) ?? []) : [];
      this.index.set(key, files);
    }
    return files;
  }

  private named(row: Row): UnmetInput['firstMissing'] {
    return Object.fromEntries(this.shared.map((name, place) => [name, row[place] ?? '']));
  }
}
