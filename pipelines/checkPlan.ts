/** What only the expanded graph shows: inputs that nothing supplies, paths that collide, units without jobs. */
import { PlanError } from './errors';
import type { Pipeline } from './loadPipeline';
import { makePlan } from './makePlan';
import type { Plan, UnmetInput } from './plan';
import { someOf } from './someNames';
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
    const plan = makePlan(pipeline, { campaign: 'campaign', unit, attempt: 1 });
    return [...(plan.jobs.length === 0 ? [noJobsText(plan)] : []), ...plan.unmet.map(unmetText)];
  } catch (error) {
    if (error instanceof PlanError) {
      return [error.message];
    }
    throw error;
  }
}

/** That a plan has no jobs, and which units would have some, in a sentence. */
export function noJobsText({ pipeline, scope }: Pick<Plan, 'pipeline' | 'scope'>): string {
  const units = pipeline.definition.unit.length === 0 ? [] : unitNames(pipeline);
  const others = units.length === 0 ? '' : `; they tell of ${someOf(units)}`;
  return `there are no jobs for ${scope.unit}: the tables have no row of it${others}`;
}

/** An input that cannot be had, in a sentence. */
export function unmetText({ task, datasetType, require: needed, jobs, firstJob, firstMissing }: UnmetInput): string {
  const need = typeof needed === 'string' ? needed : `at least ${String(needed.atLeast)}`;
  const lacking =
    firstMissing === null ? 'there are too few' : `nothing supplies one for ${JSON.stringify(firstMissing)}`;
  return `${String(jobs)} of the ${task} jobs cannot have ${need} of their ${datasetType}: for ${firstJob} ${lacking}`;
}
