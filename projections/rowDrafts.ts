/**
 * Copies of rows, to be changed in place. A spread gives its copy a shape of its own at each place of the program, so a
 * row that is spread whenever it changes comes in ever new shapes; after four of them the engine (V8's CloneObjectIC)
 * copies property by property, twenty times as slow. Rows that change often are copied here and stay of one shape.
 */
import type { Row } from './projection';

/** A row that is not in its table yet. */
export type Draft<R extends Row> = { -readonly [Column in keyof R]: R[Column] };

/** See the file's head. */
export class RowDrafts<R extends Row> {
  private readonly columns: readonly (keyof R)[];

  /** @param blank a row with every column */
  constructor(private readonly blank: R) {
    this.columns = Object.keys(blank);
  }

  /** A row of its own with the values of another; without one, a blank one. */
  copyOf(row: R | undefined): Draft<R> {
    const draft: Draft<R> = { ...this.blank };
    if (row !== undefined) {
      for (const column of this.columns) {
        draft[column] = row[column];
      }
    }
    return draft;
  }
}
