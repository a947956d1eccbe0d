/** WfFormat 1.4: `workflow.tasks` holds what was to be done and what was done, each task with its files. */
import type { JsonNode } from '../jsonNode';
import type { WfInstance } from './instance';
import type { TimeReading } from './readInstance';
import { linked, readExecution, runTimes, stepName, type ReadTask } from './taskParts';

interface TaskFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly isOutput: boolean;
}

/** @throws {ImportFormatError} naming line and JSON path of what is not what it should be */
export function readVersion14(workflow: JsonNode, times: TimeReading): WfInstance {
  const tasks: ReadTask[] = [];
  const jobs = new Map<string, string>();
  const files: TaskFile[] = [];
  for (const node of workflow.member('tasks').items()) {
    const name = node.member('name').text();
    if (jobs.get(name) === name) {
      node.member('name').fail('a name that no other task has');
    }
    const own = node.member('files').itemsIfAny().map(taskFile);
    files.push(...own);
    tasks.push(readTask(node, name, own, times));
    jobs.set(name, name);
  }
  // Others name a task by its name, and in some instances by its id; the name counts first.
  for (const { node, job } of tasks) {
    const id = node.member('id').textIfAny();
    if (id !== null && !jobs.has(id)) {
      jobs.set(id, job);
    }
  }
  return {
    ...runTimes(workflow, times),
    tasks: linked(tasks, { find: (name) => jobs.get(name), byFiles: true }),
    ...sizesOf(files),
  };
}

function readTask(node: JsonNode, name: string, files: readonly TaskFile[], times: TimeReading): ReadTask {
  const type = node.member('type').textIfAny();
  const machine = node.member('machine').textIfAny();
  const paths = (isOutput: boolean): string[] => [
    ...new Set(files.filter((file) => file.isOutput === isOutput).map((file) => file.path)),
  ];
  return {
    job: name,
    task: node.member('category').textIfAny() ?? stepName(name),
    // compute, transfer or auxiliary: the latter two are the workflow system's own.
    kind: type === null || type === 'compute' ? 'payload' : 'framework',
    node,
    parents: node.member('parents').itemsIfAny(),
    children: node.member('children').itemsIfAny(),
    inputs: paths(false),
    outputs: paths(true),
    execution: node.member('runtimeInSeconds').isAbsent
      ? null
      : readExecution(node, machine === null ? [] : [machine], times),
  };
}

function taskFile(node: JsonNode): TaskFile {
  const link = node.member('link');
  const kind = link.text().toLowerCase();
  if (kind !== 'input' && kind !== 'output') {
    link.fail('input or output');
  }
  return {
    path: (node.member('path').textIfAny() ?? '') + node.member('name').text(),
    sizeBytes: node.member('sizeInBytes').count(),
    isOutput: kind === 'output',
  };
}

/** Each task tells the sizes of its own files; who writes a file knows its size better than who reads it. */
function sizesOf(files: readonly TaskFile[]): Pick<WfInstance, 'sizes' | 'warnings'> {
  const sizes = new Map<string, number>();
  const differing = new Set<string>();
  for (const { path, sizeBytes } of [...files.filter((file) => file.isOutput), ...files]) {
    const known = sizes.get(path) ?? sizeBytes;
    sizes.set(path, known);
    if (known !== sizeBytes) {
      differing.add(path);
    }
  }
  const [example] = differing;
  return {
    sizes,
    warnings:
      example === undefined
        ? []
        : [`tasks tell different sizes of ${String(differing.size)} files, such as ${example}: the writer's counts`],
  };
}
