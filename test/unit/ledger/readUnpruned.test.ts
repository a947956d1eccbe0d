/** Reading what is left in a ledger while others drain and prune it. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { readUnpruned } from '../../../ledger/readUnpruned';
import { SqliteLedger } from '../../../ledger/sqlite/sqliteLedger';
import { rawEvent } from '../../support/rawEvents';
import { temporaryFolder } from '../../support/temporaryFolder';

it('what is pruned further each time reading begins anew is left out, and the rest is read once', async () => {
  const { folder, remove } = temporaryFolder();
  const ledger = SqliteLedger.open(path.join(folder, 'outbox.db'));
  const producer = randomUUID();
  for (let sequence = 1; sequence <= 6; sequence += 1) {
    await ledger.append(producer, sequence, [rawEvent(producer, sequence)]);
  }
  const prunedBefore = [2, 4];
  const drainedMeanwhile: typeof ledger.read = async function* (from, options) {
    const through = prunedBefore.shift();
    if (through !== undefined) {
      await ledger.prune(producer, through);
    }
    yield* ledger.read(from, options);
  };
  const sequences: number[] = [];
  for await (const batch of readUnpruned({ start: ledger.start, read: drainedMeanwhile })) {
    sequences.push(...batch.events.map((_, index) => batch.firstSequence + index));
  }
  expect(prunedBefore).toEqual([]);
  expect(sequences).toEqual([5, 6]);
  await ledger.close();
  remove();
});
