/** What a check found, unit by unit: all of it counted, the worst of it listed. */
import type { AttemptOfUnit } from '../queries/attempts';
import type { Finding, Verdict } from './report';
import { ofWeight, weightOf } from './verdict';

/** One unit's findings. */
export interface UnitFindings {
  readonly verdict: Verdict;
  readonly notJudgedBecause: string | null;
  readonly count: number;
  readonly listed: readonly Finding[];
}

interface Collected {
  count: number;
  listed: Finding[];
  notJudgedBecause: string | null;
}

/** See the file's head. Memory is bounded by the number listed. */
export class Findings {
  private readonly units = new Map<string, Collected>();

  /** @param listedEach how many findings of a unit are listed at the most */
  constructor(readonly listedEach: number) {}

  /** Adds one; `others` says how many like it, and no worse, were counted without being told. */
  add(unit: string, finding: Finding, others = 0): void {
    const collected = this.of(unit);
    collected.count += 1 + others;
    const at = collected.listed.findIndex((listed) => weightOf(listed.verdict) < weightOf(finding.verdict));
    collected.listed.splice(at === -1 ? collected.listed.length : at, 0, finding);
    collected.listed.length = Math.min(collected.listed.length, this.listedEach);
  }

  /** Says that a unit cannot be judged, and why. */
  cannotJudge(unit: string, because: string): void {
    this.of(unit).notJudgedBecause ??= because;
  }

  /** What was found of a unit; nothing found is a pass. */
  conclude({ unit }: AttemptOfUnit): UnitFindings {
    const { count, listed, notJudgedBecause } = this.of(unit);
    const heaviest = listed.reduce((weight, { verdict }) => Math.max(weight, weightOf(verdict)), 0);
    const worst = ofWeight(heaviest);
    const verdict = worst === 'note' ? (notJudgedBecause === null ? 'pass' : 'notJudged') : worst;
    return { verdict, notJudgedBecause, count, listed };
  }

  private of(unit: string): Collected {
    const known = this.units.get(unit) ?? { count: 0, listed: [], notJudgedBecause: null };
    this.units.set(unit, known);
    return known;
  }
}
