/**
 * The steps of units, made by another thread, so that they go on while this one stores events or makes others. The steps
 * are the same wherever they are made.
 */
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { unitSteps, type CampaignStep } from './campaignSteps';
import type { ScaledUnit } from './scaledPipeline';
import type { SimulatedCampaign } from './simulation';
import { errorAsTold, type ToldError } from './toldError';

/** What the thread is given at its start. */
export interface StepsThreadData {
  readonly campaign: SimulatedCampaign;
  readonly units: readonly ScaledUnit[];
  /** One number: how many steps have been taken from it. The thread waits before it is too many ahead. */
  readonly taken: Int32Array;
}

/** What the thread tells. */
export type ThreadStep =
  CampaignStep | { readonly kind: 'ended' } | { readonly kind: 'failed'; readonly error: ToldError };

/** The thread is so many steps ahead at most, each of a few thousand events: that is some megabytes. */
export const maxStepsAhead = 16;

/**
 * The steps of units. Where there is no compiled file to start a thread from, as under a test runner, they are made here.
 * @param ended ends the thread at once, whatever it is at; the steps then throw an AbortError
 * @throws what {@link unitSteps} throws
 */
export async function* stepsElsewhere(
  campaign: SimulatedCampaign,
  units: readonly ScaledUnit[],
  ended: AbortSignal,
): AsyncGenerator<CampaignStep, void> {
  const threadFile = require.resolve('./stepsThread');
  if (!threadFile.endsWith('.js')) {
    yield* unitSteps(campaign, units);
    return;
  }
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(threadFile, { workerData: { campaign, units, taken } satisfies StepsThreadData });
  try {
    for await (const [step] of on(worker, 'message', { signal: ended }) as AsyncIterable<[ThreadStep]>) {
      if (step.kind === 'ended') {
        return;
      }
      if (step.kind === 'failed') {
        throw errorAsTold(step.error);
      }
      yield step;
      Atomics.add(taken, 0, 1);
      Atomics.notify(taken, 0);
    }
  } finally {
    await worker.terminate();
  }
}
