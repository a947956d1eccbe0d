/** Stating that jobs are not to be started: what `hold` and `drain` share. */
import { randomUUID } from 'node:crypto';
import { listHosts, listUnits } from '../consumers/queries/concerned';
import type { ViewReader } from '../consumers/queries/viewReader';
import { someOf } from '../pipelines/someNames';
import { chosenCampaign } from './chosenCampaign';
import { operatorName, stateFact, stored, type FactOptions } from './operatorFacts';
import { escapeControls } from './output/terminal';
import { withViews, type ReadingOptions } from './withViews';

/** The options of both commands. */
export interface HoldOptions extends FactOptions, ReadingOptions {
  readonly campaign?: string;
  readonly why?: string;
}

/**
 * States a hold. Its campaign must be known: a hold on a mistyped one would hold nothing, and nobody would notice. A unit
 * or host that nothing is known of is warned of: its first job may be still to come.
 * @param host null for every host
 */
export async function holdStarts(
  options: HoldOptions,
  { unit, host }: { readonly unit: string | null; readonly host: string | null },
): Promise<void> {
  const { campaign, unknown } = await withViews(options, (current) => {
    const chosen = chosenCampaign(current, options);
    return Promise.resolve({ campaign: chosen, unknown: unknownPart(current.views, chosen, { unit, host }) });
  });
  const { why, ticket = null } = options;
  await stateFact(
    options,
    { campaign, unit, attempt: null },
    { type: 'StartsHeld', hold: randomUUID(), host, why: stored(why), ticket, heldBy: operatorName(options) },
  );
  if (unknown !== null) {
    process.stderr.write(`tractledger: warning: ${escapeControls(unknown)}\n`);
  }
}

function unknownPart(
  views: ViewReader,
  campaign: string,
  { unit, host }: { readonly unit: string | null; readonly host: string | null },
): string | null {
  const [units, hosts] = [listUnits(views, campaign), listHosts(views, campaign)];
  if (unit !== null && units.length > 0 && !units.includes(unit)) {
    return `nothing is known of a unit ${unit} in ${campaign}; known are ${someOf(units)}`;
  }
  return host !== null && hosts.length > 0 && !hosts.includes(host)
    ? `nothing of ${campaign} has run on a host ${host}; hosts that have are ${someOf(hosts)}`
    : null;
}
