/** A table on SQLite behaves as one in memory does, whatever is done to it in whatever order. */
import fc from 'fast-check';
import type Database from 'better-sqlite3';
import { BetterSqlite3 } from '../../ledger/sqlite/betterSqlite3';
import { ChangeWriter, type Change } from '../../consumers/sqliteStore/changes';
import { mostCommitsUnderWay } from '../../consumers/sqliteStore/backgroundWriter';
import { keyBits, type KeyBits } from '../../consumers/sqliteStore/keySet';
import { SqliteTable } from '../../consumers/sqliteStore/sqliteTable';
import { ValuesSeen } from '../../consumers/sqliteStore/valuesSeen';
import { createViewTables } from '../../consumers/sqliteStore/viewState';
import type { Projection, Row, Table, TableSchema, Value } from '../../projections';
import { MemoryTables } from '../../projections/memoryTables';

type Thing = Readonly<{
  name: string;
  number: number;
  part: string;
  kind: string;
  size: number | null;
  note: string | null;
}>;

const things: TableSchema<Thing> = {
  name: 'some "things"',
  key: ['name', 'number', 'part'],
  columns: { name: 'text', number: 'integer', part: 'text', kind: 'text', size: 'integer', note: 'text' },
  indexes: {
    by_kind: ['kind'],
    by_name: ['name'],
    by_kind_and_name: ['kind', 'name'],
    by_name_and_number: ['name', 'number'],
  },
  mostlyAlone: ['by_kind', 'by_kind_and_name'],
};
const projection: Projection = { name: 'things', version: 1, tables: [things], folds: {} };

const text = fc.constantFrom('', 'a', 'ab', 'a,b', '","', 'a\u0000', 'null', '\u{1d706}', '\uffee', "'");
/** Mostly a few keys, so that one row is put, deleted and put again. */
const key = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      name: fc.constantFrom('a', 'a,b'),
      number: fc.constant(1),
      part: fc.constantFrom('', ',b'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      name: text,
      number: fc.constantFrom(-1, 0, 1, 2 ** 40),
      part: fc.constantFrom('', 'b', ',b'),
    }),
  },
);
const size = fc.option(fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, 2 ** 51, 2 ** 53 - 1)), { nil: null });

type Step =
  | {
      readonly do: 'put';
      readonly key: { name: string; number: number; part: string };
      readonly rest: Pick<Thing, 'kind' | 'size' | 'note'>;
    }
  | { readonly do: 'delete' | 'get'; readonly key: { name: string; number: number; part: string } }
  | { readonly do: 'others'; readonly key: { name: string; number: number; part: string } }
  | { readonly do: 'scan'; readonly index: number; readonly values: { name: string; number: number; kind: string } }
  | { readonly do: 'flush' | 'arrive' | 'reopen' | 'crash' };

const kind = fc.constantFrom('x', 'y', 'a,b');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      key,
      rest: fc.record({ kind, size, note: fc.option(text, { nil: null }) }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('get' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('others' as const), key }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('scan' as const),
      index: fc.nat({ max: 3 }),
      values: fc.record({
        name: fc.oneof(fc.constantFrom('a', 'a,b'), text),
        number: fc.constantFrom(-1, 0, 1, 2 ** 40),
        kind,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('flush' as const, 'flush' as const, 'arrive' as const, 'reopen' as const, 'crash' as const),
    }),
  },
);

/** Remembers no key, remembers all, or remembers them so badly that it mostly says "perhaps". */
const keySets: readonly (readonly [string, () => KeyBits | null])[] = [
  ['asks the database for every row', () => null],
  ['remembers which rows were ever put', () => keyBits(1024)],
  ['remembers them in too little memory', () => keyBits(64)],
];

describe('a table on SQLite', () => {
  it.each(keySets)('that %s behaves as a table in memory, also while changes are under way', (_, newKeySet) => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60, size: 'max' }),
        fc.boolean(),
        fc.boolean(),
        (steps, later, touched) => {
          const bench = new Bench(newKeySet(), later, touched);
          steps.forEach((one) => {
            bench.take(one);
          });
          bench.expectSameRows();
          bench.close();
        },
      ),
      { numRuns: 250 },
    );
  });
});

/** The two tables side by side. */
class Bench {
  private readonly database = new BetterSqlite3(':memory:');
  private stored: SqliteTable;
  private readonly statement: Database.Statement<[], Row>;
  private memory = new MemoryTables();
  /** What is in the database. */
  private flushed: Row[] = [];
  private readonly writer = new ChangeWriter(this.database);
  /** The commits that are under way, and what is in the database after each. */
  private underWay: { readonly changes: readonly Change[]; readonly rows: Row[] }[] = [];

  /**
   * @param inBackground whether commits are done as late as they may be: when there are too many or somebody waits
   * @param keeps whether some rows are kept in memory behind their commit
   */
  constructor(
    keySet: KeyBits | null,
    private readonly inBackground: boolean,
    private readonly keeps: boolean,
  ) {
    this.database.exec(createViewTables(projection, 'live'));
    this.statement = this.database.prepare('SELECT * FROM "some ""things""" ORDER BY name, number, part');
    this.stored = this.open(keySet);
  }

  take(one: Step): void {
    switch (one.do) {
      case 'put':
        this.put(one);
        return;
      case 'delete':
        this.model.delete(...keyValues(one.key));
        this.stored.delete(...keyValues(one.key));
        return;
      case 'get':
        expect(this.stored.get(...keyValues(one.key))).toEqual(this.model.get(...keyValues(one.key)));
        return;
      case 'others':
        this.others(one);
        return;
      case 'scan':
        this.scan(one);
        return;
      case 'flush':
        this.flush();
        return;
      case 'arrive': // the first commit under way is done, though nobody has waited for it
        this.settle(this.underWay.length - 1);
        return;
      case 'reopen':
        this.flush();
        this.settle();
        this.stored = this.open(null); // what was put before is not remembered
        return;
      case 'crash':
        this.underWay = [];
        this.stored = this.open(null);
        this.memory = new MemoryTables();
        this.flushed.forEach((row) => {
          this.model.put(row as Thing);
        });
    }
  }

  expectSameRows(): void {
    this.flush();
    this.settle();
    expect(this.statement.all()).toEqual(this.memory.rows(things));
  }

  close(): void {
    this.database.close();
  }

  private get model(): Table<Thing> {
    return this.memory.of(things);
  }

  /** A row that is there keeps the columns that it is found by. */
  private put({ key: thing, rest }: Extract<Step, { do: 'put' }>): void {
    const known = this.model.get(...keyValues(thing));
    const row = { ...thing, ...rest, kind: known?.kind ?? rest.kind };
    this.model.put(row);
    this.stored.put(row);
  }

  private others({ key: thing }: Extract<Step, { do: 'others' }>): void {
    const row = this.model.get(...keyValues(thing));
    if (row !== undefined) {
      for (const index of things.mostlyAlone ?? []) {
        expect(ordered(this.stored.others(index, row))).toEqual(ordered(this.model.others(index, row)));
      }
    }
  }

  private scan({ index, values }: Extract<Step, { do: 'scan' }>): void {
    const [name = '', columns = []] = Object.entries(things.indexes)[index] ?? [];
    const wanted = columns.map((column) => values[column as keyof typeof values]);
    expect(ordered(this.stored.scan(name, ...wanted))).toEqual(ordered(this.model.scan(name, ...wanted)));
  }

  private flush(): void {
    const changes = this.stored.takeChanges();
    this.settle(mostCommitsUnderWay - 1);
    this.underWay.push({ changes, rows: this.memory.rows(things) });
    if (!this.inBackground) {
      this.settle();
    }
  }

  /** @param mostUnderWay how many commits may be under way still */
  private settle(mostUnderWay = 0): void {
    for (const { changes, rows } of this.underWay.splice(0, this.underWay.length - Math.max(0, mostUnderWay))) {
      this.writer.write(changes);
      this.flushed = rows;
    }
  }

  private open(keys: KeyBits | null): SqliteTable {
    const schema = this.keeps ? { ...things, touchedAgain: ({ size: bytes }: Thing) => bytes !== 0 } : things;
    return new SqliteTable(this.database, schema, {
      physicalName: things.name,
      history: keys && { keys, values: new ValuesSeen() },
      salt: 7,
      settle: () => {
        this.settle();
      },
    });
  }
}

function ordered(rows: readonly Row[]): string[] {
  return rows.map((row) => JSON.stringify(Object.keys(things.columns).map((column) => row[column]))).sort();
}

function keyValues({ name, number, part }: { name: string; number: number; part: string }): Value[] {
  return [name, number, part];
}
