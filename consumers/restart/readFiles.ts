/**
 * What executions made and were given, from the views. Asked for many executions at once and in the order of the tables'
 * keys: rows that lie side by side are then read one after the other, and not each from a page of its own.
 */
import type { ViewReader } from '../queries/viewReader';
import type { PastInput } from './history';
import { PackedFiles, packedFilesSql } from './packedFiles';

const filesSql = `
  SELECT asked.key, (${packedFilesSql} WHERE execution = asked.value AND campaign = ?) FROM json_each(?) AS asked`;

const inputsSql = `
  SELECT asked.key, input.path, input.basis = run.inputs_basis, made.execution
  FROM json_each(?) AS asked CROSS JOIN uses AS input ON input.execution = asked.value AND input.campaign = ?
    JOIN provenance_executions AS run ON run.execution = input.execution
    LEFT JOIN file_versions AS made ON made.path = input.path AND made.campaign = input.campaign`;

/** The columns of {@link inputsSql}; a row for each execution that made a file at the path. */
type InputRow = readonly [asked: number, path: string, wasRead: number, maker: string | null];

/** So many executions are asked about at once: enough that asking costs little, few enough that their rows are. */
const executionsPerQuestion = 256;

/** What executions made; those that made nothing are left out. */
export function readFiles(
  views: ViewReader,
  campaign: string,
  executions: readonly string[],
): ReadonlyMap<string, PackedFiles> {
  const rowsOf = views.preparedRows<readonly [asked: number, packed: string | null]>(filesSql);
  const made = new Map<string, PackedFiles>();
  for (const asked of inQuestions(executions)) {
    for (const [place, packed] of rowsOf(campaign, JSON.stringify(asked))) {
      if (packed !== null) {
        const execution = asked[place] ?? '';
        made.set(execution, new PackedFiles(execution, packed));
      }
    }
  }
  return made;
}

/** See `UnitRecords.inputsOf`. */
export function inputsReader(
  views: ViewReader,
  campaign: string,
): (executions: readonly string[]) => ReadonlyMap<string, readonly PastInput[]> {
  const rowsOf = views.preparedRows<InputRow>(inputsSql);
  return (executions) => {
    const inputs = new Map<string, Input[]>();
    for (const asked of inQuestions(executions)) {
      for (const [place, path, wasRead, maker] of rowsOf(JSON.stringify(asked), campaign)) {
        const execution = asked[place] ?? '';
        const known = inputs.get(execution);
        const last = known?.at(-1);
        if (maker !== null && last?.path === path) {
          last.makers.push(maker);
          continue;
        }
        const input = { path, wasRead: wasRead === 1, makers: maker === null ? [] : [maker] };
        if (known === undefined) {
          inputs.set(execution, [input]);
        } else {
          known.push(input);
        }
      }
    }
    return inputs;
  };
}

interface Input extends PastInput {
  readonly makers: string[];
}

function* inQuestions(executions: readonly string[]): Generator<readonly string[], void> {
  const sorted = [...executions].sort();
  for (let from = 0; from < sorted.length; from += executionsPerQuestion) {
    yield sorted.slice(from, from + executionsPerQuestion);
  }
}
