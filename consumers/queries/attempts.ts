/** Which campaigns, units and attempts the views know, and which of them a question is about. */
import { QuestionError } from './errors';
import type { ViewReader } from './viewReader';

/** One attempt of one unit, as the views keep it: unit '' and attempt 0 where events named none. */
export interface AttemptOfUnit {
  readonly unit: string;
  readonly attempt: number;
}

/** Which attempts a question is about. */
export interface AttemptChoice {
  readonly unit?: string;
  readonly attempt?: number;
  /** Every attempt of each unit instead of its latest. */
  readonly allAttempts?: boolean;
}

const campaignsSql = `
  SELECT campaign FROM campaigns
  UNION SELECT campaign FROM attempts
  UNION SELECT campaign FROM job_counts
  UNION SELECT campaign FROM file_counts
  UNION SELECT campaign FROM expectations
  UNION SELECT campaign FROM vetoes
  UNION SELECT campaign FROM notes
  ORDER BY 1`;

/** Every campaign that the views know, by name. */
export function listCampaigns(views: ViewReader): string[] {
  return views.query<{ campaign: string }>(campaignsSql).map(({ campaign }) => campaign);
}

/**
 * The campaign that a question is about: the one named, or the only one there is; null where there is none at all.
 * @throws {QuestionError} where the one named is unknown or there are several
 */
export function chooseCampaign(views: ViewReader, name: string | undefined): string | null {
  const campaigns = listCampaigns(views);
  const known = campaigns.map((campaign) => JSON.stringify(campaign)).join(', ');
  if (name !== undefined) {
    if (!campaigns.includes(name)) {
      throw new QuestionError(
        `no event names the campaign ${JSON.stringify(name)}; ${known === '' ? 'there is none yet' : `known are ${known}`}`,
      );
    }
    return name;
  }
  if (campaigns.length > 1) {
    throw new QuestionError(`there are several campaigns: ${known}; say which with --campaign`);
  }
  return campaigns[0] ?? null;
}

const attemptsSql = `
  SELECT unit, attempt FROM attempts WHERE campaign = $campaign
  UNION SELECT unit, attempt FROM job_counts WHERE campaign = $campaign
  UNION SELECT unit, attempt FROM attempt_metrics WHERE campaign = $campaign
  UNION SELECT unit, attempt FROM file_counts WHERE campaign = $campaign
  ORDER BY unit, attempt`;

/**
 * The attempts that a question is about, by unit and number: each unit's latest, unless the choice says otherwise.
 * @throws {QuestionError} where the unit or the attempt named is unknown
 */
export function chooseAttempts(views: ViewReader, campaign: string, choice: AttemptChoice): AttemptOfUnit[] {
  const all = views.query<AttemptOfUnit>(attemptsSql, { campaign });
  const ofUnit = all.filter(({ unit }) => choice.unit === undefined || unit === choice.unit);
  if (choice.unit !== undefined && ofUnit.length === 0) {
    const known = [...new Set(all.map(({ unit }) => JSON.stringify(unit)))].join(', ');
    throw new QuestionError(`${campaign} has no unit ${JSON.stringify(choice.unit)}; known are ${known || 'none'}`);
  }
  if (choice.attempt !== undefined) {
    const numbered = ofUnit.filter(({ attempt }) => attempt === choice.attempt);
    if (numbered.length === 0) {
      throw new QuestionError(`nothing is known of an attempt ${String(choice.attempt)} of ${choice.unit ?? campaign}`);
    }
    return numbered;
  }
  return choice.allAttempts === true ? ofUnit : latestOfEach(ofUnit);
}

const lastBegunSql = `
  SELECT max(attempt) AS attempt FROM job_counts WHERE campaign = $campaign AND unit = $unit
    AND queued + held + running + lost + succeeded + failed + skipped + reused + abandoned > 0`;

/** The last attempt of a unit of which more than a plan is known, whoever ran it; 0 where there is none. */
export function lastBegunAttempt(views: ViewReader, campaign: string, unit: string): number {
  return views.query<{ attempt: number | null }>(lastBegunSql, { campaign, unit })[0]?.attempt ?? 0;
}

/**
 * The attempts of a unit up to a last one, from 1, with when the first execution of each started: microseconds since
 * 1970, null where nobody tells. A number of which nothing is known is there too.
 */
export function attemptsUpTo(
  views: ViewReader,
  { campaign, unit }: { readonly campaign: string; readonly unit: string },
  lastAttempt: number,
): { readonly attempt: number; readonly startedAtMicros: number | null }[] {
  const rows = views.query<{ attempt: number; startedAtMicros: number | null }>(
    `SELECT attempt, first_started_at_us AS startedAtMicros FROM attempt_metrics
     WHERE campaign = $campaign AND unit = $unit`,
    { campaign, unit },
  );
  const starts = new Map(rows.map(({ attempt, startedAtMicros }) => [attempt, startedAtMicros]));
  return Array.from({ length: lastAttempt }, (_, index) => ({
    attempt: index + 1,
    startedAtMicros: starts.get(index + 1) ?? null,
  }));
}

function latestOfEach(attempts: readonly AttemptOfUnit[]): AttemptOfUnit[] {
  const latest = new Map<string, AttemptOfUnit>();
  for (const entry of attempts) {
    latest.set(entry.unit, entry); // they come in the order of their numbers
  }
  return [...latest.values()];
}
