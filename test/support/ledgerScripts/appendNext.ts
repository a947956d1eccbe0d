/** `FILE PRODUCER TIMES`: appends one event so many times under whatever sequence comes next, with a note of its own. */
import { SqliteLedger } from '../../../ledger/sqlite/sqliteLedger';
import { rawEvent } from '../rawEvents';

async function main(file: string, producer: string, times: number): Promise<void> {
  const ledger = SqliteLedger.open(file);
  for (let time = 1; time <= times; time += 1) {
    await ledger.appendNext(producer, (firstSequence, transaction) => {
      transaction.setNote(String(process.pid), String(time));
      return [rawEvent(producer, firstSequence)];
    });
  }
  await ledger.close();
}

void main(process.argv[2] ?? '', process.argv[3] ?? '', Number(process.argv[4]));
