/** `URL PRODUCER BATCHES EVENTS`: appends so many batches of so many events each, then ends. */
import { openLedger } from '../../../ledger/openLedger';
import { rawEvents } from '../rawEvents';

async function main(url: string, producer: string, batches: number, events: number): Promise<void> {
  const ledger = await openLedger(url);
  for (let batch = 0; batch < batches; batch += 1) {
    const first = batch * events + 1;
    await ledger.append(producer, first, rawEvents(producer, first, events));
  }
  await ledger.close();
}

const [, , url = '', producer = '', batches = '0', events = '0'] = process.argv;
void main(url, producer, Number(batches), Number(events));
