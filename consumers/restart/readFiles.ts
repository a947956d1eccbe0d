/**
 * What executions made and were given, from the views. Asked for many executions at once and in the order of the tables'
 * keys: rows that lie side by side are then read one after the other, and not each from a page of its own.
 */
import type { ViewReader } from '../queries/viewReader';
import { PackedFiles, packedFilesSql } from './packedFiles';
import { PackedInputs, packedInputsSql } from './packedInputs';
import { inQuestions } from './questions';

const filesSql = `
  SELECT asked.key, (${packedFilesSql} WHERE execution = asked.value AND campaign = ?) FROM json_each(?) AS asked`;

const inputsSql = `
  SELECT asked.key, (${packedInputsSql} WHERE execution = asked.value AND campaign = ?)
  FROM json_each(?) AS asked JOIN provenance_executions AS run ON run.execution = asked.value`;

/** What executions made; those that made nothing are left out. */
export function readFiles(
  views: ViewReader,
  campaign: string,
  executions: readonly string[],
): ReadonlyMap<string, PackedFiles> {
  const made = new Map<string, PackedFiles>();
  for (const [execution, packed] of packedRows(views, filesSql, campaign, executions)) {
    made.set(execution, new PackedFiles(execution, packed));
  }
  return made;
}

/** What executions were given; those of which nobody told that are left out. */
export function readInputs(
  views: ViewReader,
  campaign: string,
  executions: readonly string[],
): ReadonlyMap<string, PackedInputs> {
  const given = new Map<string, PackedInputs>();
  for (const [execution, packed] of packedRows(views, inputsSql, campaign, executions)) {
    given.set(execution, new PackedInputs(packed));
  }
  return given;
}

function* packedRows(
  views: ViewReader,
  sql: string,
  campaign: string,
  executions: readonly string[],
): Generator<readonly [execution: string, packed: string], void> {
  const rowsOf = views.preparedRows<readonly [asked: number, packed: string | null]>(sql);
  for (const asked of inQuestions(inOrder(executions))) {
    for (const [place, packed] of rowsOf(campaign, JSON.stringify(asked))) {
      const execution = asked[place];
      if (packed !== null && execution !== undefined) {
        yield [execution, packed];
      }
    }
  }
}

/** Sorted, unless they are. */
function inOrder(executions: readonly string[]): readonly string[] {
  const isSorted = executions.every((execution, place) => place === 0 || (executions[place - 1] ?? '') < execution);
  return isSorted ? executions : [...executions].sort();
}
