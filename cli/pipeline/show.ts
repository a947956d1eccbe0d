/** `tractledger pipeline show`. */
import { unitsOf } from '../../pipelines/checkPlan';
import type { Definition } from '../../pipelines/definition';
import { loadPipeline } from '../../pipelines/loadPipeline';
import { makePlan } from '../../pipelines/makePlan';
import { planNumbers, type PlanNumbers } from '../../pipelines/planNumbers';
import { exitCodes } from '../exitCodes';
import { writeJson, writeOutput } from '../output/lines';
import { outputTarget, renderTable, type Column } from '../output/table';
import { formatCount, formatDuration } from '../output/units';
import type { UnitOptions } from './check';

interface UnitNumbers extends PlanNumbers {
  readonly unit: string;
}

/** Prints the numbers of each unit's plan. */
export async function showDefinition(file: string, { unit, json }: UnitOptions): Promise<0> {
  const pipeline = loadPipeline(file);
  const { definition, digest } = pipeline;
  const units = (unit ?? unitsOf(pipeline)).map((name) => ({
    unit: name,
    ...planNumbers(makePlan(pipeline, { campaign: 'campaign', unit: name, attempt: 1 })),
  }));
  if (json === true) {
    await writeJson({ file, pipeline: definition.pipeline, digest, units });
  } else {
    await writeOutput(`${definition.pipeline}, digest ${digest.slice(0, 12)}\n\n${text(definition, units)}\n`);
  }
  return exitCodes.done;
}

function text(definition: Definition, units: readonly UnitNumbers[]): string {
  const tasks = [...definition.tasks.keys()];
  const types = [...definition.datasetTypes.values()];
  return [
    table(
      'jobs of task',
      units,
      tasks.map((task) => [task, (numbers) => formatCount(numbers.jobsByTask[task] ?? 0)]),
    ),
    table(
      'files of dataset type',
      units,
      types.map(({ name, role }) => [
        `${name} (${role})`,
        (numbers) =>
          formatCount(
            (role === 'registered' ? numbers.registeredByDatasetType : numbers.filesByDatasetType)[name] ?? 0,
          ),
      ]),
    ),
    table('in all', units, [
      ['jobs', ({ jobs }) => formatCount(jobs)],
      ['input references', ({ inputReferences }) => formatCount(inputReferences)],
      ['output references', ({ outputReferences }) => formatCount(outputReferences)],
      ['edges between jobs', ({ edges }) => formatCount(edges)],
      ['longest path, jobs', ({ longestPathJobs }) => formatCount(longestPathJobs)],
      ['CPU by the hints', ({ cpuSeconds }) => formatDuration(cpuSeconds)],
    ]),
  ].join('\n\n');
}

function table(
  title: string,
  units: readonly UnitNumbers[],
  rows: readonly (readonly [string, (numbers: PlanNumbers) => string])[],
): string {
  const columns: Column[] = [
    { title, shrinks: true },
    ...units.map(({ unit }) => ({ title: unit, align: 'right' as const })),
  ];
  return renderTable(
    columns,
    rows.map(([name, value]) => [name, ...units.map((numbers) => value(numbers))]),
    outputTarget(),
  );
}
