/**
 * `URL PRODUCER`: appends one batch after the other from where the ledger says the producer stands, sending a few
 * events again now and then, and writes `acked SEQUENCE` after each; until it is killed.
 */
import { openLedger } from '../../../ledger/openLedger';
import { Random } from '../../../producers/simulator/random';
import { rawEvents } from '../rawEvents';

async function main(url: string, producer: string): Promise<void> {
  const ledger = await openLedger(url);
  let last = (await ledger.lastSequences([producer])).get(producer) ?? 0;
  const chance = new Random(last);
  for (;;) {
    const again = Math.min(last, chance.below(5));
    const count = again + 1 + chance.below(20);
    await ledger.append(producer, last - again + 1, rawEvents(producer, last - again + 1, count));
    last += count - again;
    process.stdout.write(`acked ${String(last)}\n`);
  }
}

void main(process.argv[2] ?? '', process.argv[3] ?? '');
