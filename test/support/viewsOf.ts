/** Views of some events, made the way they always are: a ledger, a projector, a state store. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { project } from '../../consumers/projector/projector';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { encodeDrafts, type EventDraft } from '../../producers/outbox/draft';
import { allProjections } from '../../projections';
import { temporaryFolder } from './temporaryFolder';

/** Open views and what takes them away. */
export interface TemporaryViews {
  readonly views: StateStore;
  readonly remove: () => void;
}

/** The views of one producer's events. */
export async function viewsOf(drafts: readonly EventDraft[]): Promise<TemporaryViews> {
  const { folder, remove } = temporaryFolder();
  const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
  const producer = randomUUID();
  if (drafts.length > 0) {
    await ledger.append(producer, 1, encodeDrafts(drafts, producer, 1));
  }
  const views = StateStore.openForWriting(path.join(folder, 'views.db'));
  await project({ ledger, store: views, projections: allProjections });
  await ledger.close();
  return {
    views,
    remove: () => {
      views.close();
      remove();
    },
  };
}
