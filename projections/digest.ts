/** One number for a whole view: two views are the same exactly when their digests are. */
import { createHash } from 'node:crypto';
import type { AnyTableSchema, Projection, Row } from './projection';

/**
 * SHA-256 over a projection's name, version and all its rows, hexadecimal.
 * @param rows every row of a table in the order of its key: numbers by value, texts by their UTF-8 bytes
 */
export function digestView(projection: Projection, rows: (schema: AnyTableSchema) => Iterable<Row>): string {
  const hash = createHash('sha256');
  hash.update(`${projection.name} ${String(projection.version)}\n`);
  for (const schema of projection.tables) {
    const columns = Object.keys(schema.columns);
    hash.update(`${schema.name} ${columns.join(' ')}\n`);
    for (const row of rows(schema)) {
      hash.update(`${JSON.stringify(columns.map((column) => row[column]))}\n`);
    }
  }
  return hash.digest('hex');
}
