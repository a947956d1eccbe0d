/** The tasks of a definition as a graph: who waits for whom. */
import { makersOf, type Definition, type Task } from './definition';

/** The tasks whose outputs a task reads, by name, each once, in the order of its inputs. */
function upstreamTasks(tasks: ReadonlyMap<string, Task>): ReadonlyMap<string, readonly string[]> {
  const makers = makersOf(tasks.values());
  return new Map(
    [...tasks.values()].map((task) => [
      task.name,
      [...new Set(task.inputs.flatMap(({ datasetType }) => makers.get(datasetType)?.name ?? []))],
    ]),
  );
}

/** The names of tasks that wait for one another in a circle, each for the next; null where there are none. */
export function findCycle({ tasks }: Definition): readonly string[] | null {
  return sorted(tasks).cycle;
}

/** The tasks so that each comes after those whose outputs it reads; of a definition without cycles. */
export function tasksInOrder({ tasks }: Definition): Task[] {
  return sorted(tasks).order.flatMap((name) => tasks.get(name) ?? []);
}

/** Depth-first: what is finished stands in order; meeting what is under way closes a circle. */
function sorted(tasks: ReadonlyMap<string, Task>): { order: string[]; cycle: readonly string[] | null } {
  const upstreams = upstreamTasks(tasks);
  const order: string[] = [];
  const finished = new Set<string>();
  for (const root of tasks.keys()) {
    // A stack of our own: a chain of tasks may be longer than the machine's.
    const underWay: { name: string; next: number }[] = finished.has(root) ? [] : [{ name: root, next: 0 }];
    for (let top = underWay.at(-1); top !== undefined; top = underWay.at(-1)) {
      const upstream = upstreams.get(top.name)?.[top.next];
      top.next += 1;
      if (upstream === undefined) {
        underWay.pop();
        finished.add(top.name);
        order.push(top.name);
      } else if (!finished.has(upstream)) {
        const begin = underWay.findIndex(({ name }) => name === upstream);
        if (begin >= 0) {
          return { order, cycle: underWay.slice(begin).map(({ name }) => name).reverse() }; // prettier-ignore
        }
        underWay.push({ name: upstream, next: 0 });
      }
    }
  }
  return { order, cycle: null };
}
