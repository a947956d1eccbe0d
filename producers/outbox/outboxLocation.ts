/** Where a node's outbox lies: one for each user and target ledger, on the node's own disk, closed to other users. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** The folder of the outboxes does not belong to this user alone. */
export class OutboxFolderError extends Error {
  override readonly name = 'OutboxFolderError';
}

/** Survives a restart of the node, unlike /tmp, and is local on nearly every node. */
const defaultBase = '/var/tmp';

/**
 * The outbox's file for a ledger.
 * @param chosen what the user says (--outbox, TRACTLEDGER_OUTBOX), or undefined for the default
 */
export function outboxFile(ledgerUrl: string, chosen: string | undefined): string {
  if (chosen !== undefined && chosen !== '') {
    return path.resolve(chosen);
  }
  const digest = createHash('sha256').update(ledgerKey(ledgerUrl)).digest('hex').slice(0, 12);
  return path.join(ownBase(), digest, 'outbox.db');
}

/**
 * Makes the folder of an outbox. At the default place, where every user of the machine may make folders, it must be
 * this user's alone; at a place that the user chose, the user has decided.
 * @throws {OutboxFolderError} where it is another user's, a link, or others may write to it: they could forge events
 */
export function prepareFolder(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const own = ownBase();
  if (!file.startsWith(`${own}/`)) {
    return;
  }
  const found = lstatSync(own);
  const uid = process.getuid?.();
  if (!found.isDirectory() || (uid !== undefined && found.uid !== uid) || (found.mode & 0o022) !== 0) {
    throw new OutboxFolderError(
      `${own} is not a folder that only you can write to, so events in it could be another's; ` +
        'make it yours (chown, chmod 700) or name another place with TRACTLEDGER_OUTBOX',
    );
  }
}

/** What names a ledger whatever the working directory and the password. */
function ledgerKey(url: string): string {
  const sqlite = /^sqlite:(.*)$/s.exec(url);
  return sqlite === null ? url.replace(/^([a-z+]+:\/\/)[^/]*@/i, '$1') : `sqlite:${path.resolve(sqlite[1] ?? '')}`;
}

function ownBase(): string {
  return path.join(defaultBase, `tractledger-${String(process.getuid?.() ?? process.env['USER'] ?? 'user')}`);
}
