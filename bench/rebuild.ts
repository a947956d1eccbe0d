/**
 * Rebuild of all views from the embedded ledger against bare avsc decoding of the same events; the memory it takes; the
 * ancestors of coadds in the graph that comes of it. Each step is a process of its own, so that no step's memory shows
 * in another's. What is measured is the compiled program: as sources it writes its rows in one thread.
 *
 *   npm run build && node -r ./scripts/typescript.cjs bench/rebuild.ts [EVENTS]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Type } from 'avsc';
import type * as projector from '../consumers/projector/projector';
import type * as lineage from '../consumers/queries/lineage';
import type * as stateStore from '../consumers/sqliteStore/stateStore';
import type * as sqliteLedger from '../ledger/sqlite/sqliteLedger';
import type * as allViews from '../projections';
import { publishedSchemas } from '../schemas/generated/schemas';
import { hscShapedAppends } from './hscShapedEvents';

const compiled = createRequire(path.resolve(__dirname, '../dist/bench.js'));
const { project } = compiled('./consumers/projector/projector') as typeof projector;
const { queryLineage } = compiled('./consumers/queries/lineage') as typeof lineage;
const { StateStore } = compiled('./consumers/sqliteStore/stateStore') as typeof stateStore;
const { SqliteLedger } = compiled('./ledger/sqlite/sqliteLedger') as typeof sqliteLedger;
const { allProjections } = compiled('./projections') as typeof allViews;

/** Figures by name. */
export type Numbers = Record<string, number>;

const steps: Record<string, (folder: string, events: number) => Promise<Numbers>> = {
  make: makeLedger,
  decode: decodeBare,
  project: projectAll,
  lineage: askLineages,
};

async function makeLedger(folder: string, wanted: number): Promise<Numbers> {
  const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
  let events = 0;
  for (const append of hscShapedAppends(wanted)) {
    await ledger.append(append.producer, append.firstSequence, append.events);
    events += append.events.length;
  }
  await ledger.close();
  return { events };
}

/** What avsc alone makes of every schema, by its fingerprint. */
export function bareTypes(): ReadonlyMap<string, Type> {
  return new Map(
    publishedSchemas.map((schema) => [schema.fingerprint, Type.forSchema(JSON.parse(schema.text) as never)]),
  );
}

/** Every event's body through avsc alone, each schema with no more than avsc gives it; reading the ledger is not counted. */
export async function decodeBare(folder: string): Promise<Numbers> {
  const types = bareTypes();
  const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
  let bodies: { type: Type; body: Buffer }[] = [];
  let seconds = 0;
  const decode = (): void => {
    const begun = process.hrtime.bigint();
    for (const { type, body } of bodies) {
      type.fromBuffer(body);
    }
    seconds += secondsSince(begun);
    bodies = [];
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
  await ledger.close();
  return { bareDecodingSeconds: seconds };
}

/** All views of a folder's ledger, from nothing. */
export async function projectAll(folder: string): Promise<Numbers> {
  const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
  const store = StateStore.openForWriting(path.join(folder, 'views.db'));
  const begun = process.hrtime.bigint();
  await project({ ledger, store, projections: allProjections });
  const rebuildSeconds = secondsSince(begun);
  store.close();
  await ledger.close();
  return { rebuildSeconds, rebuildPeakRssMebibytes: peakRssMebibytes() };
}

/** The ancestors of a thousand coadds, each asked once. */
function askLineages(folder: string): Promise<Numbers> {
  const store = StateStore.openForReading(path.join(folder, 'views.db'));
  const coadds = store.query<{ campaign: string; path: string }>(
    `SELECT campaign, path FROM file_versions WHERE dataset_type = 'deepCoadd' ORDER BY path LIMIT 1000`,
  );
  let ancestors = 0;
  const millis = coadds.map(({ campaign, path: file }) => {
    const begun = process.hrtime.bigint();
    ancestors += queryLineage(store, { campaign, path: file, direction: 'up' }).files.length - 1;
    return 1000 * secondsSince(begun);
  });
  store.close();
  millis.sort((a, b) => a - b);
  const at = (share: number): number => millis[Math.min(millis.length - 1, Math.floor(share * millis.length))] ?? 0;
  return Promise.resolve({
    lineagesAsked: millis.length,
    ancestorsMean: ancestors / Math.max(1, millis.length),
    lineageMedianMillis: at(0.5),
    lineageP99Millis: at(0.99),
  });
}

/** Seconds since a reading of the high-resolution clock. */
export function secondsSince(begun: bigint): number {
  return Number(process.hrtime.bigint() - begun) / 1e9;
}

/** The largest resident set of this process so far. */
export function peakRssMebibytes(): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(peak ?? 0) / 1024;
}

/** Runs every step and adds the ratios. */
export function measureRebuild(events: number): Numbers {
  const folder = mkdtempSync(path.join(tmpdir(), 'tractledger-bench-'));
  try {
    const results = Object.keys(steps).map((step) => {
      const loader = path.resolve(__dirname, '../scripts/typescript.cjs');
      const command = ['-r', loader, __filename, '--step', step, folder, String(events)];
      const { stdout, status } = spawnSync(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
      if (status !== 0) {
        throw new Error(`the step ${step} ended with exit code ${String(status)}`);
      }
      return JSON.parse(stdout.toString()) as Numbers;
    });
    const all = Object.assign({}, ...results) as Numbers;
    const { events: made = 0, bareDecodingSeconds = 0, rebuildSeconds = 1 } = all;
    return {
      ...all,
      rebuiltEventsPerSecond: made / rebuildSeconds,
      rebuildRatio: bareDecodingSeconds / rebuildSeconds,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const [first, step = '', folder = '', events = '0'] = process.argv.slice(2);
  if (first === '--step') {
    const result = await steps[step]?.(folder, Number(events));
    process.stdout.write(JSON.stringify(result));
    return;
  }
  const result = measureRebuild(Number(first ?? 1_000_000));
  for (const [name, value] of Object.entries(result)) {
    process.stdout.write(`${name.padEnd(28)} ${value.toFixed(3).padStart(14)}\n`);
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

if (require.main === module) {
  void main();
}
