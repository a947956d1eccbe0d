/** Section 1 of the test case: as many files as expected, by dataset type and unit. */
import { named } from '../../queries/viewReader';
import { campaignFiles } from '../campaignFiles';
import { examplesOf } from '../fileExamples';
import { verifiedFiles } from '../files';
import type { FindingVerdict, VerifiedFiles } from '../report';
import { eventsOf, type Check } from '../verification';

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
    return findings;
  },
};

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
