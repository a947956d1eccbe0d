/**
 * `URL VIEWS BATCH-EVENTS follow|rebuild [COMMIT]`: keeps the views up to date until it is killed, or makes them anew once;
 * writes `committed EVENTS` after each commit. Given the number of a commit, it kills itself with kill -9 when everything
 * that belongs to that commit has been applied and nothing of it is committed.
 */
import { writeSync } from 'node:fs';
import { followLedger, rebuild } from '../../../consumers/projector/projector';
import { StateStore } from '../../../consumers/sqliteStore/stateStore';
import { openLedger } from '../../../ledger/openLedger';
import { allProjections } from '../../../projections';

async function main(url: string, file: string, batchEvents: number, work: string, dieAt: number): Promise<void> {
  const ledger = await openLedger(url);
  const store = StateStore.openForWriting(file);
  const commit = store.commit.bind(store);
  let commits = 0;
  store.commit = (...what) => {
    commits += 1;
    if (commits === dieAt) {
      process.kill(process.pid, 'SIGKILL');
    }
    commit(...what);
  };
  const options = {
    ledger,
    store,
    projections: allProjections,
    batchEvents,
    onCommit: (events: number) => {
      writeSync(1, `committed ${String(events)}\n`);
    },
  };
  if (work === 'rebuild') {
    await rebuild(options);
  } else {
    const stop = new AbortController();
    process.once('SIGTERM', () => {
      stop.abort();
    });
    await followLedger(options, stop.signal);
  }
  store.close();
  await ledger.close();
}

const [, , url = '', file = '', batchEvents = '1', work = '', dieAt = '0'] = process.argv;
void main(url, file, Number(batchEvents), work, Number(dieAt));
