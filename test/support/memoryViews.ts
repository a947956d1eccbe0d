/** Views folded in memory, without a ledger or a database. */
import { allProjections, digestView, foldOf, type Row, type TableSchema } from '../../projections';
import { MemoryTables } from '../../projections/memoryTables';
import type { LedgerEvent } from '../../schemas';
import type { Numbers } from './naiveViews';

/** All views of some events, in the order given. */
export function viewsInMemory(events: readonly LedgerEvent[]): MemoryTables {
  const tables = new MemoryTables();
  for (const event of events) {
    for (const projection of allProjections) {
      foldOf(projection, event.type)?.(event, tables);
    }
  }
  return tables;
}

/** Each view's digest. */
export function digestsInMemory(events: readonly LedgerEvent[]): Record<string, string> {
  const tables = viewsInMemory(events);
  return Object.fromEntries(
    allProjections.map((projection) => [projection.name, digestView(projection, (schema) => tables.rows(schema))]),
  );
}

/** Some columns of every row, by the columns that tell the rows apart. */
export function numbersOf(rows: readonly Row[], by: readonly string[], columns: readonly string[]): Numbers {
  return Object.fromEntries(
    rows.map((row) => [
      JSON.stringify(by.map((column) => row[column])),
      Object.fromEntries(columns.map((column) => [column, row[column] ?? null])),
    ]),
  );
}

/** The views of a few events, after making sure that every order of hearing them gives the same. */
export function heardInAnyOrder(events: readonly LedgerEvent[]): MemoryTables {
  const expected = digestsInMemory(events);
  for (const order of permutations(events)) {
    expect(digestsInMemory(order)).toEqual(expected);
  }
  return viewsInMemory(events);
}

function permutations<T>(items: readonly T[]): T[][] {
  return items.length === 0
    ? [[]]
    : items.flatMap((item, at) =>
        permutations(items.filter((_, index) => index !== at)).map((rest) => [item, ...rest]),
      );
}

/** The one row of a table; fails where there are more. */
export function onlyRow<R extends Row>(views: MemoryTables, schema: TableSchema<R>): Row {
  const [row, ...others] = views.rows(schema);
  expect(others).toEqual([]);
  return row ?? {};
}
