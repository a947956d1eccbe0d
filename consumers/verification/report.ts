/** What a verification comes to: the shape that `verify --format json` prints. Fields may be added, none changed. */
import type { ExecutableCost, UnitCost } from '../queries/costs';
import type { FileNumbers } from '../queries/fileCounts';

/** From the best to the worst; notJudged is what nothing known could decide. */
export const verdicts = ['pass', 'passWithAcceptedLosses', 'notJudged', 'partial', 'fail'] as const;

/** One of {@link verdicts}. */
export type Verdict = (typeof verdicts)[number];

/** What a finding does to the verdict of its check: a note does nothing. */
export type FindingVerdict = 'note' | 'passWithAcceptedLosses' | 'partial' | 'fail';

/** An event by its identity, with the time that its producer gave it. */
export interface EventName {
  readonly producer: string;
  readonly sequence: number;
  /** ISO 8601. */
  readonly occurredAt: string;
}

/** One thing that a check found. */
export interface Finding {
  readonly verdict: FindingVerdict;
  /** The attempt it was found in, which may be an earlier one than the one verified; null for none. */
  readonly attempt: number | null;
  /** The job, the logical path, the host or the dataset type it is about. */
  readonly subject: string;
  readonly message: string;
  /** The events that it rests on. */
  readonly events: readonly EventName[];
}

/** One check of one unit. */
export interface CheckResult {
  /** The check's name, for example files.empty. */
  readonly check: string;
  /** The part of the test case it belongs to, 1 to 5. */
  readonly section: number;
  /** What must hold. */
  readonly title: string;
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly verdict: Verdict;
  /** Why nothing could be judged; null where something could. */
  readonly notJudgedBecause: string | null;
  /** What of it cannot be otherwise, whatever the events say; null where all of it is looked for. */
  readonly byConstruction: string | null;
  /** How many findings there are; those listed may be fewer. */
  readonly findingCount: number;
  readonly findings: readonly Finding[];
}

/** Who says how many files are expected. A plan and an earlier campaign (reference) are never mixed. */
export const bases = ['operator', 'plan', 'reference'] as const;

/** One of {@link bases}. */
export type Basis = (typeof bases)[number];

/** Files of one dataset type in the attempt verified: a row of Table 1. */
export interface VerifiedFiles extends FileNumbers {
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly datasetType: string;
  /** product, intermediate or registered; null without a definition. */
  readonly role: string | null;
  /** What each basis says; null where it says nothing, or that it does not know. */
  readonly expected: Readonly<Record<Basis, number | null>>;
  /** The basis that the verdict rests on; null where none says a number. */
  readonly judgedBy: Basis | null;
  /** Of those not there, how many belong to jobs whose loss is tolerated. */
  readonly acceptedLosses: number;
  /** Of those not there, how many belong to jobs whose loss is not tolerated. */
  readonly refusedLosses: number;
  /** Of those not there, how many belong to jobs that may still run. */
  readonly unfinished: number;
  readonly verdict: Verdict;
  /** The same held against the reference alone: for comparison, it decides nothing where there is a plan. */
  readonly referenceVerdict: Verdict;
}

/** A total that was declared, against the rows it ought to be the sum of. */
export interface VerifiedTotal {
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly basis: string;
  readonly declared: number;
  /** The sum of the rows, and of what: the basis' own expectations where it states every row, else the files there are. */
  readonly rows: number;
  readonly rowsAre: 'expectations' | 'files';
  readonly difference: number;
}

/** One unit as it was verified. */
export interface VerifiedUnit {
  readonly unit: string | null;
  readonly attempt: number | null;
  /** complete, partial or stopped; null where the attempt has not ended. */
  readonly outcome: string | null;
  readonly verdict: Verdict;
  /** The definition that losses, absences and metadata were held against. */
  readonly pipeline: {
    readonly name: string;
    readonly digest: string | null;
    readonly source: 'ledger' | 'file';
  } | null;
}

/** Something to tell in prose: a problem met, or a deviation from what was meant to be done. */
export interface Told {
  readonly kind: string;
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly text: string;
  readonly ticket: string | null;
  /** Who says so; null where nobody is named. */
  readonly by: string | null;
  readonly events: readonly EventName[];
}

/** The whole report: a function of the set of events, so the same events give the same report. */
export interface VerificationReport {
  readonly testCase: string;
  readonly campaign: string;
  readonly strict: boolean;
  readonly verdict: Verdict;
  readonly units: readonly VerifiedUnit[];
  readonly files: readonly VerifiedFiles[];
  readonly totals: readonly VerifiedTotal[];
  readonly checks: readonly CheckResult[];
  readonly costs: readonly UnitCost[];
  readonly executables: readonly ExecutableCost[];
  readonly problems: readonly Told[];
  readonly deviations: readonly Told[];
}
