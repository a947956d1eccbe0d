/**
 * Units of a simulated campaign are independent of each other, so a large campaign is made in two lanes side by side: the
 * copies of its largest tract in one, all others in the other. How the lanes meet is part of what is simulated: it follows
 * from the options alone, wherever and however fast the lanes are made.
 */
import type { CampaignStep } from './campaignSteps';
import { tractNumbers } from './dmtr51';
import type { ScaledUnit } from './scaledPipeline';
import type { SimulatedCampaign } from './simulation';

/** Units that are made one after another. */
export interface Lane {
  readonly units: readonly ScaledUnit[];
  /** The lane's share of the work, in executions of whole tracts. */
  readonly weight: number;
}

/** Below this scale a campaign is made before a thread has loaded its modules. */
const leastScale = 0.1;

/** Whether a campaign is so large that making it beside the ledger's work pays. */
export function isLarge({ scale }: SimulatedCampaign): boolean {
  return scale >= leastScale;
}

/** The lanes of a campaign's units, the one with most to do last. At a rate somebody watches it, unit after unit. */
export function lanesOf(campaign: SimulatedCampaign, units: readonly ScaledUnit[]): readonly Lane[] {
  if (!isLarge(campaign) || campaign.eventsPerSecond !== null) {
    return [laneOf(units)];
  }
  const largest = units.reduce((most, { tract }) => (executionsOf(tract) > executionsOf(most) ? tract : most), 0);
  const isLargest = ({ tract }: ScaledUnit): boolean => tract === largest;
  const lanes = [laneOf(units.filter((unit) => !isLargest(unit))), laneOf(units.filter(isLargest))];
  return lanes.filter((lane) => lane.units.length > 0).sort((a, b) => a.weight - b.weight);
}

function laneOf(units: readonly ScaledUnit[]): Lane {
  return { units, weight: units.reduce((sum, { tract }) => sum + executionsOf(tract), 0) };
}

function executionsOf(tract: number): number {
  const executables = tractNumbers[tract]?.executables ?? {};
  return Object.values(executables).reduce((sum, [executions]) => sum + executions, 0);
}

/** A lane that can be made. */
export interface LaneToMake {
  readonly weight: number;
  /** Its steps as they come. @param ended aborts once nobody wants any more */
  readonly make: (ended: AbortSignal) => LaneSteps;
}

type LaneSteps = Generator<CampaignStep, void> | AsyncGenerator<CampaignStep, void>;

/**
 * The steps of all lanes as one sequence: next is always a step of the lane that has handed on the fewest events for its
 * weight. Ends all lanes when it is ended.
 * @throws what a lane throws
 */
export async function* mergedSteps(lanes: readonly LaneToMake[]): AsyncGenerator<CampaignStep, void> {
  const ending = new AbortController();
  const begun = lanes.map(({ weight, make }) => ({ weight, steps: make(ending.signal) }));
  try {
    let going = begun.map((lane) => ({ ...lane, events: 0, next: nextOf(lane.steps) }));
    while (going.length > 0) {
      const lane = going.reduce((least, other) =>
        other.events / other.weight < least.events / least.weight ? other : least,
      );
      const { done, value } = await lane.next;
      if (done === true) {
        going = going.filter((other) => other !== lane);
      } else {
        lane.events += eventsIn(value);
        lane.next = nextOf(lane.steps);
        yield value;
      }
    }
  } finally {
    ending.abort();
    await Promise.all(begun.map(async ({ steps }) => steps.return()));
  }
}

/** A lane's next step, asked for before it is its turn; what it throws is heard when it is. */
function nextOf(steps: LaneSteps): Promise<IteratorResult<CampaignStep, void>> {
  const next = (async () => await steps.next())();
  next.catch(() => undefined);
  return next;
}

function eventsIn(step: CampaignStep): number {
  return step.kind === 'sent' ? step.batches.reduce((sum, { ends }) => sum + ends.length, 0) : 0;
}
