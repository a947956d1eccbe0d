/** The campaign that a command is about. */
import type { Command } from 'commander';
import { chooseCampaign } from '../consumers/queries/attempts';
import { QuestionError } from '../consumers/queries/errors';
import { UsageError } from './errors';
import type { CurrentViews, ReadingOptions } from './withViews';

/**
 * The campaign named, or the only one there is.
 * @throws {QuestionError} where it is unknown, where there are several, or where there is none yet
 */
export function chosenCampaign({ views }: CurrentViews, { campaign, ledger }: ReadingOptions): string {
  const chosen = chooseCampaign(views, campaign);
  if (chosen === null) {
    throw new QuestionError(`no event in ${ledger} is about a campaign yet; record some with exec, emit or import`);
  }
  return chosen;
}

/**
 * The campaign as an argument or an option names it; the argument counts over the environment.
 * @throws {UsageError} where the argument and --campaign name two
 */
export function campaignNamed(
  argument: string | undefined,
  { campaign }: Pick<ReadingOptions, 'campaign'>,
  command: Command,
): string | undefined {
  const isGiven = command.getOptionValueSource('campaign') === 'cli';
  if (argument !== undefined && isGiven && argument !== campaign) {
    throw new UsageError(`which campaign: ${JSON.stringify(argument)} or, by --campaign, ${JSON.stringify(campaign)}?`);
  }
  return argument ?? campaign;
}
