/** Section 1 of the test case: as many files as expected, by dataset type and unit. */
import { named } from '../../queries/viewReader';
import { campaignFiles } from '../campaignFiles';
import { examplesOf } from '../fileExamples';
import { verifiedFiles } from '../files';
import type { Findings } from '../findings';
import type { FindingVerdict, VerifiedFiles } from '../report';
import { eventsOf, type Check, type Verification } from '../verification';

export const expectedFiles: Check = {
  name: 'files.expected',
  section: 1,
  title: 'there are as many files of each dataset type as expected',
  byConstruction: null,
  run: (asked) => {
    const findings = asked.findings();
    const inAllUnits = campaignFiles(asked);
    const judgedThere = new Set(
      inAllUnits.flatMap(({ row }) => (row.verdict === 'notJudged' ? [] : [row.datasetType])),
    );
    const files = verifiedFiles(asked).filter(
      ({ row }) => row.verdict !== 'notJudged' || !judgedThere.has(row.datasetType),
    );
    for (const { unit, attempt: number } of asked.attempts) {
      const rows = files.filter(({ row }) => row.unit === named(unit));
      if (judgedThere.size > 0 && rows.length === 0) {
        continue;
      }
      if (rows.every(({ row: { verdict } }) => verdict === 'notJudged')) {
        findings.cannotJudge(unit, 'nobody says how many files are expected');
      }
      const wrong = rows.filter((one) => one.row.verdict !== 'pass');
      const examples = examplesOf(asked, unit, number, wrong.map(({ row }) => row)); // prettier-ignore
      for (const { row, stamp } of wrong) {
        const { attempt, datasetType: subject } = row;
        findings.add(unit, {
          verdict: effect(row, asked.strict),
          attempt,
          subject,
          message: `${textOf(row)}${examples.get(subject) ?? ''}`,
          events: eventsOf(stamp),
        });
      }
    }
    for (const { row, stamp } of inAllUnits) {
      findings.add('', {
        verdict: effect(row, asked.strict),
        attempt: null,
        subject: row.datasetType,
        message: `in all units: ${textOf(row)}`,
        events: eventsOf(stamp),
      });
    }
    tellUnattempted(asked, findings);
    return findings;
  },
};

type Unattempted = Readonly<{ unit: string; dataset_type: string; basis: string; count: number | null; stamp: string }>;

const unattemptedSql = `
  SELECT unit, dataset_type, basis, count, stamp FROM expectations
  WHERE campaign = $campaign AND unit <> '' AND count IS NOT 0 AND unit NOT IN (SELECT unit FROM chosen)
  ORDER BY unit, dataset_type, basis`;

/**
 * Units of which files are expected and nothing else is known: they have no attempt that a report could be about. An
 * earlier campaign may well have had units that this one is not to have.
 */
function tellUnattempted(asked: Verification, findings: Findings): void {
  const units = new Map<string, Unattempted[]>();
  for (const row of asked.isWhole ? asked.rows<Unattempted>(unattemptedSql) : []) {
    units.set(row.unit, [...(units.get(row.unit) ?? []), row]);
  }
  for (const [unit, rows] of units) {
    const parts = rows.slice(0, mostParts).map(({ dataset_type, count, basis }) => {
      const number = count === null ? 'an unknown number' : String(count);
      return `${number} ${dataset_type === '' ? 'in all' : `of ${dataset_type}`} (${basis})`;
    });
    findings.add('', {
      verdict: rows.every(({ basis }) => basis === 'reference') ? 'note' : 'partial',
      attempt: null,
      subject: unit,
      message: `it has no attempt yet, and is expected to have ${parts.join(', ')}${rows.length > mostParts ? ' and more' : ''}`,
      events: eventsOf(...rows.slice(0, mostParts).map(({ stamp }) => stamp)),
    });
  }
}

/** So many of a unit's expectations are told. */
const mostParts = 3;

function effect({ verdict }: VerifiedFiles, strict: boolean): FindingVerdict {
  if (verdict === 'notJudged') {
    return strict ? 'fail' : 'note';
  }
  return verdict === 'pass' ? 'note' : verdict;
}

function textOf(row: VerifiedFiles): string {
  const { expected, judgedBy, actual, absent, acceptedLosses, refusedLosses, unfinished } = row;
  const number = judgedBy === null ? null : expected[judgedBy];
  if (number === null || judgedBy === null) {
    return `not judged: ${String(actual)} are there, and nobody says how many are expected`;
  }
  const there = `${String(number)} expected (${judgedBy}), ${String(actual)} there, ${String(absent)} rightly absent`;
  const short = number - actual - absent;
  if (short === 0) {
    return there;
  }
  if (short < 0) {
    return `${there}: ${String(-short)} more than expected`;
  }
  const unknown = short - acceptedLosses - refusedLosses - unfinished;
  const parts = [
    acceptedLosses > 0 ? `${String(acceptedLosses)} of jobs whose loss is accepted` : null,
    unfinished > 0 ? `${String(unfinished)} of jobs not done yet` : null,
    refusedLosses > 0 ? `${String(refusedLosses)} of jobs whose loss is not accepted` : null,
    unknown > 0 ? `${String(unknown)} unaccounted for` : null,
  ].filter((part) => part !== null);
  return `${there}: ${String(short)} lacking, ${parts.join(', ')}`;
}
