/** What a projection is: a fold from events to rows. See README.md in this folder for the rules that all of them keep. */
import type { EventType, LedgerEvent } from '../schemas';

/** What a column holds. Flags are integers 0 and 1; times are microseconds since 1970. */
export type Value = string | number | null;

/** One row, by column. */
export type Row = Readonly<Record<string, Value>>;

/** A table's form. Its name is its name in SQL as well, so it is unique over all projections. */
export interface TableSchema<R extends Row> {
  readonly name: string;
  /** Every column in order, with its SQL type; `| null` in the row type is not repeated here. */
  readonly columns: Readonly<Record<keyof R & string, 'text' | 'integer'>>;
  /** The columns that tell one row from all others; never null. */
  readonly key: readonly (keyof R & string)[];
  /**
   * Sets of columns to scan by, by name. A row never changes these columns once it is there. As in the key, the column
   * that tells most apart comes first: a database without statistics goes by the first column.
   */
  readonly indexes: Readonly<Record<string, readonly (keyof R & string)[]>>;
  /** The indexes that {@link Table.others} is asked by: those under which most rows stand alone. */
  readonly mostlyAlone?: readonly string[];
  /** Which rows will be touched again, if only long after they were put: these are worth keeping in memory. */
  touchedAgain?(row: R): boolean;
}

/** One table as a fold sees it: its own earlier writes, committed or not. */
export interface Table<R extends Row> {
  /** The row with a key, its values in the key's order. */
  get(...key: readonly Value[]): R | undefined;
  /** Adds the row, or takes the place of the one with the same key. */
  put(row: R): void;
  /** Removes the row with a key, if there is one. */
  delete(...key: readonly Value[]): void;
  /** Every row whose columns of that index have these values, in no particular order. */
  scan(index: string, ...values: readonly Value[]): R[];
  /** The other rows that agree in that index's columns with a row that is in the table: mostly none. */
  others(index: string, row: R): R[];
}

/** The tables of a projection's state. */
export interface Tables {
  of<R extends Row>(schema: TableSchema<R>): Table<R>;
}

/**
 * What each type of event does to the rows; other types do nothing. A fold is synchronous and reads and writes nothing
 * but its projection's own tables, so it runs the same in memory and on a database; the rows are a function of the set
 * of events, whatever order the producers' events are interleaved in.
 */
export type Folds = {
  readonly [Type in EventType]?: (event: Extract<LedgerEvent, { type: Type }>, tables: Tables) => void;
};

/** One view: its tables and its folds. */
export interface Projection {
  readonly name: string;
  /** Raised with any change to the tables or to what an event does to them: the view is then made anew. */
  readonly version: number;
  readonly tables: readonly AnyTableSchema[];
  readonly folds: Folds;
}

/** What a projection does with events of a type, or undefined where they mean nothing to it. */
export function foldOf(projection: Projection, type: EventType): Fold | undefined {
  return projection.folds[type] as Fold | undefined; // only events of the type come to it
}

/** A fold of whatever type. */
export type Fold = (event: LedgerEvent, tables: Tables) => void;

/** A table's form where the row type does not matter. */
export interface AnyTableSchema {
  readonly name: string;
  readonly columns: Readonly<Record<string, 'text' | 'integer'>>;
  readonly key: readonly string[];
  readonly indexes: Readonly<Record<string, readonly string[]>>;
  readonly mostlyAlone?: readonly string[];
  touchedAgain?(row: Row): boolean;
}
