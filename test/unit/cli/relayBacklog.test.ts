import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import { startBacklogLog } from '../../../cli/relayBacklog';
import { SqliteLedger } from '../../../ledger/sqlite/sqliteLedger';
import { rawEvents } from '../../support/rawEvents';
import { temporaryFolder } from '../../support/temporaryFolder';

it('a relay that follows logs how many events its target lacks and how old the last one it has was', async () => {
  const { folder, remove } = temporaryFolder();
  const from = SqliteLedger.open(path.join(folder, 'from.db'));
  const producer = randomUUID();
  const { end } = await from.append(producer, 1, rawEvents(producer, 1, 3));
  await from.append(producer, 4, rawEvents(producer, 4, 5));
  const recordedAtMicros = (Date.now() - 60_000) * 1000;
  const first = await new Promise<string>((resolve) => {
    const log = pino(
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          backlog.stop();
          resolve(chunk.toString());
          done();
        },
      }),
    );
    const backlog = startBacklogLog(from, log, 1);
    backlog.note({ position: end, events: 3, stored: 2, producer, lastSequence: 3, recordedAtMicros });
  });
  expect(JSON.parse(first)).toMatchObject({ msg: 'copied so far', events: 3, stored: 2, backlogEvents: 5 });
  expect((JSON.parse(first) as { lagSeconds: number }).lagSeconds).toBeGreaterThanOrEqual(60);
  await from.close();
  remove();
});
