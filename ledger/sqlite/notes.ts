/**
 * Notes: small texts that change in the same transaction in which events are appended. An outbox keeps there which
 * executions are alive, so that their end is recorded once, by whoever finds it first.
 */
import type { Database } from 'better-sqlite3';

/** What may be done beside appending, inside one transaction. */
export interface SqliteTransaction {
  setNote(key: string, value: string): void;
  deleteNote(key: string): void;
  notes(): ReadonlyMap<string, string>;
}

/** The notes of one open ledger; writing is only allowed inside a write transaction. */
export class Notes implements SqliteTransaction {
  private readonly upsert;
  private readonly remove;
  private readonly selectAll;

  constructor(database: Database) {
    this.upsert = database.prepare<[string, string]>(
      'INSERT INTO notes VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    );
    this.remove = database.prepare<[string]>('DELETE FROM notes WHERE key = ?');
    this.selectAll = database.prepare<[], { key: string; value: string }>('SELECT key, value FROM notes ORDER BY key');
  }

  setNote(key: string, value: string): void {
    this.upsert.run(key, value);
  }

  deleteNote(key: string): void {
    this.remove.run(key);
  }

  notes(): ReadonlyMap<string, string> {
    return new Map(this.selectAll.all().map(({ key, value }) => [key, value]));
  }
}
