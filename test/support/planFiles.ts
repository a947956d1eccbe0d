/** What plans in other systems' formats say, by scripts that share nothing with the importers but JSON.parse. */
import { readFileSync } from 'node:fs';

/** Numbers that an import must have again. */
export interface PlanNumbers {
  readonly jobs: number;
  readonly links: number;
  readonly inputReferences: number;
  readonly outputReferences: number;
  /** Distinct files written, and distinct files that nobody writes. */
  readonly written: number;
  readonly fromOutside: number;
  readonly writtenBytes: number;
  readonly outsideBytes: number;
  /** The longest path through the graph by runtimes, seconds. */
  readonly criticalPathSeconds: number;
}

/** Jobs by name: what each waits for, and its runtime in seconds. */
export type JobGraph = ReadonlyMap<string, { readonly upstream: readonly string[]; readonly seconds: number }>;

/** The length of the longest path, by going back from every job and remembering. */
export function longestPath(graph: JobGraph): number {
  const known = new Map<string, number>();
  const lengthTo = (job: string): number => {
    const before = known.get(job);
    if (before !== undefined) {
      return before;
    }
    const { upstream = [], seconds = 0 } = graph.get(job) ?? {};
    const length = seconds + Math.max(0, ...upstream.map(lengthTo));
    known.set(job, length);
    return length;
  };
  return Math.max(0, ...[...graph.keys()].map(lengthTo));
}

interface Instance {
  workflow: {
    specification: {
      tasks: { id: string; parents: string[]; inputFiles: string[]; outputFiles: string[] }[];
      files: { id: string; sizeInBytes: number }[];
    };
    execution: { tasks: { id: string; runtimeInSeconds: number }[] };
  };
}

/** The numbers of a WfFormat 1.5 file. */
export function instanceNumbers(file: string): PlanNumbers {
  const { specification, execution } = (JSON.parse(readFileSync(file, 'utf8')) as Instance).workflow;
  const runtime = Object.fromEntries(execution.tasks.map((task) => [task.id, task.runtimeInSeconds]));
  const size = Object.fromEntries(specification.files.map((one) => [one.id, one.sizeInBytes]));
  const written = [...new Set(specification.tasks.flatMap((task) => task.outputFiles))];
  const outside = [...new Set(specification.tasks.flatMap((task) => task.inputFiles))].filter(
    (path) => !written.includes(path),
  );
  const bytes = (paths: readonly string[]): number => paths.reduce((sum, path) => sum + (size[path] ?? 0), 0);
  const graph = specification.tasks.map((task) => {
    return [task.id, { upstream: task.parents, seconds: runtime[task.id] ?? 0 }] as const;
  });
  return {
    jobs: specification.tasks.length,
    links: specification.tasks.reduce((sum, task) => sum + task.parents.length, 0),
    inputReferences: specification.tasks.reduce((sum, task) => sum + task.inputFiles.length, 0),
    outputReferences: specification.tasks.reduce((sum, task) => sum + task.outputFiles.length, 0),
    written: written.length,
    fromOutside: outside.length,
    writtenBytes: bytes(written),
    outsideBytes: bytes(outside),
    criticalPathSeconds: longestPath(new Map(graph)),
  };
}

interface Quantum {
  node: number;
  inputs: { type: string; dataId: unknown }[];
  outputs: { type: string; dataId: unknown }[];
}

/** The numbers of a quantum graph; as it tells no runtimes, each quantum counts for a second and files for no bytes. */
export function quantumGraphNumbers(file: string): PlanNumbers {
  const quanta = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Quantum);
  const key = (dataset: { type: string; dataId: unknown }): string => JSON.stringify([dataset.type, dataset.dataId]);
  const makers = new Map(quanta.flatMap(({ node, outputs }) => outputs.map((output) => [key(output), String(node)])));
  const graph = quanta.map(({ node, inputs }) => {
    const upstream = new Set(inputs.map((input) => makers.get(key(input))).filter((maker) => maker !== undefined));
    return [String(node), { upstream: [...upstream], seconds: 1 }] as const;
  });
  const read = quanta.flatMap(({ inputs }) => inputs.map(key));
  return {
    jobs: quanta.length,
    links: graph.reduce((sum, [, { upstream }]) => sum + upstream.length, 0),
    inputReferences: read.length,
    outputReferences: quanta.reduce((sum, { outputs }) => sum + outputs.length, 0),
    written: makers.size,
    fromOutside: new Set(read.filter((path) => !makers.has(path))).size,
    writtenBytes: 0,
    outsideBytes: 0,
    criticalPathSeconds: longestPath(new Map(graph)),
  };
}
