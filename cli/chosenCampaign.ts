/** The campaign that a reading command is about. */
import { chooseCampaign } from '../consumers/queries/attempts';
import { QuestionError } from '../consumers/queries/errors';
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
