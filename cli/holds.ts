/** Stating that jobs are not to be started: what `hold` and `drain` share. */
import { randomUUID } from 'node:crypto';
import { chosenCampaign } from './chosenCampaign';
import { operatorName, stateFact, stored, type FactOptions } from './operatorFacts';
import { withViews, type ReadingOptions } from './withViews';

/** The options of both commands. */
export interface HoldOptions extends FactOptions, ReadingOptions {
  readonly campaign?: string;
  readonly why?: string;
}

/**
 * States a hold. Its campaign must be known: a hold on a mistyped one would hold nothing, and nobody would notice.
 * @param host null for every host
 */
export async function holdStarts(
  options: HoldOptions,
  { unit, host }: { readonly unit: string | null; readonly host: string | null },
): Promise<void> {
  const campaign = await withViews(options, (current) => Promise.resolve(chosenCampaign(current, options)));
  const { why, ticket = null } = options;
  await stateFact(
    options,
    { campaign, unit, attempt: null },
    { type: 'StartsHeld', hold: randomUUID(), host, why: stored(why), ticket, heldBy: operatorName(options) },
  );
}
