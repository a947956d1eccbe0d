/**
 * The campaign of the test report DMTR-51 as events, without running anything: a plan, an attempt and all its executions
 * for each tract, from numbers that a seed draws and that add up to what the report prints. The same seed and options
 * always give the same bytes, so doing it again adds nothing.
 */
import { SequenceConflictError } from '../../ledger/errors';
import type { Ledger } from '../../ledger/port';
import { declarationSteps, unitSteps, type CampaignStep, type EndedUnit } from './campaignSteps';
import { Delivery } from './delivery';
import { SimulationError } from './errors';
import { isLarge, lanesOf, mergedSteps, type LaneToMake } from './lanes';
import { scaledPipeline, type ScaledPipeline, type ScaledUnit } from './scaledPipeline';
import type { SimulatedCampaign, SimulationOptions } from './simulation';
import { stepsElsewhere } from './stepsElsewhere';

/** What a simulation did. */
export interface SimulationResult {
  readonly units: readonly { readonly unit: string; readonly jobs: number }[];
  readonly events: number;
  /** Of the events those that the ledger did not hold before. */
  readonly stored: number;
}

/**
 * Writes the campaign into a ledger. No more than two units are in memory at a time, one of them a small one.
 * @throws {SimulationError} where a unit is not in the campaign, or the ledger holds another simulation under this name
 * @throws what `append` throws
 */
export async function simulateHscRc1(ledger: Ledger, options: SimulationOptions): Promise<SimulationResult> {
  const { onProgress = () => undefined, ...campaign } = options;
  const delivery = new Delivery(ledger, { ...campaign, onProgress });
  const ended: EndedUnit[] = [];
  try {
    const units = chosenUnits(scaledPipeline(campaign.scale), campaign.units);
    onProgress(0); // of a hundredfold campaign the tables alone take seconds
    for await (const step of allSteps(campaign, units)) {
      if (step.kind === 'sent') {
        await delivery.send(step.batches);
      } else {
        ended.push(step.ended);
      }
    }
  } catch (error) {
    if (error instanceof SequenceConflictError) {
      throw new SimulationError(
        `the ledger holds something else under the campaign ${campaign.campaign}: give --campaign another name, or the ` +
          `seed, scale and faults of before`,
        { cause: error },
      );
    }
    throw error;
  }
  const told = ended.sort((a, b) => a.place - b.place).map(({ unit, jobs }) => ({ unit, jobs }));
  return { units: told, events: delivery.events, stored: delivery.stored };
}

async function* allSteps(
  campaign: SimulatedCampaign,
  units: readonly ScaledUnit[],
): AsyncGenerator<CampaignStep, void> {
  yield* declarationSteps(campaign);
  const lanes = lanesOf(campaign, units);
  yield* mergedSteps(
    lanes.map(({ weight, units: ofLane }, index): LaneToMake => {
      // The lane with most to do goes to a thread; what is left of the other processor is for the ledger.
      const isElsewhere = isLarge(campaign) && index === lanes.length - 1;
      return {
        weight,
        make: (ended) => (isElsewhere ? stepsElsewhere(campaign, ofLane, ended) : unitSteps(campaign, ofLane)),
      };
    }),
  );
}

function chosenUnits({ units }: ScaledPipeline, wanted: readonly string[] | null): readonly ScaledUnit[] {
  const unknown = wanted?.find((name) => !units.some(({ unit }) => unit === name));
  if (unknown !== undefined) {
    const known = units.slice(0, 6).map(({ unit }) => unit).join(', '); // prettier-ignore
    throw new SimulationError(`${unknown} is no unit of this campaign: ${known}${units.length > 6 ? ' …' : ''}`);
  }
  return units.filter(({ unit }) => wanted?.includes(unit) ?? true);
}
