/** Events before they have an identity: the outbox's transaction, or an emitter, gives them producer and sequence. */
import type { Header, LedgerEvent } from '../../schemas';
import { encodeEvent } from '../../schemas/codec';

/** An event's header without the identity. */
export type DraftHeader = Omit<Header, 'producer' | 'sequence'>;

type WithoutIdentity<E> = E extends LedgerEvent ? Omit<E, 'header'> & { readonly header: DraftHeader } : never;

/** Any event that has no producer and no sequence yet. */
export type EventDraft = WithoutIdentity<LedgerEvent>;

/** The event that a draft becomes. */
export function withIdentity(draft: EventDraft, producer: string, sequence: number): LedgerEvent {
  return { ...draft, header: { ...draft.header, producer, sequence } };
}

/**
 * Drafts as the encoded events `firstSequence, firstSequence + 1, …` of a producer.
 * @throws what {@link encodeEvent} throws
 */
export function encodeDrafts(drafts: readonly EventDraft[], producer: string, firstSequence: number): Buffer[] {
  return drafts.map((draft, index) => encodeEvent(withIdentity(draft, producer, firstSequence + index)));
}

/** Now by this machine's clock, microseconds since 1970, to the millisecond. */
export function nowMicros(): number {
  return Date.now() * 1000;
}
