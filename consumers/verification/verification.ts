/** What every check is given: the views, the attempts asked about, the definitions, and how to ask. */
import { eventOfStamp } from '../../projections/statementOrder';
import { microsToIso } from '../../schemas/json';
import type { Definition } from '../../pipelines/definition';
import type { AttemptOfUnit } from '../queries/attempts';
import { numbered, type ViewReader } from '../queries/viewReader';
import { Findings } from './findings';
import type { EventName, Finding } from './report';
import { ofWeight } from './verdict';

/** A definition and where it comes from. */
export interface KnownDefinition {
  readonly definition: Definition;
  readonly digest: string | null;
  readonly source: 'ledger' | 'file';
}

/**
 * A row of a question that finds things. `weight`: see `weightOf`; `subject` and `stamp` put findings of one weight in
 * order.
 */
export type FoundRow = Readonly<{
  unit: string;
  attempt: number;
  weight: number;
  subject: string;
  stamp: string | null;
}>;

/** A row found, its place among those of its unit, and how many there are in all. */
export type CountedRow<Row extends FoundRow> = Row & Readonly<{ place: number; total: number }>;

/** A check: what must hold, and the question that finds where it does not. */
export interface Check {
  readonly name: string;
  readonly section: 1 | 2 | 3 | 4 | 5;
  readonly title: string;
  readonly byConstruction: string | null;
  readonly run: (asked: Verification) => Findings;
}

/** See the file's head. */
export class Verification {
  /** How many findings of one check and unit are listed at the most. */
  readonly listedEach: number;
  /** Whether what cannot be judged fails. */
  readonly strict: boolean;
  /** Whether every unit of the campaign is verified. */
  readonly isWhole: boolean;
  private readonly definitions: ReadonlyMap<string, KnownDefinition>;

  /** @param attempts the attempts verified, one a unit */
  constructor(
    readonly views: ViewReader,
    readonly campaign: string,
    readonly attempts: readonly AttemptOfUnit[],
    manner: {
      readonly listedEach: number;
      readonly strict: boolean;
      readonly isWhole: boolean;
      readonly definitions: ReadonlyMap<string, KnownDefinition>;
    },
  ) {
    this.listedEach = manner.listedEach;
    this.strict = manner.strict;
    this.isWhole = manner.isWhole;
    this.definitions = manner.definitions;
  }

  /** The definition that a unit's attempt is held against. */
  definitionOf(unit: string): KnownDefinition | null {
    return this.definitions.get(unit) ?? null;
  }

  /** No findings yet. */
  findings(): Findings {
    return new Findings(this.listedEach);
  }

  /**
   * A question in SQL. It may use $campaign and the table `chosen` (unit, attempt) of the attempts verified.
   * @param parameters further ones
   */
  rows<Row>(sql: string, parameters: Readonly<Record<string, string | number | null>> = {}): Row[] {
    return this.views.query<Row>(`WITH ${chosenSql} ${sql}`, {
      campaign: this.campaign,
      chosen: JSON.stringify(this.attempts.map(({ unit, attempt }) => [unit, attempt])),
      ...parameters,
    });
  }

  /**
   * What a question in SQL finds: the worst of each unit, and how much there is in all, counted by the database, so that
   * memory does not grow with what is found.
   * @param sql gives the columns of a {@link FoundRow}, and others as the row type says; see {@link rows}
   */
  found<Row extends FoundRow>(
    sql: string,
    parameters: Readonly<Record<string, string | number | null>> = {},
  ): CountedRow<Row>[] {
    const limited = `
      SELECT * FROM (
        SELECT found.*, row_number() OVER ranked AS place, count(*) OVER (PARTITION BY unit) AS total
        FROM (${sql}) AS found WHERE unit IN (SELECT unit FROM chosen)
        WINDOW ranked AS (PARTITION BY unit ORDER BY weight DESC, attempt DESC, subject, stamp))
      WHERE place <= $listed ORDER BY unit, place`;
    const listed = Math.min(this.listedEach, Number.MAX_SAFE_INTEGER);
    return this.rows<CountedRow<Row>>(limited, { ...parameters, listed });
  }

  /** Adds what was found to the findings, each row told in words. */
  find<Row extends FoundRow>(
    findings: Findings,
    rows: readonly CountedRow<Row>[],
    tell: (row: Row) => Pick<Finding, 'message' | 'events'>,
  ): Findings {
    for (const row of rows) {
      const { unit, attempt, weight, subject, place, total } = row;
      const finding = { verdict: ofWeight(weight), attempt: numbered(attempt), subject, ...tell(row) };
      findings.add(unit, finding, place === this.listedEach ? total - place : 0);
    }
    return findings;
  }
}

const chosenSql = `chosen(unit, attempt) AS (SELECT value ->> 0, value ->> 1 FROM json_each($chosen))`;

/**
 * SQL: 1 where a row is about an attempt verified, or about an execution that one took over, else 0. Such findings
 * decide; those of attempts that others have taken the place of are told as notes.
 * @param of the alias of a row with unit, attempt and execution
 */
export function decides(of: string): string {
  return `(EXISTS (SELECT 1 FROM chosen WHERE chosen.unit = ${of}.unit AND chosen.attempt = ${of}.attempt)
    OR EXISTS (
      SELECT 1 FROM chosen CROSS JOIN reused_executions AS reused ON reused.campaign = $campaign
        AND reused.unit = chosen.unit AND reused.attempt = chosen.attempt AND reused.execution = ${of}.execution))`;
}

/** SQL: the stamp of the event that told of a file version. @param of the alias of its row */
export function versionStamp(of: string): string {
  const told = `printf('%016d %s %016d', ${of}.produced_at_us, ${of}.producer, ${of}.sequence)`;
  const early = `printf('-%016d %s %016d', ${String(Number.MAX_SAFE_INTEGER)} + ${of}.produced_at_us, ${of}.producer, ${of}.sequence)`;
  return `CASE WHEN ${of}.produced_at_us IS NULL THEN NULL WHEN ${of}.produced_at_us < 0 THEN ${early} ELSE ${told} END`;
}

/** The events that stamps name, each once; null is none. */
export function eventsOf(...stamps: readonly (string | null)[]): EventName[] {
  return [...new Set(stamps)]
    .filter((stamp) => stamp !== null)
    .map((stamp) => {
      const { producer, sequence, occurredAt } = eventOfStamp(stamp);
      return { producer, sequence, occurredAt: microsToIso(occurredAt) };
    });
}
