/** What is expected of a dataset type in the whole campaign, whichever unit makes it, against what all units made. */
import { againstReference, expectationsOf, judge, judged, verifiedFiles, type JudgedFiles } from './files';
import { lackingFiles, type LackingFiles } from './lostJobs';
import { bases, type Basis } from './report';
import type { Verification } from './verification';

/** A row for each such statement. None where only some units are verified: then nobody knows what the others made. */
export function campaignFiles(asked: Verification): readonly JudgedFiles[] {
  if (!asked.isWhole || asked.attempts.some(({ unit }) => unit === '')) {
    return [];
  }
  const expectations = expectationsOf(asked).filter(({ dataset_type }) => dataset_type !== '');
  const stated = expectations.filter(({ unit }) => unit === '');
  const planned = expectations.some(({ basis }) => basis === 'plan');
  const lacking = stated.length === 0 ? null : lackingFiles(asked);
  return [...new Set(stated.map(({ dataset_type }) => dataset_type))].map((datasetType) => {
    const statements = stated.filter(({ dataset_type }) => dataset_type === datasetType);
    const rows = verifiedFiles(asked).flatMap(({ row }) => (row.datasetType === datasetType ? [row] : []));
    const sumOf = (name: keyof typeof noFiles): number => rows.reduce((sum, row) => sum + row[name], 0);
    const names = Object.keys(noFiles) as (keyof typeof noFiles)[];
    const found = Object.fromEntries(names.map((name) => [name, sumOf(name)])) as typeof noFiles;
    const expected = Object.fromEntries(
      bases.map((basis) => [basis, statements.find((one) => one.basis === basis)?.count ?? null]),
    ) as Record<Basis, number | null>;
    const judgedBy = judge(expected, planned);
    const lackingHere = asked.attempts.map(({ unit }) => lacking?.(unit, datasetType) ?? nothingLacks);
    return {
      row: {
        ...{ unit: null, attempt: null, datasetType, role: rows[0]?.role ?? null, expected, judgedBy, ...found },
        ...judged(judgedBy === null ? null : expected[judgedBy], found, lackingHere.reduce(together, nothingLacks)),
        referenceVerdict: againstReference(expected.reference, found),
      },
      stamp: statements.find(({ basis }) => basis === judgedBy)?.stamp ?? statements[0]?.stamp ?? null,
    };
  });
}

const noFiles = { actual: 0, reused: 0, absent: 0, missing: 0, empty: 0, partial: 0, purged: 0, bytes: 0 };

const nothingLacks: LackingFiles = { accepted: 0, refused: 0, unfinished: 0 };

function together(one: LackingFiles, other: LackingFiles): LackingFiles {
  return {
    accepted: one.accepted + other.accepted,
    refused: one.refused + other.refused,
    unfinished: one.unfinished + other.unfinished,
  };
}
