/** What a simulation is asked for, and what all its parts agree on. */
import { v5 } from 'uuid';
import type { Fault } from './faults';
import { SimulatedProducer } from './simulatedProducer';

/** What is to be simulated. */
export interface SimulatedCampaign {
  readonly campaign: string;
  readonly seed: number;
  /** How many times the report's size, above 0. */
  readonly scale: number;
  /** The units to simulate, e.g. `tract=9813`; null for all. */
  readonly units: readonly string[] | null;
  readonly faults: ReadonlySet<Fault>;
  /** How many events a second go into the ledger; null for as many as it takes. */
  readonly eventsPerSecond: number | null;
}

/** What is to be simulated, and who is told how far it is. */
export interface SimulationOptions extends SimulatedCampaign {
  /** Told how many events have been sent so far. */
  readonly onProgress?: (events: number) => void;
}

/** The namespace of simulated producers. Never changed: stored events carry its children. */
const namespace = '7a1c3c1e-94f0-5d2b-8a35-2c0d5b6e9f11';

/** Who states a simulation's facts. */
export const declaredBy = 'tractledger simulate';

/** A UUID that stands for some values: always the same for the same. */
export function uuidOf(...values: readonly (string | number)[]): string {
  return v5(JSON.stringify(values), namespace);
}

/** A producer by what it is in its campaign. */
export function producerOf(...name: readonly (string | number)[]): SimulatedProducer {
  return new SimulatedProducer(uuidOf(...name));
}
