/**
 * `URL VIEWS BATCH-EVENTS follow|rebuild`: keeps the views up to date until it is killed, or makes them anew once; writes
 * `committed EVENTS` after each commit.
 */
import { writeSync } from 'node:fs';
import { followLedger, rebuild } from '../../../consumers/projector/projector';
import { StateStore } from '../../../consumers/sqliteStore/stateStore';
import { openLedger } from '../../../ledger/openLedger';
import { allProjections } from '../../../projections';

async function main(url: string, file: string, batchEvents: number, work: string): Promise<void> {
  const ledger = await openLedger(url);
  const store = StateStore.openForWriting(file);
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

const [, , url = '', file = '', batchEvents = '1', work = ''] = process.argv;
void main(url, file, Number(batchEvents), work);
