/**
 * `FILE PRODUCER BATCHES`: appends so many batches of 200 KB, writes `acked SEQUENCE` after each, and how many threads the
 * process has before and after it closes the ledger.
 */
import { readdirSync } from 'node:fs';
import { SqliteLedger } from '../../../ledger/sqlite/sqliteLedger';
import { rawEvents } from '../rawEvents';

const eventsPerBatch = 10;
const filling = Buffer.alloc(20_000, 7);

async function main(file: string, producer: string, batches: number): Promise<void> {
  const ledger = SqliteLedger.open(file);
  let last = (await ledger.lastSequences([producer])).get(producer) ?? 0;
  for (let batch = 0; batch < batches; batch += 1) {
    await ledger.append(producer, last + 1, rawEvents(producer, last + 1, eventsPerBatch, filling));
    last += eventsPerBatch;
    process.stdout.write(`acked ${String(last)}\n`);
  }
  const threadsBefore = readdirSync('/proc/self/task').length;
  await ledger.close();
  const threadsAfter = readdirSync('/proc/self/task').length;
  process.stdout.write(`threads ${String(threadsBefore)} ${String(threadsAfter)}\n`);
}

const [, , file = '', producer = '', batches = '0'] = process.argv;
void main(file, producer, Number(batches));
