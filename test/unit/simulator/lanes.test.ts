import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CampaignStep } from '../../../producers/simulator/campaignSteps';
import { lanesOf, mergedSteps, type LaneToMake } from '../../../producers/simulator/lanes';
import { scaledPipeline } from '../../../producers/simulator/scaledPipeline';
import { smallSimulation } from '../../support/simulations';

/** A step of so many events. */
function step(producer: string, events: number): CampaignStep {
  const ends = Array.from({ length: events }, (_, index) => index + 1);
  return { kind: 'sent', batches: [{ producer, firstSequence: 1, bytes: new Uint8Array(events), ends }] };
}

async function* slowly(steps: readonly CampaignStep[]): AsyncGenerator<CampaignStep, void> {
  for (const one of steps) {
    await nextTurn();
    yield one;
  }
}

function* atOnce(steps: readonly CampaignStep[]): Generator<CampaignStep, void> {
  yield* steps;
}

async function order(lanes: readonly LaneToMake[]): Promise<string> {
  const names: string[] = [];
  for await (const one of mergedSteps(lanes)) {
    names.push(one.kind === 'sent' ? one.batches.map(({ producer }) => producer).join('') : '-');
  }
  return names.join('');
}

describe('the lanes of a campaign', () => {
  const small = Array.from({ length: 3 }, () => step('a', 10));
  const large = Array.from({ length: 6 }, () => step('b', 10));

  it('meet in one order, however fast each is made: by what they have handed on for their weight', async () => {
    const ways = [atOnce, slowly].flatMap((one) => [atOnce, slowly].map((other) => [one, other] as const));
    const orders = ways.map(([one, other]) =>
      order([
        { weight: 1, make: () => one(small) },
        { weight: 2, make: () => other(large) },
      ]),
    );
    expect(new Set(await Promise.all(orders))).toEqual(new Set(['abbabbabb']));
  });

  it('throw what one of them throws, and end the others', async () => {
    let ended = false;
    async function* endless(signal: AbortSignal): AsyncGenerator<CampaignStep, void> {
      try {
        for (;;) {
          await nextTurn();
          yield step('a', 1);
        }
      } finally {
        ended = signal.aborted;
      }
    }
    function* failing(): Generator<CampaignStep, void> {
      yield step('b', 1);
      throw new RangeError('no such tract');
    }
    await expect(order([{ weight: 1, make: endless }, { weight: 1, make: failing }])).rejects.toThrow(RangeError); // prettier-ignore
    expect(ended).toBe(true);
  });

  it('are two of a large campaign, the largest tract in one, and one of a small campaign or at a rate', () => {
    const { units } = scaledPipeline(0.1);
    const tracts = (change: Partial<typeof smallSimulation>): number[][] =>
      lanesOf({ ...smallSimulation, units: null, ...change }, units).map((lane) =>
        lane.units.map(({ tract }) => tract),
      );
    expect(tracts({ scale: 0.1 })).toEqual([[8766, 8767], [9813]]);
    expect(tracts({ scale: 0.09 })).toEqual([[8766, 8767, 9813]]);
    expect(tracts({ scale: 0.1, eventsPerSecond: 1000 })).toEqual([[8766, 8767, 9813]]);
  });
});
