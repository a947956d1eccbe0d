/**
 * The campaign of the test report DMTR-51 as events, without running anything: a plan, an attempt and all its executions
 * for each tract, from numbers that a seed draws and that add up to what the report prints. The same seed and options
 * always give the same bytes, so doing it again adds nothing.
 */
import { SequenceConflictError } from '../../ledger/errors';
import type { Ledger } from '../../ledger/port';
import { makePlan } from '../../pipelines/makePlan';
import type { DraftHeader } from '../outbox/draft';
import { environmentFields } from '../runner/environment';
import { Delivery } from './delivery';
import { tractNumbers } from './dmtr51';
import { SimulationError } from './errors';
import { seedOf } from './random';
import { scaledPipeline, type ScaledPipeline, type ScaledUnit } from './scaledPipeline';
import type { SimulatedProducer } from './simulatedProducer';
import { simulateUnit, type SimulatedUnit } from './simulateUnit';
import { declaredBy, producerOf, type SimulationOptions } from './simulation';

/** What a simulation did. */
export interface SimulationResult {
  readonly units: readonly { readonly unit: string; readonly jobs: number }[];
  readonly events: number;
  /** Of the events those that the ledger did not hold before. */
  readonly stored: number;
}

/** When the first unit begins, and how much later each further one, microseconds: long after the one before has ended. */
const beginMicros = Date.UTC(2017, 8, 25) * 1000;
const unitStepMicros = 72 * 3_600_000_000;

/**
 * Writes the campaign into a ledger, unit after unit; no more than one unit is in memory at a time.
 * @throws {SimulationError} where a unit is not in the campaign, or the ledger holds another simulation under this name
 * @throws what `append` throws
 */
export async function simulateHscRc1(ledger: Ledger, options: SimulationOptions): Promise<SimulationResult> {
  const scaled = scaledPipeline(options.scale);
  const units = chosenUnits(scaled, options.units);
  const { faults, eventsPerSecond, seed, onProgress = () => undefined } = options;
  const delivery = new Delivery(ledger, { faults, eventsPerSecond, seed, onProgress });
  const told: SimulationResult['units'][number][] = [];
  try {
    await delivery.sendAll([declareCampaign(options)]);
    for (const chosen of units) {
      const { plan, ...facts } = unitToSimulate(chosen, scaled, options);
      await simulateUnit({ plan, ...facts }, options, delivery);
      told.push({ unit: chosen.unit, jobs: plan.jobs.length });
    }
  } catch (error) {
    if (error instanceof SequenceConflictError) {
      throw new SimulationError(
        `the ledger holds something else under the campaign ${options.campaign}: give --campaign another name, or the ` +
          `seed, scale and faults of before`,
        { cause: error },
      );
    }
    throw error;
  }
  return { units: told, events: delivery.events, stored: delivery.stored };
}

function chosenUnits({ units }: ScaledPipeline, wanted: readonly string[] | null): readonly ScaledUnit[] {
  const unknown = wanted?.find((name) => !units.some(({ unit }) => unit === name));
  if (unknown !== undefined) {
    const known = units.slice(0, 6).map(({ unit }) => unit).join(', '); // prettier-ignore
    throw new SimulationError(`${unknown} is no unit of this campaign: ${known}${units.length > 6 ? ' …' : ''}`);
  }
  return units.filter(({ unit }) => wanted?.includes(unit) ?? true);
}

/** What the jobs run in: invented, for the report tells little of it. */
const environment = environmentFields({
  operatingSystem: 'CentOS Linux 7',
  compiler: 'gcc 6.3.1 (devtoolset-6)',
  packages: { lsst_distrib: 'w_2017_28', obs_subaru: 'w_2017_28' },
  patches: [],
  container: null,
  hardware: null,
});

function declareCampaign({ campaign }: SimulationOptions): SimulatedProducer {
  const operator = producerOf(campaign, 'operator');
  const header: DraftHeader = { occurredAt: beginMicros, campaign, unit: null, attempt: null };
  const description = 'HSC RC1 reprocessing, simulated after the test report DMTR-51';
  operator.tell({ type: 'CampaignDeclared', header, description, declaredBy });
  operator.tell({ type: 'EnvironmentDeclared', header, ...environment });
  return operator;
}

/** The plan of a unit, and what else its simulation is made from. */
function unitToSimulate(
  { unit, tract }: ScaledUnit,
  { pipeline, units }: ScaledPipeline,
  { campaign, seed }: SimulationOptions,
): SimulatedUnit {
  const numbers = tractNumbers[tract];
  if (numbers === undefined) {
    throw new SimulationError(`the report tells nothing of tract ${String(tract)}`);
  }
  const place = units.findIndex((other) => other.unit === unit);
  return {
    plan: makePlan(pipeline, { campaign, unit, attempt: 1 }),
    numbers,
    startedAtMicros: beginMicros + place * unitStepMicros,
    environmentDigest: environment.digest,
    seed: seedOf(seed, unit),
  };
}
