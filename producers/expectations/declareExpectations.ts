/** How many files are expected, as stated by people: not by a plan. */
import { v7 } from 'uuid';
import type { Ledger, Position } from '../../ledger/port';
import { encodeDrafts, nowMicros, type EventDraft } from '../outbox/draft';

/** How many files of a dataset type a unit is expected to have. */
export interface Expectation {
  /** Null for the campaign as a whole. */
  readonly unit: string | null;
  /** Null for the total over all dataset types. */
  readonly datasetType: string | null;
  /** Null says that it is unknown. */
  readonly count: number | null;
}

/** An expectation with its place among those of the same unit, dataset type and basis. */
export interface NumberedExpectation extends Expectation {
  /** From 1; the highest counts. */
  readonly revision: number;
}

/** Who states expectations, and on what they rest. */
export interface ExpectationSource {
  readonly campaign: string;
  /** `reference` (an earlier campaign) or `operator`. */
  readonly basis: 'reference' | 'operator';
  readonly declaredBy: string;
  readonly ticket: string | null;
}

/** What was stored. */
export interface DeclaredExpectations {
  readonly producer: string;
  readonly stored: number;
  /** The ledger's end after it. */
  readonly position: Position;
}

/** Events that an append takes at most. */
const batchEvents = 1000;

/**
 * Stores expectations, as one producer's events. Where it stops part of the way, what is stored stays, and stating the
 * rest completes it.
 * @throws what `append` and encoding throw
 */
export async function declareExpectations(
  ledger: Ledger,
  expectations: readonly NumberedExpectation[],
  { campaign, ...source }: ExpectationSource,
): Promise<DeclaredExpectations> {
  const producer = v7();
  const occurredAt = nowMicros();
  const drafts = expectations.map(({ unit, ...expectation }): EventDraft => {
    const header = { occurredAt, campaign, unit, attempt: null };
    return { type: 'ExpectationDeclared', header, ...expectation, ...source };
  });
  let position = await ledger.end();
  for (let from = 0; from < drafts.length; from += batchEvents) {
    const batch = encodeDrafts(drafts.slice(from, from + batchEvents), producer, from + 1);
    position = (await ledger.append(producer, from + 1, batch)).end;
  }
  return { producer, stored: drafts.length, position };
}
