/** Small simulations in a ledger of their own, with the views of them. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { project } from '../../consumers/projector/projector';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import type { Ledger } from '../../ledger/port';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { simulateHscRc1 } from '../../producers/simulator/simulateHscRc1';
import type { SimulationOptions } from '../../producers/simulator/simulation';
import { allProjections } from '../../projections';
import { decodeEvent, type LedgerEvent } from '../../schemas';
import { eventsByProducer, collect } from './readLedger';
import { temporaryFolder } from './temporaryFolder';

/** About a hundred jobs of one tract. */
export const smallSimulation: SimulationOptions = {
  campaign: 'HSC-RC1',
  seed: 1,
  scale: 0.01,
  units: ['tract=8766'],
  faults: new Set(),
  eventsPerSecond: null,
};

/** What a simulation left, by every way of looking at it. */
export interface Simulated {
  /** A digest of each producer's events, byte for byte. */
  readonly bytes: Readonly<Record<string, string>>;
  /** The producers of the batches, in the order in which the ledger has them. */
  readonly order: readonly string[];
  readonly events: readonly LedgerEvent[];
  /** A digest of each view. */
  readonly digests: Readonly<Record<string, string>>;
  /** The views, open. */
  readonly views: StateStore;
  readonly remove: () => void;
}

/** Simulates into a new ledger and makes its views. */
export async function simulated(change: Partial<SimulationOptions> = {}): Promise<Simulated> {
  const { folder, remove } = temporaryFolder();
  const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
  const store = StateStore.openForWriting(path.join(folder, 'views.db'));
  await simulateHscRc1(ledger, { ...smallSimulation, ...change });
  await project({ ledger, store, projections: allProjections });
  const found = await lookInto(ledger);
  await ledger.close();
  return {
    ...found,
    digests: Object.fromEntries(allProjections.map((projection) => [projection.name, store.digest(projection)])),
    views: store,
    remove: () => {
      store.close();
      remove();
    },
  };
}

async function lookInto(ledger: Ledger): Promise<Pick<Simulated, 'bytes' | 'order' | 'events'>> {
  const batches = await collect(ledger.read(ledger.start));
  const texts = [...eventsByProducer(batches)].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    bytes: Object.fromEntries(
      texts.map(([producer, events]) => [producer, createHash('sha256').update(events.join('\n')).digest('hex')]),
    ),
    order: batches.map(({ producer }) => producer),
    events: batches.flatMap(({ events }) => events.map((event) => decodeEvent(event))),
  };
}
