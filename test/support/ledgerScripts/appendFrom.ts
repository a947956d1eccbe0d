/**
 * `URL PRODUCER SEQUENCE EVENTS`: appends from a sequence on, so many events at once, whatever the ledger holds of them
 * already, and writes `acked SEQUENCE DUPLICATES` after each append; until it is killed.
 */
import { openLedger } from '../../../ledger/openLedger';
import { rawEvents } from '../rawEvents';

async function main(url: string, producer: string, from: number, events: number): Promise<void> {
  const ledger = await openLedger(url);
  for (let first = from; ; first += events) {
    const { duplicates } = await ledger.append(producer, first, rawEvents(producer, first, events));
    process.stdout.write(`acked ${String(first + events - 1)} ${String(duplicates)}\n`);
  }
}

const [, , url = '', producer = '', from = '1', events = '1'] = process.argv;
void main(url, producer, Number(from), Number(events));
