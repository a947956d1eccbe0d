import { renameSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { keepDraining } from '../../../cli/relayOutbox';
import { openLedger } from '../../../ledger/openLedger';
import { Outbox } from '../../../producers/outbox/outbox';
import { collect } from '../../support/readLedger';
import { sampleEvents } from '../../support/sampleCampaign';
import { temporaryFolder } from '../../support/temporaryFolder';

const silent = pino({ level: 'silent' });

describe('an agent that drains an outbox', () => {
  const { folder, remove } = temporaryFolder();
  const ledgerFolder = path.join(folder, 'ledger');
  const outboxFile = path.join(folder, 'node', 'outbox.db');
  const stop = new AbortController();
  afterAll(remove);

  it('keeps its ledger open from one draining to the next, and opens it anew after trouble with it', async () => {
    const outbox = await Outbox.open(outboxFile);
    const drafts = sampleEvents('C');
    let opened = 0;
    const openTarget = (): ReturnType<typeof openLedger> => {
      opened += 1;
      return openLedger(`sqlite:${path.join(ledgerFolder, 'ledger.db')}`);
    };
    const draining = keepDraining(outboxFile, openTarget, silent, stop.signal);
    const untilDrained = async (): Promise<void> => {
      while ((await collect(outbox.pending())).length > 0) {
        await Promise.race([sleep(10), draining]);
      }
    };
    for (let round = 0; round < 3; round += 1) {
      await outbox.append(drafts);
      await untilDrained();
    }
    expect(opened).toBe(1);
    renameSync(ledgerFolder, path.join(folder, 'elsewhere'));
    await outbox.append(drafts);
    await untilDrained();
    expect(opened).toBe(2);
    stop.abort();
    await draining;
    await outbox.close();
  });
});
