/** WfFormat 1.5: `workflow.specification` and, where it ran, `workflow.execution`. */
import type { JsonNode } from '../jsonNode';
import type { WfExecution, WfInstance } from './instance';
import type { TimeReading } from './readInstance';
import { linked, namesIn, readExecution, runTimes, stepName, type ReadTask } from './taskParts';

/** @throws {ImportFormatError} naming line and JSON path of what is not what it should be */
export function readVersion15(workflow: JsonNode, times: TimeReading): WfInstance {
  const specification = workflow.member('specification');
  const execution = workflow.member('execution');
  const tasks = new Map<string, Omit<ReadTask, 'execution'>>();
  for (const node of specification.member('tasks').items()) {
    const id = node.member('id').text();
    if (tasks.has(id)) {
      node.member('id').fail('an id that no other task has');
    }
    tasks.set(id, {
      job: id,
      task: stepName(node.member('name').text()),
      kind: 'payload',
      node,
      parents: node.member('parents').items(),
      children: node.member('children').items(),
      inputs: namesIn(node.member('inputFiles')),
      outputs: namesIn(node.member('outputFiles')),
    });
  }
  const runs = execution.isAbsent ? new Map<string, WfExecution>() : readRuns(execution, tasks, times);
  const read = [...tasks.values()].map((task) => ({ ...task, execution: runs.get(task.job) ?? null }));
  return {
    ...(execution.isAbsent
      ? { startedAtMicros: times.startedAtMicros, makespanMicros: null }
      : runTimes(execution, times)),
    tasks: linked(read, { find: (name) => (tasks.has(name) ? name : undefined), byFiles: false }),
    sizes: readSizes(specification.member('files')),
    warnings: [],
  };
}

function readRuns(
  execution: JsonNode,
  tasks: ReadonlyMap<string, unknown>,
  times: TimeReading,
): Map<string, WfExecution> {
  const runs = new Map<string, WfExecution>();
  for (const node of execution.member('tasks').items()) {
    const id = node.member('id');
    if (!tasks.has(id.text())) {
      id.fail('the id of a task of the specification');
    }
    if (runs.has(id.text())) {
      id.fail('one run of a task');
    }
    runs.set(id.text(), readExecution(node, namesIn(node.member('machines')), times));
  }
  return runs;
}

function readSizes(files: JsonNode): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const node of files.itemsIfAny()) {
    const id = node.member('id').text();
    const sizeBytes = node.member('sizeInBytes').count();
    if ((sizes.get(id) ?? sizeBytes) !== sizeBytes) {
      node.member('sizeInBytes').fail(`the size of ${id} that stands before, ${String(sizes.get(id))},`);
    }
    sizes.set(id, sizeBytes);
  }
  return sizes;
}
