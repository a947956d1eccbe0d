/** The words that every form of a verification report shares. */
import type { CheckResult, EventName, Verdict, VerificationReport } from '../../consumers/verification/report';
import { attemptName } from '../attemptOptions';

/** The verdicts for people. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  pass: 'pass',
  passWithAcceptedLosses: 'pass with accepted losses',
  notJudged: 'not judged',
  partial: 'partial',
  fail: 'fail',
};

/** What the test case's sections are about. */
export const sectionTitles: Readonly<Record<number, string>> = {
  1: 'Files, expected and actual',
  2: 'Metadata',
  3: 'Provenance',
  4: 'Runtime metrics',
  5: 'Anomalies',
};

/** A check's result in a line. */
export function resultText({ verdict, notJudgedBecause, findingCount }: CheckResult): string {
  const because = notJudgedBecause === null ? '' : `: ${notJudgedBecause}`;
  const count = findingCount === 0 ? '' : `, ${String(findingCount)} ${findingCount === 1 ? 'finding' : 'findings'}`;
  return `${verdictWords[verdict]}${because}${count}`;
}

/** An event by its identity, as `tractledger events --producer` takes it apart. */
export function eventText({ producer, sequence }: EventName): string {
  return `${producer} ${String(sequence)}`;
}

/** The unit and attempt that a result is about. */
export function aboutText({ unit, attempt }: Pick<CheckResult, 'unit' | 'attempt'>): string {
  return unit === null && attempt === null ? 'the whole campaign' : attemptName(unit, attempt);
}

/** The attempts that results are about, in the order of the report; null last, where something is about no unit. */
export function abouts({ checks, units }: VerificationReport): Pick<CheckResult, 'unit' | 'attempt'>[] {
  const known = units.map(({ unit, attempt }) => ({ unit, attempt }));
  const isElsewhere = checks.some((check) => !known.some(({ unit }) => unit === check.unit));
  return isElsewhere ? [...known, { unit: null, attempt: null }] : known;
}
