/** What is expected by each basis, and what a campaign made that another may be held against. */
import { QuestionError } from './errors';
import { chooseAttempts, chooseCampaign } from './attempts';
import { queryFileCounts } from './fileCounts';
import { named, type ViewReader } from './viewReader';

/** A statement in force of how many files are expected. */
export interface StatedExpectation {
  readonly unit: string | null;
  /** Null for the total over all dataset types. */
  readonly datasetType: string | null;
  /** Null says that it is unknown. */
  readonly count: number | null;
  readonly basis: string;
  readonly revision: number;
}

/** A file count as it came out. */
export type CountOfUnit = Pick<StatedExpectation, 'unit' | 'datasetType'> & { readonly count: number };

/** The statements in force of one basis; none for a campaign that no event is about yet. */
export function queryExpectations(views: ViewReader, campaign: string, basis: string): StatedExpectation[] {
  return views
    .query<Omit<StatedExpectation, 'datasetType' | 'unit'> & { readonly unit: string; readonly dataset_type: string }>(
      `SELECT unit, dataset_type, count, basis, revision FROM expectations
       WHERE campaign = $campaign AND basis = $basis ORDER BY unit, dataset_type`,
      { campaign, basis },
    )
    .map(({ unit, dataset_type, ...statement }) => ({
      unit: named(unit),
      datasetType: named(dataset_type),
      ...statement,
    }));
}

/**
 * How many files of each dataset type, and in all, the latest attempt of each unit of a campaign has.
 * @throws {QuestionError} where the campaign or the unit is unknown, or has made nothing
 */
export function queryOutcome(views: ViewReader, campaign: string, unit: string | undefined): CountOfUnit[] {
  chooseCampaign(views, campaign);
  const attempts = chooseAttempts(views, campaign, unit === undefined ? {} : { unit });
  if (attempts.length === 0) {
    throw new QuestionError(`nothing ran in ${campaign} yet: it has no attempt whose files could be counted`);
  }
  const { fileCounts, fileTotals } = queryFileCounts(views, campaign, attempts);
  if (fileTotals.every(({ actual }) => actual === 0)) {
    throw new QuestionError(
      `nothing was made in ${unit === undefined ? campaign : `${unit} of ${campaign}`} yet that could be counted`,
    );
  }
  return [
    ...fileCounts.map((row) => ({ unit: row.unit, datasetType: row.datasetType, count: row.actual })),
    ...fileTotals.map((row) => ({ unit: row.unit, datasetType: null, count: row.actual })),
  ];
}
