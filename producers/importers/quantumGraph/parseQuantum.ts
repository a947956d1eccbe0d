/** A line of a quantum graph as a typed record. */
import { canonicalDataId, jobName, type DataIdValue } from '../../../schemas';
import type { Place } from '../errors';
import { parseJson, type JsonNode } from '../jsonNode';
import type { Line } from '../lines';
import { datasetPath, quantumDataId } from './dimensions';

/** A dataset that a quantum reads or writes. */
export interface DatasetUse {
  readonly type: string;
  /** Values in the Butler's order; null for a dataset without a data ID. */
  readonly values: readonly DataIdValue[] | null;
  /** Stands for type and values. */
  readonly path: string;
  /** The Butler's name for it; null for what is still to be made. */
  readonly uuid: string | null;
}

/** One quantum: a job, and what it reads and writes. */
export interface Quantum {
  readonly place: Place;
  readonly job: string;
  readonly task: string;
  /** Canonical. */
  readonly dataId: string;
  readonly values: readonly DataIdValue[];
  readonly inputs: readonly DatasetUse[];
  readonly outputs: readonly DatasetUse[];
  /** How many files of the set-up of tasks it reads. */
  readonly initInputs: number;
}

/** @throws {ImportFormatError} naming line and JSON path of what is not what it should be */
export function parseQuantum(line: Line): Quantum {
  const node = parseJson(line, 'a quantum as one JSON object');
  const taskClass = node.member('task').text();
  const dimensions = node
    .member('dims')
    .items()
    .map((name) => name.text());
  const values = dataIdValues(node.member('dataId'));
  const dataId = quantumDataId(dimensions, values);
  if (dataId === null) {
    return node.member('dataId').fail(`a value for each of the dimensions ${dimensions.join(', ')}`);
  }
  const outputs = node.member('outputs').items().map(datasetUse);
  const task = taskLabel(outputs) ?? taskClass;
  const canonical = canonicalDataId(dataId);
  return {
    place: { file: line.file, line: line.line },
    job: jobName(task, canonical),
    task,
    dataId: canonical,
    values,
    inputs: node.member('inputs').items().map(datasetUse),
    outputs,
    initInputs: node.member('initInputs').itemsIfAny().length,
  };
}

/**
 * A task's label. A quantum names only its task's class, which two tasks of a pipeline may share; the label stands in
 * the dataset types `LABEL_metadata` and `LABEL_log` that every quantum writes (lsst.pipe.base, PipelineTask connections).
 */
function taskLabel(outputs: readonly DatasetUse[]): string | null {
  const labels = outputs.map(({ type }) => /^(.+)_metadata$/.exec(type)?.[1]).filter((label) => label !== undefined);
  const [label] = labels;
  return label !== undefined && labels.length === 1 ? label : null;
}

function datasetUse(node: JsonNode): DatasetUse {
  const type = node.member('type').text();
  const dataId = node.member('dataId');
  const values = dataId.isAbsent ? null : dataIdValues(dataId);
  return { type, values, path: datasetPath(type, values), uuid: node.member('uuid').textIfAny() };
}

function dataIdValues(node: JsonNode): DataIdValue[] {
  return node.items().map((item) => {
    const { value } = item;
    if (value === '') {
      return '';
    }
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : item.text();
  });
}
