/** Tables in memory, for tests and for what is folded once and thrown away. */
import { compareUtf8 } from '../schemas';
import type { AnyTableSchema, Row, Table, TableSchema, Tables, Value } from './projection';

class MemoryTable implements Table<Row> {
  private readonly rows = new Map<string, Row>();
  private readonly groups = new Map<string, Set<string>>();

  constructor(private readonly schema: AnyTableSchema) {}

  get(...key: readonly Value[]): Row | undefined {
    return this.rows.get(joined(key));
  }

  put(row: Row): void {
    const key = keyOf(this.schema, row);
    this.rows.set(key, row);
    for (const group of this.groupsOf(row)) {
      const members = this.groups.get(group) ?? new Set();
      this.groups.set(group, members.add(key));
    }
  }

  delete(...key: readonly Value[]): void {
    const name = joined(key);
    const row = this.rows.get(name);
    if (row !== undefined) {
      this.rows.delete(name);
      this.groupsOf(row).forEach((group) => this.groups.get(group)?.delete(name));
    }
  }

  scan(index: string, ...values: readonly Value[]): Row[] {
    const members = this.groups.get(`${index} ${joined(values)}`) ?? new Set<string>();
    return [...members].map((key) => this.rows.get(key)).filter((row) => row !== undefined);
  }

  others(index: string, row: Row): Row[] {
    const values = (this.schema.indexes[index] ?? []).map((column) => row[column] ?? null);
    const key = keyOf(this.schema, row);
    return this.scan(index, ...values).filter((other) => keyOf(this.schema, other) !== key);
  }

  /** All rows in the order of their keys. */
  sorted(): Row[] {
    return [...this.rows.values()].sort((a, b) => compareKeys(this.schema.key, a, b));
  }

  private groupsOf(row: Row): string[] {
    return Object.entries(this.schema.indexes).map(
      ([index, columns]) => `${index} ${joined(columns.map((column) => row[column] ?? null))}`,
    );
  }
}

/** A state in memory. */
export class MemoryTables implements Tables {
  private readonly tables = new Map<string, MemoryTable>();

  of<R extends Row>(schema: TableSchema<R>): Table<R> {
    return this.table(schema) as unknown as Table<R>;
  }

  /** Every row of a table in the order of its key. */
  rows(schema: AnyTableSchema): Row[] {
    return this.table(schema).sorted();
  }

  private table(schema: AnyTableSchema): MemoryTable {
    const table = this.tables.get(schema.name) ?? new MemoryTable(schema);
    this.tables.set(schema.name, table);
    return table;
  }
}

function keyOf(schema: AnyTableSchema, row: Row): string {
  return joined(schema.key.map((column) => row[column] ?? null));
}

/** The order that a database gives the rows: numbers by value, texts by their UTF-8 bytes. */
function compareKeys(key: readonly string[], a: Row, b: Row): number {
  for (const column of key) {
    const [left, right] = [a[column] ?? '', b[column] ?? ''];
    const order =
      typeof left === 'number' && typeof right === 'number' ? left - right : compareUtf8(String(left), String(right));
    if (order !== 0) {
      return order;
    }
  }
  return 0;
}

function joined(values: readonly Value[]): string {
  return JSON.stringify(values);
}
