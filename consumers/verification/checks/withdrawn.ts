/** Section 1 of the test case: what an operator withdrew does not count. */
import { decides, eventsOf, versionStamp, type Check, type FoundRow } from '../verification';

type WithdrawnRow = FoundRow & Readonly<{ dataset_type: string; why: string; withdrawal_stamp: string }>;

/** A data ID that is no JSON object is no data ID: a withdrawal of some of the data does not reach it. */
const withdrawnSql = `
  SELECT version.unit, version.attempt, version.path AS subject, ${versionStamp('version')} AS stamp, version.dataset_type,
    withdrawn.why, withdrawn.stamp AS withdrawal_stamp, 3 * ${decides('version')} AS weight
  FROM withdrawals AS withdrawn
  JOIN executions AS run ON run.campaign = withdrawn.campaign AND run.state = 'succeeded'
    AND (withdrawn.unit IS NULL OR run.unit = withdrawn.unit) AND (withdrawn.task IS NULL OR run.task = withdrawn.task)
    AND (withdrawn.data_id IS NULL OR (json_valid(withdrawn.data_id) AND json_valid(run.data_id) AND NOT EXISTS (
      SELECT 1 FROM json_each(withdrawn.data_id) AS wanted WHERE NOT EXISTS (
        SELECT 1 FROM json_each(run.data_id) AS held WHERE held.key = wanted.key AND held.value = wanted.value))))
  JOIN file_versions AS version ON version.execution = run.execution AND version.campaign = run.campaign
    AND (withdrawn.dataset_type IS NULL OR version.dataset_type = withdrawn.dataset_type)
  WHERE withdrawn.campaign = $campaign AND version.dataset_type IS NOT NULL
    AND CASE WHEN withdrawn.attempt IS NULL THEN ${versionStamp('version')} < withdrawn.stamp
      ELSE version.attempt <= withdrawn.attempt END
  GROUP BY version.execution, version.path`;

export const withdrawnFiles: Check = {
  name: 'files.withdrawn',
  section: 1,
  title: 'no file that counts was withdrawn',
  byConstruction: null,
  run: (asked) =>
    asked.find(
      asked.findings(),
      asked.found<WithdrawnRow>(withdrawnSql),
      ({ dataset_type, why, stamp, withdrawal_stamp }) => ({
        message: `this ${dataset_type} was withdrawn and not made again: ${why}`,
        events: eventsOf(withdrawal_stamp, stamp),
      }),
    ),
};
