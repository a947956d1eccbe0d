/** `URL EVENTS`: follows from the start, writes `PRODUCER FIRST COUNT SHA-256` for each batch, ends after so many events. */
import { createHash } from 'node:crypto';
import { openLedger } from '../../../ledger/openLedger';

async function main(url: string, wanted: number): Promise<void> {
  const ledger = await openLedger(url);
  const stop = new AbortController();
  let seen = 0;
  process.stdout.write('following\n');
  for await (const { producer, firstSequence, events } of ledger.follow(ledger.start, { signal: stop.signal })) {
    const digest = createHash('sha256').update(Buffer.concat(events)).digest('hex');
    process.stdout.write(`${producer} ${String(firstSequence)} ${String(events.length)} ${digest}\n`);
    seen += events.length;
    if (seen >= wanted) {
      stop.abort();
    }
  }
  await ledger.close();
}

void main(process.argv[2] ?? '', Number(process.argv[3]));
