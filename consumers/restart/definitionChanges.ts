/** Which parts of a task that change what comes out differ between two definitions. */
import type { Task } from '../../pipelines/definition';

/** Compares what tasks were with what they are. Answers are remembered: a task has many jobs. */
export class DefinitionChanges {
  private readonly known = new Map<string, readonly string[]>();

  /**
   * @param now the tasks of the present definition; null where there is none
   * @param tasksOf those of an attempt's; null where none is known
   */
  constructor(
    private readonly now: ReadonlyMap<string, Task> | null,
    private readonly tasksOf: (attempt: number) => ReadonlyMap<string, Task> | null,
  ) {}

  /** What is another in the present definition than in an attempt's; empty where nothing is, or one is not known. */
  since(attempt: number, task: string): readonly string[] {
    return this.remembered(`${String(attempt)} ${task}`, () => this.compare(this.tasksOf(attempt), this.now, task));
  }

  /** What is another in one attempt's definition than in another's. */
  between(attempt: number, later: number, task: string): readonly string[] {
    return attempt === later
      ? []
      : this.remembered(`${String(attempt)}-${String(later)} ${task}`, () =>
          this.compare(this.tasksOf(attempt), this.tasksOf(later), task),
        );
  }

  private compare(
    before: ReadonlyMap<string, Task> | null,
    after: ReadonlyMap<string, Task> | null,
    task: string,
  ): readonly string[] {
    const old = before?.get(task);
    const present = after?.get(task);
    return old === undefined || present === undefined ? [] : changedParts(old, present);
  }

  private remembered(key: string, make: () => readonly string[]): readonly string[] {
    let parts = this.known.get(key);
    if (parts === undefined) {
      parts = make();
      this.known.set(key, parts);
    }
    return parts;
  }
}

/**
 * The parts that differ, each with what it was and is. How a task is run (retries, resources, tolerated losses) changes
 * nothing that comes out; how its files are named neither; which inputs a job needs shows in its set of inputs.
 */
function changedParts(before: Task, after: Task): readonly string[] {
  const parts: (readonly [string, unknown, unknown])[] = [
    ['executable', before.executable, after.executable],
    ['command', before.command, after.command],
    ['inputs', typesOf(before.inputs), typesOf(after.inputs)],
    ['outputs', typesOf(before.outputs), typesOf(after.outputs)],
    ...[...new Set([...before.science.keys(), ...after.science.keys()])].map(
      (key) => [`science.${key}`, before.science.get(key) ?? null, after.science.get(key) ?? null] as const,
    ),
  ];
  return parts.flatMap(([part, was, is]) => {
    const [old, now] = [JSON.stringify(was), JSON.stringify(is)];
    return old === now ? [] : [`${part} was ${old} and is ${now}`];
  });
}

function typesOf(uses: readonly { readonly datasetType: string }[]): readonly string[] {
  return uses.map(({ datasetType }) => datasetType).sort();
}
