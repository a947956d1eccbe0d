/**
 * better-sqlite3 in the version that fits this Node. Version 12 runs on Node 20, but since Node 24.19 it aborts the
 * process when a statement is collected; version 13, on Node-API, is sound there and does not load before Node 22.
 * docs/decisions/0012-two-versions-of-better-sqlite3.md has more.
 */
import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';

const load = createRequire(__filename);
const firstNodeOfVersion13 = 22;

/** The class of databases. Both versions have the same interface. */
export const BetterSqlite3 = (
  Number(process.versions.node.split('.')[0]) >= firstNodeOfVersion13
    ? load('better-sqlite3-node-api')
    : load('better-sqlite3')
) as typeof Database;
