/** The promises among real processes, some of them killed. */
import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chanceOf } from '../../support/chance';
import { runScript } from '../../support/childScript';
import { rawEvents } from '../../support/rawEvents';
import { collect, eventsByProducer, toHex } from '../../support/readLedger';
import type { ContractContext } from '../ledgerContract';

const chance = chanceOf(__filename);

const scripts = path.resolve(__dirname, '../../support/ledgerScripts');
const killsPerLoop = 50;

export function processContract({ ledger, url }: ContractContext): void {
  describe('among processes', () => {
    it('lets two append and one follow at once', async () => {
      const producers = [randomUUID(), randomUUID()];
      const [batches, events] = [40, 7];
      const follower = runScript(path.join(scripts, 'followEvents.ts'), [url(), String(2 * batches * events)]);
      await follower.line(0);
      const appenders = producers.map((producer) =>
        runScript(path.join(scripts, 'appendBatches.ts'), [url(), producer, String(batches), String(events)]),
      );
      for (const { ended } of [...appenders, follower]) {
        expect(await ended).toMatchObject({ code: 0, stderr: '' });
      }
      const delivered = (await follower.ended).lines.slice(1).map((line) => line.split(' '));
      for (const producer of producers) {
        let next = 1;
        for (const [, first, count, digest] of delivered.filter(([name]) => name === producer)) {
          expect(Number(first)).toBe(next);
          const bytes = Buffer.concat(rawEvents(producer, next, Number(count)));
          expect(digest).toBe(createHash('sha256').update(bytes).digest('hex'));
          next += Number(count);
        }
        expect(next - 1).toBe(batches * events);
      }
    });

    it('keeps every acknowledged event, once, through a hundred kill -9 of the appending process', async () => {
      const producers = [randomUUID(), randomUUID()];
      const acked = await Promise.all(producers.map((producer) => killInALoop(url(), producer)));
      const stored = eventsByProducer(await collect(ledger().read(ledger().start)));
      for (const [index, producer] of producers.entries()) {
        const events = stored.get(producer) ?? [];
        expect(acked[index]).toBeGreaterThan(killsPerLoop);
        expect(events.length).toBeGreaterThanOrEqual(acked[index] ?? 0);
        expect(events).toEqual(rawEvents(producer, 1, events.length).map(toHex));
      }
    }, 300_000);
  });
}

/** @returns the last sequence that was acknowledged to any of the killed processes */
async function killInALoop(url: string, producer: string): Promise<number> {
  let acked = 0;
  for (let kill = 0; kill < killsPerLoop; kill += 1) {
    const child = runScript(path.join(scripts, 'appendUntilKilled.ts'), [url, producer]);
    // Most are killed amid their appends, every tenth while it is still starting.
    if (kill % 10 === 9) {
      await sleep(chance.fraction() * 300);
    } else {
      await child.line(0);
      await sleep(chance.fraction() * 20);
    }
    child.process.kill('SIGKILL');
    const { lines, signal, stderr } = await child.ended;
    expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
    acked = Math.max(acked, ...lines.map((line) => Number(/^acked (\d+)$/.exec(line)?.[1] ?? 0)));
  }
  return acked;
}
