/** What only the expanded graph shows: inputs that nothing supplies, paths that collide, units without jobs. */
import { PlanError } from './errors';
import type { Pipeline } from './loadPipeline';
import { makePlan } from './makePlan';
import type { UnmetInput } from './plan';
import { unitNames } from './unitName';

/** A problem of one unit's plan, for people. */
export interface PlanProblem {
  readonly unit: string;
  readonly message: string;
}

/** Stands for the one unit of a pipeline whose units are named freely. */
export const anyUnit = 'unit';

/**
 * Plans units and tells what is wrong with each plan.
 * @param units their names; by default all that the tables tell of
 */
export function checkPlans(pipeline: Pipeline, units: readonly string[] = unitsOf(pipeline)): PlanProblem[] {
  if (units.length === 0) {
    const dimensions = pipeline.definition.unit.join(', ');
    return [{ unit: '', message: `the tables tell of no unit: none has rows with ${dimensions}` }];
  }
  return units.flatMap((unit) => problemsOf(pipeline, unit).map((message) => ({ unit, message })));
}

/** The units to look at where none is named. */
export function unitsOf(pipeline: Pipeline): readonly string[] {
  return pipeline.definition.unit.length === 0 ? [anyUnit] : unitNames(pipeline);
}

function problemsOf(pipeline: Pipeline, unit: string): string[] {
  try {
    const { jobs, unmet } = makePlan(pipeline, { campaign: 'campaign', unit, attempt: 1 });
    return [
      ...(jobs.length === 0 ? ['there are no jobs: no table has a row of this unit'] : []),
      ...unmet.map(unmetText),
    ];
  } catch (error) {
    if (error instanceof PlanError) {
      return [error.message];
    }
    throw error;
  }
}

/** An input that cannot be had, in a sentence. */
export function unmetText({ task, datasetType, require: needed, jobs, firstJob, firstMissing }: UnmetInput): string {
  const need = typeof needed === 'string' ? needed : `at least ${String(needed.atLeast)}`;
  const lacking =
    firstMissing === null ? 'there are too few' : `nothing supplies one for ${JSON.stringify(firstMissing)}`;
  return `${String(jobs)} of the ${task} jobs cannot have ${need} of their ${datasetType}: for ${firstJob} ${lacking}`;
}
