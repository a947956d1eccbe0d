/** How verdicts come together. */
import type { FindingVerdict, Verdict } from './report';

/** By weight: the heaviest finding decides its check. */
const weights: readonly FindingVerdict[] = ['note', 'passWithAcceptedLosses', 'partial', 'fail'];

/** The weight of a finding, for SQL: 0 note, 1 accepted, 2 partial, 3 fail. */
export function weightOf(verdict: FindingVerdict): number {
  return weights.indexOf(verdict);
}

/** The finding's verdict of a weight. */
export function ofWeight(weight: number): FindingVerdict {
  return weights[weight] ?? 'fail';
}

/** One verdict of several: the worst. What was not judged neither helps nor harms, unless nothing was judged at all. */
export function overall(verdicts: readonly Verdict[]): Verdict {
  const judged = verdicts.filter((verdict) => verdict !== 'notJudged');
  if (judged.includes('fail')) {
    return 'fail';
  }
  if (judged.length === 0) {
    return 'notJudged';
  }
  if (judged.includes('partial')) {
    return 'partial';
  }
  return judged.includes('passWithAcceptedLosses') ? 'passWithAcceptedLosses' : 'pass';
}
