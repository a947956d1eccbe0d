/** The outputs of a campaign that are not to be used any more. */
import { dimensionsOf, type ViewReader } from './viewReader';

/** One withdrawal, as programs are told it. */
export interface Withdrawal {
  readonly withdrawal: string;
  /** Null where every unit is meant. */
  readonly unit: string | null;
  /** What this attempt and those before it made; null where every attempt is meant. */
  readonly attempt: number | null;
  readonly task: string | null;
  readonly dataId: Readonly<Record<string, string | number>> | null;
  readonly datasetType: string | null;
  readonly why: string;
  readonly ticket: string | null;
  readonly withdrawnBy: string | null;
}

type WithdrawalRow = Omit<Withdrawal, 'dataId'> & Readonly<{ data_id: string | null }>;

/** Every withdrawal of a campaign in the order in which they were stated. */
export function queryWithdrawals(views: ViewReader, campaign: string): Withdrawal[] {
  const sql = `
    SELECT withdrawal, unit, attempt, task, data_id, dataset_type AS datasetType, why, ticket,
      withdrawn_by AS withdrawnBy
    FROM withdrawals WHERE campaign = $campaign ORDER BY stamp`;
  return views
    .query<WithdrawalRow>(sql, { campaign })
    .map(({ data_id, ...row }) => ({ ...row, dataId: dimensionsOf(data_id) }));
}
