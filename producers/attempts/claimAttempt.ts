/** An attempt belongs to whoever begins it first: the ledger's own promises decide, nothing else has to. */
import { v4, v5 } from 'uuid';
import type { AttemptStarted } from '../../schemas';
import { SequenceConflictError } from '../../ledger/errors';
import type { Ledger } from '../../ledger/port';
import { encodeDrafts, nowMicros } from '../outbox/draft';

/** The namespace of the producers that claim attempts. Never changed: stored events carry its children. */
const namespace = '0b7d4f0e-5a1c-5c7e-9d0b-6d1f6f6a2c31';

/** What is said of an attempt when it begins. */
export type AttemptClaim = Pick<
  AttemptStarted,
  'why' | 'resumedFromAttempt' | 'pipelineDigest' | 'nodesExclusive' | 'startedBy'
> & { readonly campaign: string; readonly unit: string };

/** The producer whose sequences are a unit's attempts. */
export function attemptProducer(campaign: string, unit: string): string {
  return v5(JSON.stringify([campaign, unit]), namespace);
}

/**
 * Begins the next attempt of a unit and answers its number, from 1. Its AttemptStarted has the unit's own producer and
 * the attempt's number as sequence, and a claim drawn for this one call, so that no two are the same bytes: of two that
 * begin one at once the ledger refuses the second, which then gets the number after.
 * @throws what `append` throws, but for the conflict
 */
export async function claimNextAttempt(ledger: Ledger, claim: AttemptClaim): Promise<number> {
  const { campaign, unit, ...facts } = claim;
  const producer = attemptProducer(campaign, unit);
  const drawn = v4();
  for (;;) {
    const attempt = ((await ledger.lastSequences([producer])).get(producer) ?? 0) + 1;
    const header = { occurredAt: nowMicros(), campaign, unit, attempt };
    try {
      await ledger.append(
        producer,
        attempt,
        encodeDrafts([{ type: 'AttemptStarted', header, ...facts, claim: drawn }], producer, attempt),
      );
      return attempt;
    } catch (error) {
      if (!(error instanceof SequenceConflictError)) {
        throw error;
      }
    }
  }
}
