/** Sets of data IDs as rows, joined through indexes on the dimensions they share: never every row with every row. */
import { compareUtf8, type DataIdValue } from '../schemas';

/** Values in the order of the relation's columns. */
export type Row = readonly DataIdValue[];

/** Rows over named dimensions. */
export interface Relation {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** Two values or rows have one key exactly when they are the same. */
export type Key = string | number;

/** A function that gives the key of the values at some places of a row. */
export function keyAt(places: readonly number[]): (row: Row) => Key {
  const [first = 0] = places;
  if (places.length === 1) {
    // A dimension has one type, so 7 and '7' never meet.
    return (row) => row[first] ?? '';
  }
  const textKey = textKeyAt(places);
  const [, second = 0] = places;
  return places.length === 2 ? (row) => pairKey(row[first], row[second]) ?? textKey(row) : textKey;
}

/** Up to these, two integers are one of 32 bits, which needs no memory of its own: an exposure and a CCD, mostly. */
const fewOfFirst = 2 ** 24;
const fewOfSecond = 2 ** 8;
/** Up to these, they are one of 53 bits. */
const mostOfFirst = 2 ** 31;
const mostOfSecond = 2 ** 21;

/** Two integers as one, where 53 bits hold them. */
function pairKey(first: DataIdValue | undefined, second: DataIdValue | undefined): number | null {
  if (typeof first !== 'number' || typeof second !== 'number' || first < 0 || second < 0) {
    return null;
  }
  if (first < fewOfFirst && second < fewOfSecond) {
    return (first * fewOfSecond + second) | 0;
  }
  return first < mostOfFirst && second < mostOfSecond ? 2 ** 32 + first * mostOfSecond + second : null;
}

function textKeyAt(places: readonly number[]): (row: Row) => string {
  return (row) => {
    let key = '';
    for (const place of places) {
      const text = String(row[place]);
      key += `${String(text.length)}:${text}`; // the length tells where the value ends, whatever it holds
    }
    return key;
  };
}

/** Where dimensions stand in a relation's columns; those it does not have are left out. */
export function placesOf(dimensions: readonly string[], columns: readonly string[]): number[] {
  return dimensions.map((name) => columns.indexOf(name)).filter((place) => place >= 0);
}

/** Items by the key of their rows, each list in the order given. */
export function indexBy<Item>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const index = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const list = index.get(key);
    if (list === undefined) {
      index.set(key, [item]);
    } else {
      list.push(item);
    }
  }
  return index;
}

/**
 * The rows of both that agree on the dimensions both have, which must be at least one.
 * @param columns those of the result, of the columns of both; by default all, the left ones first
 */
export function join(
  left: Relation,
  right: Relation,
  columns: readonly string[] = [...new Set([...left.columns, ...right.columns])],
): Relation {
  const shared = left.columns.filter((name) => right.columns.includes(name));
  const index = indexBy(right.rows, keyAt(placesOf(shared, right.columns)));
  const keyOfLeft = keyAt(placesOf(shared, left.columns));
  const sources = columns.map((name) => ({ inLeft: left.columns.indexOf(name), inRight: right.columns.indexOf(name) }));
  const rows: Row[] = [];
  for (const row of left.rows) {
    for (const match of index.get(keyOfLeft(row)) ?? []) {
      rows.push(sources.map(({ inLeft, inRight }) => (inLeft >= 0 ? row[inLeft] : match[inRight]) ?? ''));
    }
  }
  return { columns, rows };
}

/** A function that gives the distinct rows over some dimensions, in the order in which they first appear. */
export function projection(
  dimensions: readonly string[],
  columns: readonly string[],
): (rows: readonly Row[]) => readonly Row[] {
  const places = placesOf(dimensions, columns);
  const keyOf = keyAt(dimensions.map((_, place) => place));
  const project = (row: Row): Row => places.map((place) => row[place] ?? '');
  return (rows) => {
    const [first] = rows;
    if (dimensions.length === 0) {
      return [[]];
    }
    if (rows.length === 1 && first !== undefined) {
      return [project(first)];
    }
    if (rows.length <= fewRows) {
      return distinctOfFew(rows.map(project));
    }
    const distinct = new Map<Key, Row>();
    for (const row of rows) {
      const projected = project(row);
      const key = keyOf(projected);
      if (!distinct.has(key)) {
        distinct.set(key, projected);
      }
    }
    return [...distinct.values()];
  };
}

/** So many are told apart sooner by their values than by keys. */
const fewRows = 16;

function distinctOfFew(rows: readonly Row[]): readonly Row[] {
  const distinct: Row[] = [];
  for (const row of rows) {
    if (!distinct.some((other) => areSame(row, other, row.length))) {
      distinct.push(row);
    }
  }
  return distinct;
}

function areSame(one: Row, other: Row, columns: number): boolean {
  for (let place = 0; place < columns; place += 1) {
    if (one[place] !== other[place]) {
      return false;
    }
  }
  return true;
}

/** Sorted rows in groups that have the same values in the first so many columns. */
export function* groupsOf(rows: readonly Row[], columns: number): Generator<readonly Row[], void> {
  let begin = 0;
  while (begin < rows.length) {
    const first = rows[begin] ?? [];
    let end = begin + 1;
    while (end < rows.length && areSame(first, rows[end] ?? [], columns)) {
      end += 1;
    }
    yield rows.slice(begin, end);
    begin = end;
  }
}

/** Values by dimension. */
export type Values = ReadonlyMap<string, DataIdValue>;

/** The rows that have the given values in those columns which the relation has. */
export function where(relation: Relation, values: Values): Relation {
  const wanted = relation.columns.flatMap((name, place) => {
    const value = values.get(name);
    return value === undefined ? [] : [{ place, value }];
  });
  return wanted.length === 0
    ? relation
    : { ...relation, rows: relation.rows.filter((row) => wanted.every(({ place, value }) => row[place] === value)) };
}

/** Numbers by size, texts by their UTF-8 bytes, from the first column to the last. */
export function compareRows(a: Row, b: Row): number {
  for (let place = 0; place < a.length; place += 1) {
    const one = a[place] ?? '';
    const other = b[place] ?? '';
    if (one === other) {
      continue;
    }
    const order =
      typeof one === 'number' && typeof other === 'number' ? one - other : compareUtf8(String(one), String(other));
    if (order !== 0) {
      return order;
    }
  }
  return 0;
}
