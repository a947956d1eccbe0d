/** The store's own tables, beside those of the views. */

/** Says that a SQLite file is a state store: "trvw". */
export const applicationId = 0x74727677;

/** Raised with any change to the statements below. */
export const formatVersion = 2;

/**
 * `place` is live for the view that is read, next for one that is being made beside it. `tables` is the JSON list of the
 * tables that a view was made with, so that another version of it can take them away.
 */
export const createStoreTables = `
CREATE TABLE IF NOT EXISTS projections (
  name TEXT NOT NULL,
  place TEXT NOT NULL,
  version INTEGER NOT NULL,
  checkpoint TEXT,
  events INTEGER NOT NULL,
  tables TEXT NOT NULL,
  PRIMARY KEY (name, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (
  projection TEXT NOT NULL,
  place TEXT NOT NULL,
  producer TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (projection, place, producer)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
  projection TEXT NOT NULL,
  place TEXT NOT NULL,
  producer TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  position TEXT NOT NULL,
  PRIMARY KEY (projection, place, producer, sequence)
) WITHOUT ROWID;
`;
