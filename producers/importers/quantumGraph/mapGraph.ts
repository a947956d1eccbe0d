/** From a quantum graph to a plan's events. */
import type { FileReference } from '../../../schemas';
import { plannedJobDrafts, type Draft } from '../drafts';
import { expectationDrafts } from '../expectations';
import type { ImportScope } from '../identities';
import { countIgnored, type Findings } from '../importInput';
import { inputPath, upstreamJobs, type QuantumGraph } from './graph';
import type { DatasetUse, Quantum } from './parseQuantum';

/**
 * The events of a graph: the files made outside it, each where it is first read, the jobs in the order of their lines,
 * and how many files of each dataset type they are to make.
 * @param atMicros when the plan was made, which a graph does not tell: microseconds since 1970 UTC
 */
export function* graphDrafts(
  graph: QuantumGraph,
  scope: ImportScope,
  atMicros: number,
  findings: Findings,
): Generator<readonly Draft[], void> {
  const registered = new Set<string>();
  for (const quantum of graph.quanta) {
    for (let count = quantum.initInputs; count > 0; count -= 1) {
      countIgnored(findings, 'init-inputs: written by the set-up of a task, not by a quantum');
    }
    const outside = quantum.inputs.filter((input) => !graph.makers.has(input.path));
    const files = outside.filter((input) => isFirst(registered, inputPath(input, graph)));
    yield [
      ...files.map((input) => registeredDraft(input, quantum, graph, atMicros)),
      ...plannedJobDrafts(plannedJob(quantum, graph, findings), atMicros),
    ];
  }
  const outputs = graph.quanta.flatMap((quantum) => quantum.outputs.map(reference));
  yield expectationDrafts(outputs, scope, atMicros);
}

function plannedJob(quantum: Quantum, graph: QuantumGraph, findings: Findings): Parameters<typeof plannedJobDrafts>[0] {
  const { job, task, dataId, outputs } = quantum;
  const seen = new Set<string>();
  const inputs = quantum.inputs
    .map((input) => ({ path: inputPath(input, graph), datasetType: input.type }))
    .filter(({ path }) => isFirst(seen, path));
  for (let count = quantum.inputs.length - inputs.length; count > 0; count -= 1) {
    countIgnored(findings, 'inputs that a quantum names a second time');
  }
  return {
    job,
    task,
    dataId,
    kind: 'payload',
    upstreamJobs: upstreamJobs(quantum, graph),
    predictedInputs: inputs,
    predictedOutputs: outputs.map(reference),
  };
}

function registeredDraft(input: DatasetUse, quantum: Quantum, graph: QuantumGraph, occurredAtMicros: number): Draft {
  return {
    occurredAtMicros,
    event: {
      type: 'FileRegistered',
      path: inputPath(input, graph),
      datasetType: input.type,
      // A dataset's values come without the names of their dimensions; only where they are the quantum's are those known.
      dataId: areSame(input.values, quantum.values) ? quantum.dataId : null,
      sizeBytes: null,
      md5: null,
      originCampaign: null,
      collection: null,
    },
  };
}

function reference({ path, type }: DatasetUse): FileReference {
  return { path, datasetType: type };
}

function isFirst(seen: Set<string>, path: string): boolean {
  const isNew = !seen.has(path);
  seen.add(path);
  return isNew;
}

function areSame(some: DatasetUse['values'], others: Quantum['values']): boolean {
  return some?.length === others.length && some.every((value, index) => value === others[index]);
}
