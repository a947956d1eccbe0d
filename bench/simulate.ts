/**
 * The whole model campaign, simulated into a fresh embedded ledger, against the bare encoding of its events; and all views
 * of it from nothing against the bare decoding. Each step is a process of its own, and the compiled program is measured,
 * as in rebuild.ts.
 *
 *   npm run build && node -r ./scripts/typescript.cjs bench/simulate.ts [SCALE]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Type } from 'avsc';
import type * as sqliteLedger from '../ledger/sqlite/sqliteLedger';
import type * as simulator from '../producers/simulator/simulateHscRc1';
import { framingBytes, readFingerprint } from '../schemas';
import { bareTypes, decodeBare, peakRssMebibytes, projectAll, secondsSince, type Numbers } from './rebuild';

const compiled = createRequire(path.resolve(__dirname, '../dist/bench.js'));
const { SqliteLedger } = compiled('./ledger/sqlite/sqliteLedger') as typeof sqliteLedger;
const { simulateHscRc1 } = compiled('./producers/simulator/simulateHscRc1') as typeof simulator;

const steps: Record<string, (folder: string, scale: number) => Promise<Numbers>> = {
  simulate: simulateAll,
  encode: encodeBare,
  decode: decodeBare,
  project: projectAll,
};

/** Everything that a simulation does: the tables are read, every unit planned, every event made and stored durably. */
async function simulateAll(folder: string, scale: number): Promise<Numbers> {
  const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
  const begun = process.hrtime.bigint();
  const { events } = await simulateHscRc1(ledger, {
    campaign: 'bench',
    seed: 1,
    scale,
    units: null,
    faults: new Set(),
    eventsPerSecond: null,
  });
  const simulateSeconds = secondsSince(begun);
  await ledger.close();
  return { simulatedEvents: events, simulateSeconds, simulatePeakRssMebibytes: peakRssMebibytes() };
}

/** Every event's body through avsc alone, each schema with no more than avsc gives it; making the events is not counted. */
async function encodeBare(folder: string): Promise<Numbers> {
  const types = bareTypes();
  const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
  let waiting: { type: Type; value: unknown }[] = [];
  let seconds = 0;
  const encode = (): void => {
    const begun = process.hrtime.bigint();
    for (const { type, value } of waiting) {
      type.toBuffer(value);
    }
    seconds += secondsSince(begun);
    waiting = [];
  };
  for await (const batch of ledger.read(ledger.start)) {
    for (const event of batch.events) {
      const type = types.get(readFingerprint(event));
      if (type !== undefined) {
        waiting.push({ type, value: type.fromBuffer(Buffer.from(event.subarray(framingBytes))) });
      }
    }
    if (waiting.length >= 20_000) {
      encode();
    }
  }
  encode();
  await ledger.close();
  return { bareEncodingSeconds: seconds };
}

/** Runs every step and adds the ratios. */
function measureSimulation(scale: number): Numbers {
  const folder = mkdtempSync(path.join(tmpdir(), 'tractledger-bench-'));
  try {
    const results = Object.keys(steps).map((step) => {
      const loader = path.resolve(__dirname, '../scripts/typescript.cjs');
      const command = ['-r', loader, __filename, '--step', step, folder, String(scale)];
      const { stdout, status } = spawnSync(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
      if (status !== 0) {
        throw new Error(`the step ${step} ended with exit code ${String(status)}`);
      }
      return JSON.parse(stdout.toString()) as Numbers;
    });
    const all = Object.assign({}, ...results) as Numbers;
    const { bareEncodingSeconds = 0, simulateSeconds = 1, bareDecodingSeconds = 0, rebuildSeconds = 1 } = all;
    // Named apart from the figures of rebuild.ts, which are of other events.
    return {
      simulatedEvents: all['simulatedEvents'] ?? 0,
      simulateSeconds,
      simulatePeakRssMebibytes: all['simulatePeakRssMebibytes'] ?? 0,
      campaignEncodingSeconds: bareEncodingSeconds,
      simulateRatio: bareEncodingSeconds / simulateSeconds,
      campaignDecodingSeconds: bareDecodingSeconds,
      campaignViewsSeconds: rebuildSeconds,
      campaignViewsRatio: bareDecodingSeconds / rebuildSeconds,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const [first, step = '', folder = '', scale = '1'] = process.argv.slice(2);
  if (first === '--step') {
    const result = await steps[step]?.(folder, Number(scale));
    process.stdout.write(JSON.stringify(result));
    return;
  }
  const result = measureSimulation(Number(first ?? 1));
  for (const [name, value] of Object.entries(result)) {
    process.stdout.write(`${name.padEnd(28)} ${value.toFixed(3).padStart(14)}\n`);
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

if (require.main === module) {
  void main();
}
