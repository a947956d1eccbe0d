/** A quantum graph as a whole: which quantum makes what another reads. */
import { ImportFormatError } from '../errors';
import { firstCycle } from '../cycles';
import type { DatasetUse, Quantum } from './parseQuantum';

/** A graph that can be planned. */
export interface QuantumGraph {
  readonly quanta: readonly Quantum[];
  /** The job that makes a dataset of the graph, by path. */
  readonly makers: ReadonlyMap<string, string>;
  /** Paths that stand for several datasets from outside, which only their UUIDs tell apart. */
  readonly ambiguous: ReadonlySet<string>;
}

/**
 * Joins quanta to a graph.
 * @throws {ImportFormatError} where a job or a dataset is there twice, or jobs wait for each other in a circle
 */
export function quantumGraph(quanta: readonly Quantum[]): QuantumGraph {
  const lines = new Map<string, number>();
  const makers = new Map<string, string>();
  for (const { job, place, outputs } of quanta) {
    const before = lines.get(job);
    if (before !== undefined) {
      throw new ImportFormatError(place, `a quantum that is not there yet, as this is on line ${String(before)}`, job);
    }
    lines.set(job, place.line);
    for (const { path } of outputs) {
      const maker = makers.get(path);
      if (maker !== undefined) {
        throw new ImportFormatError(place, `an output that no other quantum writes, as ${maker} does`, path);
      }
      makers.set(path, job);
    }
  }
  const graph = { quanta, makers, ambiguous: ambiguousPaths(quanta, makers) };
  const cycle = firstCycle(quanta.map((quantum) => [quantum.job, upstreamJobs(quantum, graph)]));
  const stuck = quanta.find(({ job }) => job === cycle?.[0]);
  if (cycle !== null && stuck !== undefined) {
    throw new ImportFormatError(stuck.place, 'a graph without circles', cycle.join(' waits for '));
  }
  return graph;
}

/** The jobs that make what a quantum reads, each once, in the order of its inputs. */
export function upstreamJobs({ inputs }: Quantum, { makers }: Pick<QuantumGraph, 'makers'>): string[] {
  return [...new Set(inputs.map(({ path }) => makers.get(path)).filter((job) => job !== undefined))];
}

/** The path of an input: where one path would stand for several datasets, such as calibrations of several times, with its UUID. */
export function inputPath({ path, uuid }: DatasetUse, { ambiguous }: QuantumGraph): string {
  return uuid !== null && ambiguous.has(path) ? `${path}@${uuid}` : path;
}

function ambiguousPaths(quanta: readonly Quantum[], makers: ReadonlyMap<string, string>): ReadonlySet<string> {
  const uuids = new Map<string, string>();
  const ambiguous = new Set<string>();
  for (const { inputs } of quanta) {
    for (const { path, uuid } of inputs) {
      if (uuid !== null && !makers.has(path)) {
        if ((uuids.get(path) ?? uuid) !== uuid) {
          ambiguous.add(path);
        }
        uuids.set(path, uuid);
      }
    }
  }
  return ambiguous;
}
