/**
 * Rebuild of all views from the embedded ledger against bare avsc decoding of the same events, the memory it takes, and
 * the ancestors of one coadd in the graph that comes of it.
 *
 *   npm run bench:rebuild -- [EVENTS]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Type } from 'avsc';
import { project } from '../consumers/projector/projector';
import { StateStore } from '../consumers/sqliteStore/stateStore';
import { SqliteLedger } from '../ledger/sqlite/sqliteLedger';
import { allProjections } from '../projections';
import { publishedSchemas } from '../schemas/generated/schemas';
import { hscShapedAppends } from './hscShapedEvents';

async function main(): Promise<void> {
  const wanted = Number(process.argv[2] ?? 1_000_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'tractledger-bench-'));
  try {
    const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
    let events = 0;
    for (const append of hscShapedAppends(wanted)) {
      await ledger.append(append.producer, append.firstSequence, append.events);
      events += append.events.length;
    }
    const bareSeconds = await bareDecoding(ledger);
    const store = StateStore.openForWriting(path.join(folder, 'views.db'));
    const begun = process.hrtime.bigint();
    await project({ ledger, store, projections: allProjections });
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    const result = {
      events,
      bareDecodingSeconds: bareSeconds,
      projectSeconds: seconds,
      eventsPerSecond: Math.round(events / seconds),
      ratio: bareSeconds / seconds,
      peakRssMebibytes: Math.round(peakRssBytes() / 2 ** 20),
    };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    store.close();
    await ledger.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Every event's body through avsc alone, each schema with no more than avsc gives it. */
async function bareDecoding(ledger: SqliteLedger): Promise<number> {
  const types = new Map<string, Type>(
    publishedSchemas.map((schema) => [schema.fingerprint, Type.forSchema(JSON.parse(schema.text) as never)]),
  );
  const bodies: { type: Type; body: Buffer }[] = [];
  let seconds = 0;
  const decode = (): void => {
    const begun = process.hrtime.bigint();
    for (const { type, body } of bodies) {
      type.fromBuffer(body);
    }
    seconds += Number(process.hrtime.bigint() - begun) / 1e9;
    bodies.length = 0;
  };
  for await (const batch of ledger.read(ledger.start)) {
    for (const event of batch.events) {
      const message = Buffer.from(event.buffer, event.byteOffset, event.length);
      const type = types.get(message.toString('hex', 2, 10));
      if (type !== undefined) {
        bodies.push({ type, body: message.subarray(10) });
      }
    }
    if (bodies.length >= 20_000) {
      decode();
    }
  }
  decode();
  return seconds;
}

function peakRssBytes(): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(peak ?? 0) * 1024;
}

void main();
