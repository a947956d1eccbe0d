/** A plan from a definition and its tables, in time proportional to the rows, jobs and file references there are. */
import { dataIdMaker, jobNameMaker } from '../schemas';
import type { Task } from './definition';
import { FileCatalogue } from './fileCatalogue';
import type { PlanScope } from './fileNames';
import { InputFinder } from './inputFinder';
import type { Pipeline } from './loadPipeline';
import { typeInTask } from './perJobType';
import type { Plan, PlannedFile, PlannedJob, UnmetInput } from './plan';
import { compareRows, groupsOf, join, placesOf, projection, where, type Relation, type Values } from './relation';
import { tasksInOrder } from './taskGraph';
import { OutputWriter, TaskJob, type TaskForm } from './taskJob';
import { unitValues } from './unitName';

/**
 * Plans one attempt of a unit. The same definition, tables and scope always give the same plan.
 * @throws {PlanError} where the unit's name does not fit the definition, or two files would have one path
 */
export function makePlan(pipeline: Pipeline, scope: PlanScope): Plan {
  const { definition, tables } = pipeline;
  const unit = unitValues(definition, scope.unit);
  const catalogue = new FileCatalogue(definition, scope);
  for (const { name, table, dimensions } of definition.datasetTypes.values()) {
    const rows = table === null ? undefined : tables.get(table);
    if (rows !== undefined) {
      const { columns, rows: within } = where(rows, unit);
      catalogue.setOf(name, null)?.add([...projection(dimensions, columns)(within)].sort(compareRows), null);
    }
  }
  const unmet: UnmetInput[] = [];
  const jobs: PlannedJob[] = [];
  for (const task of tasksInOrder(definition)) {
    planTask(pipeline, task, rowsOf(task, tables, unit), catalogue, jobs, unmet);
  }
  const expected = new Map<string, number>();
  for (const { name, role } of definition.datasetTypes.values()) {
    if (role !== 'registered') {
      expected.set(name, catalogue.countOf(name));
    }
  }
  let registered: Plan['registered'] | null = null;
  return {
    ...{ pipeline, scope, jobs, expected, unmet },
    get registered() {
      registered ??= registeredFiles(jobs, catalogue); // a restart does not ask for them
      return registered;
    },
  };
}

/** The join of a task's tables within the unit, its dimensions first, in order. */
function rowsOf(task: Task, tables: ReadonlyMap<string, Relation>, unit: Values): Relation {
  const relations = task.over.map((name) => where(tables.get(name) ?? { columns: [], rows: [] }, unit));
  const columns = [...new Set([...task.dimensions, ...relations.flatMap((relation) => relation.columns)])];
  const last = relations.pop() ?? { columns: [], rows: [] };
  const [first, ...others] = relations;
  const { rows } = first === undefined ? inOrder(columns, last) : join(others.reduce(joinAll, first), last, columns);
  if (task.dimensions.length === 0 && rows.length === 0) {
    return { columns: [], rows: [[]] }; // a task without dimensions has its one job in any unit
  }
  return { columns, rows: [...rows].sort(compareRows) };
}

function joinAll(left: Relation, right: Relation): Relation {
  return join(left, right);
}

/** The rows with their values in the order of other columns. */
function inOrder(columns: readonly string[], relation: Relation): Relation {
  const places = placesOf(columns, relation.columns);
  return { columns, rows: relation.rows.map((row) => places.map((place) => row[place] ?? '')) };
}

/** Adds the jobs of one task, by data ID. Their files go to the catalogue, requirements that cannot be met to `unmet`. */
function planTask(
  { definition }: Pipeline,
  task: Task,
  { columns, rows }: Relation,
  catalogue: FileCatalogue,
  jobs: PlannedJob[],
  unmet: UnmetInput[],
): void {
  const types = definition.datasetTypes;
  const finders = task.inputs.flatMap(({ datasetType, require: requirement }) => {
    const type = types.get(datasetType);
    return type === undefined
      ? []
      : [new InputFinder(task.name, type, requirement, columns, definition.unit, catalogue)];
  });
  const writers = task.outputs.map(({ datasetType, once }) => {
    const type = types.get(datasetType);
    const dimensions = type === undefined ? [] : typeInTask(type, task).dimensions;
    const ofJob = dimensions.join() === task.dimensions.join(); // one file a job, told by the job's own row
    return new OutputWriter(catalogue.setOf(datasetType, task.name), once, ofJob, projection(dimensions, columns));
  });
  const dataIdOf = task.dimensions.length === 0 ? null : dataIdMaker(task.dimensions);
  const form: TaskForm = { task, dataIdOf, writers };
  const nameOf = jobNameMaker(task.name, task.dimensions);
  let isFirst = true;
  for (const group of groupsOf(rows, task.dimensions.length)) {
    const row = group[0]?.slice(0, task.dimensions.length) ?? [];
    const name = nameOf(row);
    const job = new TaskJob(
      jobs.length,
      form,
      name,
      row,
      finders.map((finder) => finder.find(group, name)),
    );
    job.write(group, isFirst);
    jobs.push(job);
    isFirst = false;
  }
  unmet.push(...finders.flatMap((finder) => finder.unmet() ?? []));
}

/** How many registered files of each dataset type the jobs read. */
function registeredFiles(jobs: readonly PlannedJob[], catalogue: FileCatalogue): ReadonlyMap<string, number> {
  const seen = new Set<PlannedFile>();
  const counts = new Map<string, number>();
  for (const { inputs } of jobs) {
    for (const files of inputs) {
      for (const file of files) {
        const { type, maker } = file;
        if (maker === null && type.table === null) {
          counts.set(type.name, catalogue.countOf(type.name)); // there are none but those that were asked for
        } else if (maker === null && !seen.has(file)) {
          seen.add(file);
          counts.set(type.name, (counts.get(type.name) ?? 0) + 1);
        }
      }
    }
  }
  return counts;
}
