/** The tables of an embedded ledger. */

/** `PRAGMA application_id` of every embedded ledger: "TrLe". */
export const applicationId = 0x54724c65;

/** The version of the tables below; another one is refused. */
export const formatVersion = 1;

/**
 * - `ledger`: its one row names the ledger, with a SHA-256 of the name, and says up to where history has been pruned.
 * - `batches`: what was appended, a row a batch. `events` comes last, so that the small columns lie in the table's own
 *   page and only the bytes go to overflow pages.
 * - `batches_by_producer`: finds the stored bytes of an identity. Measured, it takes 3 % of an append, since it adds one
 *   page to the ten a batch of 100 events writes anyway; it is also a second account of who owns a damaged batch.
 * - `producers`: the last sequence of each, also of those whose batches were pruned; where it and the index disagree,
 *   one of them is damaged.
 * - `notes`: small texts an outbox keeps in step with its events.
 */
export const createTables = `
  CREATE TABLE ledger (
    id TEXT NOT NULL,
    id_sha256 BLOB NOT NULL,
    pruned_batch INTEGER NOT NULL,
    pruned_total_events INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE batches (
    batch INTEGER PRIMARY KEY,
    producer BLOB NOT NULL,
    last_sequence INTEGER NOT NULL,
    event_count INTEGER NOT NULL,
    total_events INTEGER NOT NULL,
    recorded_at_us INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    events BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX batches_by_producer ON batches (producer, last_sequence);
  CREATE TABLE producers (
    producer BLOB PRIMARY KEY,
    last_sequence INTEGER NOT NULL,
    pruned_sequence INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE notes (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
