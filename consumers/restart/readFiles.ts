/**
 * What executions made and were given, from the views. Asked for many executions at once and in the order of the tables'
 * keys: rows that lie side by side are then read one after the other, and not each from a page of its own.
 */
import type { ViewReader } from '../queries/viewReader';
import type { PastFile, PastInput } from './history';

const filesSql = `
  SELECT asked.key, file.path, file.dataset_type, file.size_bytes, file.md5, file.content_digest, file.produced_at_us,
    file.purged, file.check_result
  FROM json_each(?) AS asked CROSS JOIN file_versions AS file
    ON file.execution = asked.value AND file.campaign = ?`;

const inputsSql = `
  SELECT asked.key, input.path, input.basis = run.inputs_basis
  FROM json_each(?) AS asked CROSS JOIN uses AS input ON input.execution = asked.value AND input.campaign = ?
    JOIN provenance_executions AS run ON run.execution = input.execution`;

/** The columns of {@link filesSql}. */
type FileRow = readonly [
  asked: number,
  path: string,
  datasetType: string | null,
  sizeBytes: number | null,
  md5: string | null,
  contentDigest: string | null,
  producedAtMicros: number | null,
  purged: number,
  checkResult: string | null,
];

/** The columns of {@link inputsSql}. */
type InputRow = readonly [asked: number, path: string, wasRead: number];

/** So many executions are asked about at once: enough that asking costs little, few enough that their rows are. */
const executionsPerQuestion = 256;

/** Answers for some executions. */
export type FilesOf = (executions: readonly string[]) => Iterable<PastFile>;

/** See `UnitRecords.files`. */
export function filesReader(views: ViewReader, campaign: string): FilesOf {
  const rowsOf = views.preparedRows<FileRow>(filesSql);
  const texts = new SameTexts();
  return function* (executions): Generator<PastFile, void> {
    for (const asked of inQuestions(executions)) {
      for (const row of rowsOf(JSON.stringify(asked), campaign)) {
        const [place, path, datasetType, sizeBytes, md5, contentDigest, producedAtMicros, purged, checkResult] = row;
        yield {
          path,
          execution: asked[place] ?? '',
          datasetType: texts.get(datasetType),
          sizeBytes,
          md5,
          contentDigest,
          producedAtMicros,
          purged: purged === 1,
          checkResult: texts.get(checkResult),
        };
      }
    }
  };
}

/** See `UnitRecords.inputsOf`. */
export function inputsReader(
  views: ViewReader,
  campaign: string,
): (executions: readonly string[]) => ReadonlyMap<string, readonly PastInput[]> {
  const rowsOf = views.preparedRows<InputRow>(inputsSql);
  return (executions) => {
    const inputs = new Map<string, PastInput[]>();
    for (const asked of inQuestions(executions)) {
      for (const [place, path, wasRead] of rowsOf(JSON.stringify(asked), campaign)) {
        const execution = asked[place] ?? '';
        const known = inputs.get(execution);
        if (known === undefined) {
          inputs.set(execution, [{ path, wasRead: wasRead === 1 }]);
        } else {
          known.push({ path, wasRead: wasRead === 1 });
        }
      }
    }
    return inputs;
  };
}

function* inQuestions(executions: readonly string[]): Generator<readonly string[], void> {
  const sorted = [...executions].sort();
  for (let from = 0; from < sorted.length; from += executionsPerQuestion) {
    yield sorted.slice(from, from + executionsPerQuestion);
  }
}

/** Few texts that come again and again: each kept once. */
class SameTexts {
  private readonly texts = new Map<string, string>();

  get(text: string | null): string | null {
    if (text === null) {
      return null;
    }
    const known = this.texts.get(text);
    if (known === undefined) {
      this.texts.set(text, text);
    }
    return known ?? text;
  }
}
