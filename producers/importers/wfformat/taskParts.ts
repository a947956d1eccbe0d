/** What both versions of the format say in the same words. */
import { redactArguments, redactText } from '../../../schemas';
import { firstCycle } from '../cycles';
import type { JsonNode } from '../jsonNode';
import { executedAtMicros } from './executedAt';
import type { WfExecution, WfInstance, WfTask } from './instance';
import type { TimeReading } from './readInstance';

/** A task's run, from the object that holds `runtimeInSeconds`. @throws {ImportFormatError} */
export function readExecution(node: JsonNode, machines: readonly string[], { zone }: TimeReading): WfExecution {
  const runtime = node.member('runtimeInSeconds');
  const executedAt = node.member('executedAt');
  const command = node.member('command');
  const program = command.isAbsent ? null : command.member('program').textIfAny();
  const options = command.isAbsent ? [] : command.member('arguments').itemsIfAny();
  const memory = node.member('memoryInBytes').amountIfAny();
  return {
    startedAtMicros: executedAt.isAbsent ? null : executedAtMicros(executedAt, zone),
    runtimeMicros: microsIfAny(runtime) ?? runtime.fail('a number of seconds'),
    program: program === null ? null : redactText(program),
    argv: redactArguments([...(program === null ? [] : [program]), ...options.map(argument)]),
    maxRssBytes: memory === null ? null : Math.round(memory),
    machines,
  };
}

/**
 * When the run as a whole began, and how long it took, from the object that holds `executedAt` and `makespanInSeconds`.
 * @throws {ImportFormatError}
 */
export function runTimes(
  node: JsonNode,
  { zone, startedAtMicros }: TimeReading,
): Pick<WfInstance, 'startedAtMicros' | 'makespanMicros'> {
  const executedAt = node.member('executedAt');
  return {
    startedAtMicros: startedAtMicros ?? (executedAt.isAbsent ? null : executedAtMicros(executedAt, zone)),
    makespanMicros: microsIfAny(node.member('makespanInSeconds')),
  };
}

/**
 * The step that a task is one job of: its name without the number that makes it unique, as Pegasus (`mAdd_ID0000032`) and
 * WfCommons' generator (`mAdd_00000032`) put it there.
 */
export function stepName(name: string): string {
  return /^(.+?)_(?:ID)?\d{4,}$/.exec(name)?.[1] ?? name;
}

/** A task, where it stands in the file, and what it says of its neighbours. */
export interface ReadTask extends Omit<WfTask, 'parents'> {
  readonly node: JsonNode;
  readonly parents: readonly JsonNode[];
  readonly children: readonly JsonNode[];
}

/** How the names of other tasks are read. */
export interface Links {
  /** The task that a name means. */
  readonly find: (name: string) => string | undefined;
  /** Whether a task that names no other waits for those that write what it reads. */
  readonly byFiles: boolean;
}

/**
 * Tasks with the names of those they wait for. A link counts whichever side tells it.
 * @throws {ImportFormatError} for a name that is no task's, and for tasks that wait for each other in a circle
 */
export function linked(tasks: readonly ReadTask[], { find, byFiles }: Links): WfTask[] {
  const upstream = new Map(tasks.map(({ job }) => [job, new Set<string>()]));
  const named = (node: JsonNode): string => find(node.text()) ?? node.fail('the name of a task of this workflow');
  for (const { job, parents, children } of tasks) {
    parents.forEach((parent) => upstream.get(job)?.add(named(parent)));
    children.forEach((child) => upstream.get(named(child))?.add(job));
  }
  if (byFiles) {
    linkByFiles(tasks, upstream);
  }
  const cycle = firstCycle([...upstream].map(([job, parents]) => [job, [...parents]]));
  if (cycle !== null) {
    const stuck = tasks.find(({ job }) => job === cycle[0]);
    stuck?.node.fail(`tasks that do not wait for each other in a circle, as ${cycle.join(' for ')} do,`);
  }
  return tasks.map(({ job, task, kind, inputs, outputs, execution }) => {
    return { job, task, kind, inputs, outputs, execution, parents: [...(upstream.get(job) ?? [])] };
  });
}

function linkByFiles(tasks: readonly ReadTask[], upstream: ReadonlyMap<string, Set<string>>): void {
  const writers = new Map(tasks.flatMap(({ job, outputs }) => outputs.map((path) => [path, job] as const)));
  for (const { job, inputs } of tasks) {
    const waitsFor = upstream.get(job);
    const found = waitsFor?.size === 0 ? inputs.map((path) => writers.get(path)) : [];
    for (const writer of found) {
      if (writer !== undefined && writer !== job) {
        waitsFor?.add(writer);
      }
    }
  }
}

/** Texts, each once, in their order. @throws {ImportFormatError} */
export function namesIn(list: JsonNode): string[] {
  return [...new Set(list.itemsIfAny().map((item) => item.text()))];
}

function argument(node: JsonNode): string {
  return node.value === '' ? '' : node.text();
}

/** Seconds as microseconds; null where they are absent. @throws {ImportFormatError} */
function microsIfAny(node: JsonNode): number | null {
  const seconds = node.amountIfAny();
  const whole = seconds === null ? null : Math.round(seconds * 1e6);
  return whole === null || Number.isSafeInteger(whole) ? whole : node.fail('a number of seconds');
}
