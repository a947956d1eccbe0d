/** Dataset types that are written per job, such as logs: in each task they are a dataset type with that task's dimensions. */
import type { DatasetType, Definition, Task } from './definition';

/**
 * A dataset type as a task writes it. One that is written per job gets the task's dimensions; in its template `{task}`
 * becomes the task's name and `{dataId}` the dimensions with their values, `visit={visit},ccd={ccd}`.
 */
export function typeInTask(type: DatasetType, { name, dimensions }: Pick<Task, 'name' | 'dimensions'>): DatasetType {
  if (!type.perJob) {
    return type;
  }
  const dataId = dimensions.map((dimension) => `${dimension}={${dimension}}`).join(',');
  const template = type.template.replaceAll(/\{\{|\}\}|\{task\}|\{dataId\}/g, (token) =>
    token === '{task}' ? name : token === '{dataId}' ? dataId || 'all' : token,
  );
  return { ...type, dimensions, template };
}

/** What is wrong with a dataset type that is written per job; null where nothing is. */
export function perJobProblem({ role, dimensions, template }: DatasetType): string | null {
  if (role === 'registered') {
    return 'perJob is for what jobs write, and a registered dataset type is written by none';
  }
  if (dimensions.length > 0) {
    return 'what is written per job has the dimensions of each job: leave its own list empty';
  }
  const missing = ['{task}', '{dataId}'].filter((name) => !template.includes(name));
  return missing.length === 0
    ? null
    : `the template leaves out ${missing.join(' and ')}, so the files of several jobs would share a path`;
}

/**
 * The dataset types that file names are made for: one that is written per job stands there once for each task that
 * writes it, named TASK_TYPE as the Butler names such files.
 */
export function namedTypes({ datasetTypes, tasks }: Definition): DatasetType[] {
  return [...datasetTypes.values()].flatMap((type) =>
    type.perJob
      ? tasksWriting(type.name, tasks).map((task) => ({ ...typeInTask(type, task), name: `${task.name}_${type.name}` }))
      : [type],
  );
}

/** The tasks that have a dataset type among their outputs. */
export function tasksWriting(datasetType: string, tasks: Definition['tasks']): Task[] {
  return [...tasks.values()].filter(({ outputs }) => outputs.some((output) => output.datasetType === datasetType));
}
