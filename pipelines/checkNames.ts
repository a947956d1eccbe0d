/** Whether the names in a definition agree: everything named is there, and everything there is made and used. */
import { makersOf, type DatasetType, type Definition, type Task } from './definition';
import type { DefinitionDocument } from './definitionDocument';
import { commandPieces, scienceNames } from './command';
import { fileNamer, planNames, TemplateError } from './fileNames';
import { perJobProblem, tasksWriting, typeInTask } from './perJobType';
import { PlaceholderError } from './placeholders';
import { findCycle } from './taskGraph';
import type { ValuePath } from './yamlDocument';

/** A problem at a place of the document. */
export interface NameProblem {
  readonly path: ValuePath;
  readonly message: string;
}

type Say = (path: ValuePath, message: string) => void;

/**
 * Every problem with the names of a definition.
 * @param read the document it was made from, which also holds what belongs to tasks that are gone
 */
export function checkNames(definition: Definition, read: DefinitionDocument): NameProblem[] {
  const problems: NameProblem[] = [];
  const say: Say = (path, message) => problems.push({ path, message });
  checkDimensions(definition, say);
  definition.datasetTypes.forEach((type) => {
    checkDatasetType(definition, type, say);
  });
  definition.tasks.forEach((task) => {
    checkTask(definition, task, say);
  });
  checkMakers(definition, say);
  checkOrphans(definition, read, say);
  const cycle = findCycle(definition);
  if (cycle !== null) {
    say(['tasks', cycle[0] ?? ''], `the tasks wait for one another in a circle: ${[...cycle, cycle[0]].join(' -> ')}`);
  }
  return problems;
}

function checkDimensions({ dimensions, unit }: Definition, say: Say): void {
  for (const name of planNames) {
    if (dimensions.has(name)) {
      say(['dimensions', name], `${name} is a word of every template and cannot be a dimension`);
    }
  }
  checkListed(unit, dimensions, ['unit'], 'dimension', say);
}

function checkListed(
  names: readonly string[],
  known: ReadonlyMap<string, unknown>,
  path: ValuePath,
  noun: string,
  say: Say,
): void {
  names.forEach((name, index) => {
    if (!known.has(name)) {
      say([...path, index], `there is no ${noun} ${name}; expected one of ${[...known.keys()].join(', ') || '(none)'}`);
    }
  });
}

function checkDatasetType({ dimensions, tables, tasks }: Definition, type: DatasetType, say: Say): void {
  const path = ['datasetTypes', type.name];
  checkListed(type.dimensions, dimensions, [...path, 'dimensions'], 'dimension', say);
  if (type.table !== null) {
    checkListed([type.table], tables, [...path, 'table'], 'table', say);
    if (type.role !== 'registered') {
      say([...path, 'table'], `a ${type.role} is made by a task; only a registered dataset type comes from a table`);
    }
  }
  const problem = type.perJob ? perJobProblem(type) : null;
  if (problem !== null) {
    say([...path, 'perJob'], problem);
    return;
  }
  try {
    for (const form of type.perJob ? tasksWriting(type.name, tasks).map((task) => typeInTask(type, task)) : [type]) {
      fileNamer(form, dimensions);
    }
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof PlaceholderError)) {
      throw error;
    }
    say([...path, 'template'], error.message);
  }
}

function checkTask(definition: Definition, task: Task, say: Say): void {
  const { dimensions, tables, datasetTypes, unit } = definition;
  const path = ['tasks', task.name];
  checkListed(task.dimensions, dimensions, [...path, 'dimensions'], 'dimension', say);
  checkListed(task.over, tables, [...path, 'over'], 'table', say);
  const missing = unit.filter((name) => task.dimensions.length > 0 && !task.dimensions.includes(name));
  if (missing.length > 0) {
    say([...path, 'dimensions'], `a unit fixes ${missing.join(' and ')}, so the task's dimensions must have it too`);
  }
  for (const [side, uses] of [
    ['inputs', task.inputs],
    ['outputs', task.outputs],
  ] as const) {
    for (const { datasetType } of uses) {
      const type = datasetTypes.get(datasetType);
      if (type === undefined) {
        say([...path, side, datasetType], `there is no dataset type ${datasetType}`);
      } else if (side === 'inputs' && type.perJob) {
        say(
          [...path, side, datasetType],
          `${datasetType} is written per job, and what is read has dimensions of its own`,
        );
      } else if (side === 'inputs' && sharesNothing(type, task)) {
        say(
          [...path, side, datasetType],
          `${datasetType} and ${task.name} share no dimension, so every job would read all of its files`,
        );
      }
    }
  }
  task.outputs.forEach(({ datasetType, mayBeAbsent, toleratedAbsence }) => {
    if (toleratedAbsence > 0 && !mayBeAbsent) {
      say([...path, 'outputs', datasetType], `toleratedAbsence has no meaning where mayBeAbsent is not true`);
    }
  });
  checkCommand(definition, task, say);
}

function sharesNothing(type: DatasetType, task: Task): boolean {
  return (
    type.dimensions.length > 0 &&
    task.dimensions.length > 0 &&
    !type.dimensions.some((name) => task.dimensions.includes(name))
  );
}

function checkCommand({ dimensions }: Definition, task: Task, say: Say): void {
  task.command.forEach((argument, index) => {
    try {
      commandPieces(argument, task, dimensions);
    } catch (error) {
      if (!(error instanceof PlaceholderError)) {
        throw error;
      }
      say(['tasks', task.name, 'command', index], error.message);
    }
  });
}

/** Each dataset type is made by exactly one task, or registered. */
function checkMakers({ datasetTypes, tasks }: Definition, say: Say): void {
  const makers = makersOf(tasks.values());
  for (const task of tasks.values()) {
    for (const { datasetType } of task.outputs) {
      const path = ['tasks', task.name, 'outputs', datasetType];
      const other = makers.get(datasetType);
      const type = datasetTypes.get(datasetType);
      if (other !== undefined && other !== task && type?.perJob !== true) {
        say(path, `${datasetType} is made by ${other.name} too; a dataset type is made by one task`);
      }
      if (type?.role === 'registered') {
        say(path, `${datasetType} is registered, so no task makes it; call it product or intermediate`);
      }
    }
    for (const { datasetType } of task.inputs) {
      const role = datasetTypes.get(datasetType)?.role;
      if (role !== undefined && role !== 'registered' && !makers.has(datasetType)) {
        say(
          ['tasks', task.name, 'inputs', datasetType],
          `nothing makes ${datasetType}: give it to a task's outputs, or make its role registered`,
        );
      }
    }
  }
}

/** What a dropped step has left behind. */
function checkOrphans({ datasetTypes, tasks, tables }: Definition, read: DefinitionDocument, say: Say): void {
  for (const section of ['science', 'execution'] as const) {
    for (const name of Object.keys(read[section] ?? {})) {
      if (!tasks.has(name)) {
        say(
          [section, name],
          `these are settings of ${name}, and there is no such task: take them out or name the task`,
        );
      }
    }
  }
  const every = [...tasks.values()];
  for (const task of every) {
    const used = scienceNames(task);
    for (const name of task.science.keys()) {
      if (!used.has(name)) {
        say(
          ['science', task.name, name],
          `no argument of ${task.name} has {science.${name}}, so the setting does nothing`,
        );
      }
    }
  }
  const usedTypes = new Set(every.flatMap((task) => [...task.inputs, ...task.outputs].map((use) => use.datasetType)));
  for (const name of datasetTypes.keys()) {
    if (!usedTypes.has(name)) {
      say(['datasetTypes', name], `no task reads or writes ${name}: take it out, or give it to a task`);
    }
  }
  const usedTables = new Set([
    ...every.flatMap(({ over }) => over),
    ...[...datasetTypes.values()].map(({ table }) => table),
  ]);
  for (const name of tables.keys()) {
    if (!usedTables.has(name)) {
      say(['tables', name], `nothing uses the table ${name}: take it out, or name it in a task's over`);
    }
  }
}
