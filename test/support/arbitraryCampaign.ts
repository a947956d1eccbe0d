/**
 * Whole campaigns that make sense: a planner plans jobs, a scheduler's importer tells of queue, starts, ends and losses,
 * the sidecars of two nodes tell of executions and their files, operators note, veto, expect, purge and check. Facts are
 * told late, twice, by several producers, at equal times and by clocks that disagree.
 */
import fc from 'fast-check';
import { attemptSpec, factSpec, listOf, tellers, units, type Spec } from './campaignSpecs';
import { attemptTellings, factTelling, jobTellings, uuidOf, type Telling } from './campaignTellings';
import type { EventStream } from './eventStreams';

const campaignName = 'HSC RC1, "DM-10084"';
/** A campaign as its producers tell it, each in its own order. */
export const arbitraryCampaign: fc.Arbitrary<EventStream[]> = fc
  .record({
    attempts: fc.array(attemptSpec, { minLength: 1, maxLength: 3 }),
    facts: listOf(factSpec, 6),
  })
  .map(({ attempts, facts }) => numbered([...campaignTellings(attempts), ...facts.map(factTelling)]));

function campaignTellings(attempts: readonly Spec<typeof attemptSpec>[]): Telling[] {
  const attemptsOf = new Map<number, number>();
  let executions = 0;
  return attempts.flatMap((spec) => {
    const number = (attemptsOf.get(spec.unit) ?? 0) + 1;
    attemptsOf.set(spec.unit, number);
    const about = { unit: units[spec.unit] ?? '', attempt: number };
    const jobs = spec.jobs.flatMap((one) => {
      const first = executions;
      executions += one.executions.length;
      return jobTellings(one, about, first);
    });
    return [...attemptTellings(spec, about), ...jobs];
  });
}

/** Each producer counts its events in the order of the story. */
function numbered(tellings: readonly Telling[]): EventStream[] {
  return tellers.map((teller, index) =>
    tellings
      .filter(({ by }) => by === teller)
      .map(({ about, occurredAt, body }, earlier) => {
        const header = {
          producer: uuidOf('a', index),
          sequence: earlier + 1,
          occurredAt,
          campaign: campaignName,
          ...about,
        };
        return { ...body, header };
      }),
  );
}
