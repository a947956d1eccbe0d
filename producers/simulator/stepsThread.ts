/** The thread behind {@link stepsElsewhere}: makes one step after the other, and gives its memory away with it. */
import { parentPort, workerData } from 'node:worker_threads';
import { unitSteps } from './campaignSteps';
import { toldError } from './toldError';
import { maxStepsAhead, type StepsThreadData, type ThreadStep } from './stepsElsewhere';

const { campaign, units, taken } = workerData as StepsThreadData;

function tell(step: ThreadStep): void {
  parentPort?.postMessage(step, step.kind === 'sent' ? step.batches.map(({ bytes }) => bytes.buffer) : []);
}

let made = 0;
try {
  for (const step of unitSteps(campaign, units)) {
    tell(step);
    made += 1;
    for (let now = Atomics.load(taken, 0); made - now >= maxStepsAhead; now = Atomics.load(taken, 0)) {
      Atomics.wait(taken, 0, now);
    }
  }
  tell({ kind: 'ended' });
} catch (error) {
  tell({ kind: 'failed', error: toldError(error) });
}
