/**
 * `FILE PRODUCER`: appends until the ledger is full, then writes one line of JSON: the last acknowledged sequence, the
 * error's name, whether it is retriable, the error of trying again, and how many events this process still reads.
 */
import { LedgerError } from '../../../ledger/errors';
import { SqliteLedger } from '../../../ledger/sqlite/sqliteLedger';
import { rawEvents } from '../rawEvents';

async function main(file: string, producer: string): Promise<void> {
  const ledger = SqliteLedger.open(file);
  let acked = 0;
  const appendMore = async (): Promise<LedgerError | null> => {
    try {
      await ledger.append(producer, acked + 1, rawEvents(producer, acked + 1, 10, Buffer.alloc(1000, 1)));
      acked += 10;
      return null;
    } catch (error) {
      if (error instanceof LedgerError) {
        return error;
      }
      throw error;
    }
  };
  let error: LedgerError | null = null;
  while (error === null) {
    error = await appendMore();
  }
  const again = await appendMore();
  let readable = 0;
  for await (const { events } of ledger.read(ledger.start)) {
    readable += events.length;
  }
  process.stdout.write(`${JSON.stringify([acked, error.name, error.retriable, again?.name, readable])}\n`);
  await ledger.close();
}

void main(process.argv[2] ?? '', process.argv[3] ?? '');
