/**
 * The making of a simulated campaign, step by step and apart from any ledger: what is sent together, in order. The same
 * options always give the same steps.
 */
import { makePlan } from '../../pipelines/makePlan';
import { declareCampaign, environment, unitBeginMicros } from './declaration';
import { tractNumbers } from './dmtr51';
import { SimulationError } from './errors';
import { seedOf } from './random';
import type { ScaledUnit } from './scaledPipeline';
import { Sending, type SentTogether } from './sending';
import { simulateUnit, type SimulatedUnit } from './simulateUnit';
import type { SimulatedCampaign } from './simulation';

/** One step. */
export type CampaignStep =
  | { readonly kind: 'sent'; readonly batches: SentTogether }
  /** Everything of a unit has been sent. */
  | { readonly kind: 'unitEnded'; readonly ended: EndedUnit };

/** What was simulated of a unit. */
export interface EndedUnit {
  readonly unit: string;
  /** Its place among all units of the campaign. */
  readonly place: number;
  readonly jobs: number;
}

/** What is stated of the campaign before its units. */
export function declarationSteps(campaign: SimulatedCampaign): Generator<CampaignStep, void> {
  return sent(new Sending(campaign).all([declareCampaign(campaign)]));
}

/**
 * Makes units one after another; no more than one is in memory at a time, but for its tables.
 * @throws what planning and encoding throw
 */
export function* unitSteps(campaign: SimulatedCampaign, units: readonly ScaledUnit[]): Generator<CampaignStep, void> {
  const sending = new Sending(campaign);
  for (const scaled of units) {
    const simulated = unitToSimulate(scaled, campaign);
    yield* sent(simulateUnit(simulated, campaign, sending));
    yield { kind: 'unitEnded', ended: { unit: scaled.unit, place: scaled.place, jobs: simulated.plan.jobs.length } };
  }
}

function* sent(all: Iterable<SentTogether>): Generator<CampaignStep, void> {
  for (const batches of all) {
    yield { kind: 'sent', batches };
  }
}

/** The plan of a unit, and what else its simulation is made from. */
function unitToSimulate(
  { unit, tract, place, pipeline }: ScaledUnit,
  { campaign, seed }: SimulatedCampaign,
): SimulatedUnit {
  const numbers = tractNumbers[tract];
  if (numbers === undefined) {
    throw new SimulationError(`the report tells nothing of tract ${String(tract)}`);
  }
  return {
    plan: makePlan(pipeline, { campaign, unit, attempt: 1 }),
    numbers,
    startedAtMicros: unitBeginMicros(place),
    environmentDigest: environment.digest,
    seed: seedOf(seed, unit),
  };
}
