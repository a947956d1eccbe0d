/** Whether the tables of a definition have the columns that its tasks and dataset types need. */
import type { NameProblem } from './checkNames';
import type { DatasetType, Definition, Task } from './definition';
import { typeInTask } from './perJobType';
import type { Relation } from './relation';

/** Every problem between a definition, whose names agree, and its tables. */
export function checkTables(
  { tasks, datasetTypes }: Definition,
  tables: ReadonlyMap<string, Relation>,
): readonly NameProblem[] {
  return [
    ...[...datasetTypes.values()].flatMap((type) => checkRegistered(type, tables)),
    ...[...tasks.values()].flatMap((task) => checkTask(task, datasetTypes, tables)),
  ];
}

function checkRegistered(
  { name, table, dimensions }: DatasetType,
  tables: ReadonlyMap<string, Relation>,
): NameProblem[] {
  const columns = table === null ? null : (tables.get(table)?.columns ?? []);
  const missing = columns === null ? [] : dimensions.filter((dimension) => !columns.includes(dimension));
  return missing.length === 0
    ? []
    : [
        {
          path: ['datasetTypes', name, 'table'],
          message: `the table ${String(table)} has no column ${missing.join(', ')}`,
        },
      ];
}

function checkTask(
  task: Task,
  datasetTypes: ReadonlyMap<string, DatasetType>,
  tables: ReadonlyMap<string, Relation>,
): NameProblem[] {
  const path = ['tasks', task.name];
  const problems: NameProblem[] = [];
  const columns = new Set<string>();
  task.over.forEach((name, index) => {
    const added = tables.get(name)?.columns ?? [];
    if (index > 0 && !added.some((column) => columns.has(column))) {
      const message = `${name} shares no column with the tables before it, so every row would meet every row`;
      problems.push({ path: [...path, 'over', index], message });
    }
    added.forEach((column) => columns.add(column));
  });
  const lacking = (names: readonly string[]): string => names.filter((name) => !columns.has(name)).join(', ');
  if (lacking(task.dimensions) !== '') {
    problems.push({
      path: [...path, 'over'],
      message: `the tables of ${task.name} have no column ${lacking(task.dimensions)}, which is a dimension of its jobs`,
    });
  }
  for (const { datasetType } of task.outputs) {
    const type = datasetTypes.get(datasetType);
    const dimensions = type === undefined ? [] : typeInTask(type, task).dimensions;
    const at = [...path, 'outputs', datasetType];
    const shared = task.dimensions.filter((name) => !dimensions.includes(name));
    if (shared.length > 0) {
      problems.push({
        path: at,
        message: `${datasetType} has no ${shared.join(', ')}, so several jobs would make one file`,
      });
    }
    if (lacking(dimensions) !== '') {
      problems.push({
        path: at,
        message: `the tables of ${task.name} have no column ${lacking(dimensions)} to tell its files`,
      });
    }
  }
  for (const { datasetType } of task.inputs) {
    const type = datasetTypes.get(datasetType);
    if (type?.role === 'registered' && type.table === null && lacking(type.dimensions) !== '') {
      const message = `which files of ${datasetType} there are is told neither by a table of its own nor by one with ${lacking(type.dimensions)}`;
      problems.push({ path: [...path, 'inputs', datasetType], message });
    }
  }
  return problems;
}
