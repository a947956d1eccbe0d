/** Section 2 of the test case: the metadata that the definition requires is there and not null. */
import { decides, eventsOf, versionStamp, type Check, type FoundRow, type Verification } from '../verification';

type KeysRow = Readonly<{ unit: string; dataset_type: string; metadata_keys: string | null }>;

export const requiredMetadata: Check = {
  name: 'metadata.required',
  section: 2,
  title: 'every file has the metadata that its dataset type requires, none of it null',
  byConstruction: null,
  run: (asked) => {
    const findings = asked.findings();
    for (const { unit } of asked.attempts) {
      if (asked.definitionOf(unit) === null) {
        findings.cannotJudge(unit, 'no pipeline definition says what metadata is required');
      }
    }
    const lacking = lackingKeys(asked);
    if (lacking.length === 0) {
      return findings;
    }
    return asked.find(
      findings,
      asked.found<FoundRow & Readonly<{ dataset_type: string; problem: string }>>(
        `SELECT version.unit, version.attempt, version.path AS subject, ${versionStamp('version')} AS stamp,
         version.dataset_type, lacking.value ->> 3 AS problem, 3 * ${decides('version')} AS weight
       FROM json_each($lacking) AS lacking CROSS JOIN file_versions AS version
       JOIN file_executions AS maker ON maker.execution = version.execution AND maker.campaign = version.campaign
       WHERE version.campaign = $campaign AND version.unit = lacking.value ->> 0
         AND version.dataset_type = lacking.value ->> 1 AND version.metadata_keys IS lacking.value ->> 2
         AND (maker.state = 'succeeded' OR (maker.state IN ('failed', 'lost') AND maker.partial_usable = 1))`,
        { lacking: JSON.stringify(lacking) },
      ),
      ({ dataset_type, problem, stamp }) => ({ message: `this ${dataset_type} ${problem}`, events: eventsOf(stamp) }),
    );
  },
};

/** Which sets of keys lack a required one, with what is wrong: there are few such sets, however many files. */
function lackingKeys(asked: Verification): [string, string, string | null, string][] {
  const required = asked.attempts.filter(({ unit }) =>
    [...(asked.definitionOf(unit)?.definition.datasetTypes.values() ?? [])].some(({ metadata }) => metadata.length > 0),
  );
  if (required.length === 0) {
    return [];
  }
  const sets = asked.rows<KeysRow>(
    `SELECT DISTINCT unit, dataset_type, metadata_keys FROM file_versions
     WHERE campaign = $campaign AND dataset_type IS NOT NULL AND unit IN (SELECT unit FROM chosen)`,
  );
  return sets.flatMap(({ unit, dataset_type, metadata_keys }) => {
    const keys = asked.definitionOf(unit)?.definition.datasetTypes.get(dataset_type)?.metadata ?? [];
    const known = new Map(Object.entries(JSON.parse(metadata_keys ?? '{}') as Record<string, number>));
    const problems = keys.flatMap((key) => {
      const value = known.get(key);
      return value === 1 ? [] : [value === undefined ? `has no ${key}` : `has ${key} null`];
    });
    return problems.length === 0 ? [] : [[unit, dataset_type, metadata_keys, problems.join(' and ')]];
  });
}
