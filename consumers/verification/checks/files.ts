/** Section 1 of the test case, file by file: none empty, none lost since, products kept, partial outputs apart. */
import { named } from '../../queries/viewReader';
import { decides, eventsOf, versionStamp, type Check, type FoundRow } from '../verification';

type FileRow = FoundRow & Readonly<{ dataset_type: string; check_result: string | null; check_stamp: string | null }>;

/** A version that an attempt counts: written by a usable execution, and not written again in the same attempt. */
const countingVersions = `
  FROM file_versions AS version
  JOIN file_executions AS maker ON maker.execution = version.execution AND maker.campaign = version.campaign
  WHERE version.campaign = $campaign AND version.dataset_type IS NOT NULL
    AND version.unit IN (SELECT unit FROM chosen)
    AND (maker.state = 'succeeded' OR (maker.state IN ('failed', 'lost') AND maker.partial_usable = 1))
    AND NOT EXISTS (
      SELECT 1 FROM file_versions AS later
      JOIN file_executions AS usable ON usable.execution = later.execution AND usable.campaign = later.campaign
      WHERE later.path = version.path AND later.campaign = version.campaign AND later.unit = version.unit
        AND later.attempt = version.attempt AND later.execution <> version.execution AND usable.state = 'succeeded'
        AND (later.produced_at_us, later.execution) > (version.produced_at_us, version.execution))`;

const columns = `
  version.unit, version.attempt, version.path AS subject, ${versionStamp('version')} AS stamp, version.dataset_type,
  version.check_result, version.check_stamp`;

export const emptyFiles: Check = {
  name: 'files.empty',
  section: 1,
  title: 'no file has zero size',
  byConstruction: null,
  run: (asked) =>
    asked.find(
      asked.findings(),
      asked.found<FileRow>(`SELECT ${columns}, 3 * ${decides('version')} AS weight ${countingVersions}
         AND (version.size_bytes = 0 OR version.check_result = 'empty')`),
      ({ dataset_type, stamp, check_result, check_stamp }) => ({
        message: `this ${dataset_type} is empty`,
        events: eventsOf(stamp, check_result === 'empty' ? check_stamp : null),
      }),
    ),
};

const damage: Readonly<Record<string, string>> = {
  missing: 'was not there when it was looked for',
  size: 'has another size than it was written with',
  checksum: 'has another checksum than it was written with',
  unreachable: 'could not be looked at',
};

export const checkedFiles: Check = {
  name: 'files.checked',
  section: 1,
  title: 'no file was found missing or changed when somebody looked',
  byConstruction: null,
  run: (asked) =>
    asked.find(
      asked.findings(),
      asked.found<FileRow>(`SELECT ${columns},
         CASE version.check_result WHEN 'unreachable' THEN 0 ELSE 3 * ${decides('version')} END AS weight
       ${countingVersions} AND version.purged = 0
         AND version.check_result IN ('missing', 'size', 'checksum', 'unreachable')`),
      ({ dataset_type, stamp, check_result, check_stamp }) => ({
        message: `this ${dataset_type} ${damage[check_result ?? ''] ?? 'differs'}`,
        events: eventsOf(check_stamp, stamp),
      }),
    ),
};

export const keptProducts: Check = {
  name: 'files.kept',
  section: 1,
  title: 'no product was purged',
  byConstruction: null,
  run: (asked) => {
    const findings = asked.findings();
    const products = asked.attempts.flatMap(({ unit }) => {
      const known = asked.definitionOf(unit);
      if (known === null) {
        findings.cannotJudge(unit, 'no pipeline definition says which files are products');
      }
      return [...(known?.definition.datasetTypes.values() ?? [])]
        .filter(({ role }) => role === 'product')
        .map(({ name }) => [unit, name]);
    });
    return asked.find(
      findings,
      asked.found<FoundRow & Readonly<{ dataset_type: string; purge_stamp: string | null }>>(
        `SELECT ${columns}, 3 * ${decides('version')} AS weight,
         (SELECT max(purge.stamp) FROM purges AS purge WHERE purge.execution = version.execution
            AND purge.campaign = version.campaign AND purge.path = version.path) AS purge_stamp
       ${countingVersions} AND version.purged = 1
         AND (version.unit, version.dataset_type) IN (SELECT value ->> 0, value ->> 1 FROM json_each($products))`,
        { products: JSON.stringify(products) },
      ),
      ({ dataset_type, stamp, purge_stamp }) => ({
        message: `${dataset_type} is a product, and this one was purged`,
        events: eventsOf(purge_stamp, stamp),
      }),
    );
  },
};

export const partialOutputs: Check = {
  name: 'files.partial',
  section: 1,
  title: 'outputs of failed executions are not counted',
  byConstruction:
    'what a failed or lost execution wrote never counts, unless the job declared that it may be used; it is listed here',
  run: (asked) => {
    const findings = asked.findings();
    const rows = asked.rows<{ unit: string; attempt: number; dataset_type: string; partial: number }>(
      `SELECT unit, attempt, dataset_type, partial FROM file_counts
       WHERE campaign = $campaign AND partial > 0 AND unit IN (SELECT unit FROM chosen)
       ORDER BY unit, attempt DESC, dataset_type`,
    );
    for (const { unit, attempt, dataset_type, partial } of rows) {
      const message = `${String(partial)} of ${named(unit) ?? 'no unit'} are outputs of executions that failed or were lost`;
      findings.add(unit, { verdict: 'note', attempt, subject: dataset_type, message, events: [] });
    }
    return findings;
  },
};
