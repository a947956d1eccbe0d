/**
 * `URL SEED`: appends one campaign after the other in small runs, several producers taking turns, and writes `appended
 * EVENTS` after each; when its standard input ends it finishes the campaign at hand and ends.
 */
import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { openLedger } from '../../../ledger/openLedger';
import { encodeEvent } from '../../../schemas';
import { arbitraryCampaign } from '../arbitraryCampaign';
import { interleavedRuns } from '../eventStreams';

async function main(url: string, seed: number): Promise<void> {
  process.stdin.resume();
  const ledger = await openLedger(url);
  let appended = 0;
  for (let number = 0; !process.stdin.readableEnded; number += 1) {
    const [streams = []] = fc.sample(arbitraryCampaign, { numRuns: 1, seed: seed + number });
    for (const run of interleavedRuns(streams, seed)) {
      const producer = ownProducer(run[0]?.header.producer ?? '', number);
      const events = run.map((event) => encodeEvent({ ...event, header: { ...event.header, producer } }));
      await ledger.append(producer, run[0]?.header.sequence ?? 0, events);
      appended += events.length;
      await pause(1);
    }
    writeSync(1, `appended ${String(appended)}\n`);
  }
  await ledger.close();
}

/** Campaigns share names and executions, but each is told by producers of its own. */
function ownProducer(producer: string, campaign: number): string {
  return String(campaign).padStart(8, '0') + producer.slice(8);
}

void main(process.argv[2] ?? '', Number(process.argv[3]));
