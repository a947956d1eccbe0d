/** An attempt belongs to whoever begins it first: the ledger's own promises decide, nothing else has to. */
import { v4, v5 } from 'uuid';
import type { AttemptStarted } from '../../schemas';
import { SequenceConflictError } from '../../ledger/errors';
import type { Ledger } from '../../ledger/port';
import { encodeDrafts, nowMicros, type EventDraft } from '../outbox/draft';

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

/** Somebody else has begun the attempt. */
export class AttemptTakenError extends Error {
  override readonly name = 'AttemptTakenError';

  constructor(
    readonly unit: string,
    readonly attempt: number,
  ) {
    super(
      `somebody else has just begun attempt ${String(attempt)} of ${unit}; look at it with \`tractledger status\` before you begin another`,
    );
  }
}

/** The number that the next attempt of a unit would have. @throws what the ledger throws */
export async function nextAttempt(ledger: Ledger, campaign: string, unit: string): Promise<number> {
  const producer = attemptProducer(campaign, unit);
  return ((await ledger.lastSequences([producer])).get(producer) ?? 0) + 1;
}

/** An attempt that nobody claimed: its jobs ran under another system, which told of them without beginning it here. */
export interface UnclaimedAttempt {
  readonly attempt: number;
  /** When its first execution started, microseconds since 1970; null where nobody tells. */
  readonly startedAtMicros: number | null;
}

/**
 * Claims attempts that ran under another system and were imported or recorded job by job, so that the next one can be
 * begun here; those that are claimed already stay as they are.
 * @param attempts all of the unit so far, from 1
 * @throws {AttemptTakenError} where somebody else does so at this moment, and what `append` throws otherwise
 */
export async function claimEarlierAttempts(
  ledger: Ledger,
  { campaign, unit }: { readonly campaign: string; readonly unit: string },
  attempts: readonly UnclaimedAttempt[],
): Promise<void> {
  const next = await nextAttempt(ledger, campaign, unit);
  for (const { attempt, startedAtMicros } of attempts.filter((earlier) => earlier.attempt >= next)) {
    const facts = { resumedFromAttempt: null, pipelineDigest: null, nodesExclusive: null, startedBy: null };
    const claim = { campaign, unit, why: 'begun elsewhere, gone on with here', ...facts };
    await claimAttempt(ledger, claim, attempt, startedAtMicros ?? nowMicros());
  }
}

/**
 * Begins this attempt of a unit and no other.
 * @param occurredAt microseconds since 1970; now by default
 * @throws {AttemptTakenError} where somebody else has begun it, and what `append` throws otherwise
 */
export async function claimAttempt(
  ledger: Ledger,
  { campaign, unit, ...facts }: AttemptClaim,
  attempt: number,
  occurredAt = nowMicros(),
): Promise<void> {
  const producer = attemptProducer(campaign, unit);
  const header = { occurredAt, campaign, unit, attempt };
  try {
    const drafts: EventDraft[] = [{ type: 'AttemptStarted', header, ...facts, claim: v4() }];
    await ledger.append(producer, attempt, encodeDrafts(drafts, producer, attempt));
  } catch (error) {
    throw error instanceof SequenceConflictError ? new AttemptTakenError(unit, attempt) : error;
  }
}

/**
 * Begins the next attempt of a unit and answers its number, from 1. Its AttemptStarted has the unit's own producer and
 * the attempt's number as sequence, and a claim drawn for this one call, so that no two are the same bytes: of two that
 * begin one at once the ledger refuses the second, which then gets the number after.
 * @throws what `append` throws, but for the conflict
 */
export async function claimNextAttempt(ledger: Ledger, claim: AttemptClaim): Promise<number> {
  for (;;) {
    const attempt = await nextAttempt(ledger, claim.campaign, claim.unit);
    try {
      await claimAttempt(ledger, claim, attempt);
      return attempt;
    } catch (error) {
      if (!(error instanceof AttemptTakenError)) {
        throw error;
      }
    }
  }
}
