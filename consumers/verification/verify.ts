/** The verification of a campaign: the checks of DRP-00-05 over the views, as one report. */
import type { Definition } from '../../pipelines/definition';
import { chooseAttempts } from '../queries/attempts';
import { queryCosts } from '../queries/costs';
import { named, numbered, type ViewReader } from '../queries/viewReader';
import { checks } from './checks';
import { storedDefinitions } from './definitions';
import { verifiedFiles } from './files';
import { deviationsOf, problemsOf } from './told';
import type { CheckResult, VerificationReport, VerifiedUnit } from './report';
import { verifiedTotals } from './totals';
import { overall } from './verdict';
import { Verification, type KnownDefinition } from './verification';

/** The test case that a report stands for. */
export const testCase = 'DRP-00-05';

/** What to verify, and how. */
export interface VerificationQuestion {
  readonly campaign: string;
  /** Only this unit. */
  readonly unit?: string;
  /** Held against this definition instead of those that the ledger holds. */
  readonly definition?: Definition;
  /** Whether what cannot be judged fails. */
  readonly strict: boolean;
  /** How many findings of one check and unit are listed at the most; Infinity for all. */
  readonly listedEach: number;
}

/**
 * Verifies the latest attempt of each unit. Time grows with the rows of the campaign, memory with what is listed.
 * @throws {QuestionError} where the unit is unknown
 */
export function verifyCampaign(views: ViewReader, question: VerificationQuestion): VerificationReport {
  return views.snapshot(() => verifySnapshot(views, question));
}

function verifySnapshot(views: ViewReader, question: VerificationQuestion): VerificationReport {
  const { campaign, unit, definition, strict, listedEach } = question;
  const attempts = chooseAttempts(views, campaign, unit === undefined ? {} : { unit });
  const definitions: ReadonlyMap<string, KnownDefinition> =
    definition === undefined
      ? storedDefinitions(views, campaign, attempts)
      : new Map(attempts.map((about) => [about.unit, { definition, digest: null, source: 'file' }]));
  const asked = new Verification(views, campaign, attempts, {
    listedEach,
    strict,
    isWhole: unit === undefined,
    definitions,
  });
  const results = checks.flatMap((check) => resultsOf(check, asked));
  const files = verifiedFiles(asked).map(({ row }) => row);
  const units = unitsOf(asked, results);
  const campaignWide = results.filter((result) => result.unit === null).map(({ verdict }) => verdict);
  return {
    testCase,
    campaign,
    strict,
    verdict: overall([...units.map(({ verdict }) => verdict), ...campaignWide]),
    units,
    files,
    totals: verifiedTotals(asked).map(({ total }) => total),
    checks: results,
    ...costsOf(asked),
    problems: problemsOf(asked),
    deviations: deviationsOf(asked),
  };
}

/** A check's results, a unit each, and one for the campaign as a whole where it found something there. */
function resultsOf(check: (typeof checks)[number], asked: Verification): CheckResult[] {
  const { name, section, title, byConstruction, run } = check;
  const found = run(asked);
  const whole = asked.attempts.some((about) => about.unit === '') ? [] : [{ unit: '', attempt: 0 }];
  return [...asked.attempts, ...whole].flatMap((about) => {
    const { verdict, notJudgedBecause, count, listed } = found.conclude(about);
    if (whole.includes(about) && count === 0) {
      return [];
    }
    return [
      {
        check: name,
        section,
        title,
        unit: named(about.unit),
        attempt: numbered(about.attempt),
        verdict: verdict === 'notJudged' && asked.strict ? 'fail' : verdict,
        notJudgedBecause,
        byConstruction,
        findingCount: count,
        findings: listed,
      },
    ];
  });
}

function unitsOf(asked: Verification, results: readonly CheckResult[]): VerifiedUnit[] {
  const outcomes = asked.rows<{ unit: string; outcome: string | null }>(
    `SELECT attempt.unit, attempt.outcome FROM chosen CROSS JOIN attempts AS attempt
       ON attempt.campaign = $campaign AND attempt.unit = chosen.unit AND attempt.attempt = chosen.attempt`,
  );
  return asked.attempts.map(({ unit, attempt }) => {
    const known = asked.definitionOf(unit);
    const ofUnit = results.filter((result) => result.unit === named(unit));
    return {
      unit: named(unit),
      attempt: numbered(attempt),
      outcome: outcomes.find((row) => row.unit === unit)?.outcome ?? null,
      verdict: overall(ofUnit.map(({ verdict }) => verdict)),
      pipeline: known === null ? null : { name: known.definition.pipeline, digest: known.digest, source: known.source },
    };
  });
}

function costsOf({ views, campaign, attempts }: Verification): Pick<VerificationReport, 'costs' | 'executables'> {
  const { units, executables } = queryCosts(views, campaign, attempts, 'manifest');
  return { costs: units, executables };
}
