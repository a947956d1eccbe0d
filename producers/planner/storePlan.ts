/** A plan into a ledger, each plan once. */
import { v5 } from 'uuid';
import type { Ledger } from '../../ledger/port';
import type { Plan } from '../../pipelines/plan';
import { encodeDrafts, nowMicros, type EventDraft } from '../outbox/draft';
import { planEvents } from './planEvents';

/** The namespace of the producers that plan. Never changed: stored events carry its children. */
const namespace = '5d2c9d5e-6a54-5f0b-8b1e-3a8e1c7f4b90';

/** Which events a plan gives; raised whenever the same definition would give others, so that they get another producer. */
const eventsVersion = 2;

/** Events that an append takes at most. */
const batchEvents = 1000;

/** What storing a plan did. */
export interface StoredPlan {
  /** The plan's producer. */
  readonly producer: string;
  /** How many events the plan gives. */
  readonly events: number;
  /** How many of them this call stored; the others were stored before. */
  readonly stored: number;
}

/** The producer that a plan is: UUIDv5 of campaign, unit, attempt and the digest of the pipeline. */
export function planProducer({ scope, pipeline }: Plan): string {
  const { campaign, unit, attempt } = scope;
  return v5(JSON.stringify([eventsVersion, campaign, unit, attempt, pipeline.digest]), namespace);
}

/**
 * Stores the events of a plan that the ledger does not hold: none if the same plan was stored before, the rest of them if
 * that was broken off. Of two that store one plan at once the ledger refuses the second.
 * @param onProgress called with the number of events that are stored
 * @throws what `append` and encoding throw
 */
export async function storePlan(
  ledger: Ledger,
  plan: Plan,
  onProgress: (stored: number) => void = () => undefined,
): Promise<StoredPlan> {
  const producer = planProducer(plan);
  const before = (await ledger.lastSequences([producer])).get(producer) ?? 0;
  let sequence = 0;
  let batch: EventDraft[] = [];
  const append = async (): Promise<void> => {
    const first = sequence - batch.length + 1;
    if (batch.length > 0) {
      await ledger.append(producer, first, encodeDrafts(batch, producer, first));
      batch = [];
      onProgress(sequence);
    }
  };
  for (const event of planEvents(plan, nowMicros())) {
    sequence += 1;
    if (sequence > before) {
      batch.push(event);
    }
    if (batch.length >= batchEvents) {
      await append();
    }
  }
  await append();
  return { producer, events: sequence, stored: sequence - Math.min(before, sequence) };
}
