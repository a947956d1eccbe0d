/**
 * A job's command line from its task's: a list of arguments in and out, so that no value is ever read by a shell and
 * none needs quoting.
 */
import type { DataIdValue } from '../schemas';
import type { DimensionType, Task } from './definition';
import { parsePlaceholders, PlaceholderError, valueText, type Piece } from './placeholders';

/** What an argument's placeholders stand for in one job. */
export interface CommandValues {
  /** The values of the task's dimensions, by name. */
  readonly dataId: ReadonlyMap<string, DataIdValue>;
  /** The paths of the job's inputs and outputs, by dataset type. */
  readonly inputs: ReadonlyMap<string, readonly string[]>;
  readonly outputs: ReadonlyMap<string, readonly string[]>;
}

/**
 * The pieces of one argument. `{visit}` is a dimension's value as it is, `{visit:07}` an int with zeros before it,
 * `{science.KEY}` a setting; `{inputs.TYPE}` and `{outputs.TYPE}`, each an argument alone, become one argument a file.
 * @param dimensions the types of all dimensions
 * @throws {PlaceholderError} naming what is not known in the task
 */
export function commandPieces(
  argument: string,
  task: Task,
  dimensions: ReadonlyMap<string, DimensionType>,
): readonly Piece[] {
  const pieces = parsePlaceholders(argument);
  for (const piece of pieces) {
    if (!('literal' in piece)) {
      checkName(piece, task, dimensions);
      if ((piece.group === 'inputs' || piece.group === 'outputs') && pieces.length > 1) {
        throw new PlaceholderError(
          `{${piece.group}.${piece.name}} may be several files: it must be an argument of its own, not a part of one`,
        );
      }
    }
  }
  return pieces;
}

type Name = Exclude<Piece, { literal: string }>;

function checkName(piece: Name, task: Task, dimensions: ReadonlyMap<string, DimensionType>): void {
  const { group, name, padDigits } = piece;
  const known = knownNames(task, group);
  if (known === null) {
    throw new PlaceholderError(`{${String(group)}.${name}}: expected inputs, outputs or science before the dot`);
  }
  if (!known.includes(name)) {
    throw new PlaceholderError(
      `${name} is none of the task's ${group ?? 'dimensions'}: ${known.join(', ') || '(none)'}`,
    );
  }
  if (padDigits > 0 && (group !== null || dimensions.get(name) !== 'int')) {
    throw new PlaceholderError(`{${name}:0${padDigits}} fills up a number with zeros, and ${name} is no int dimension`);
  }
}

function knownNames(task: Task, group: string | null): readonly string[] | null {
  switch (group) {
    case null:
      return task.dimensions;
    case 'inputs':
    case 'outputs':
      return task[group].map(({ datasetType }) => datasetType);
    case 'science':
      return [...task.science.keys()];
    default:
      return null;
  }
}

/** The settings of the science configuration that a task's command names. */
export function scienceNames(task: Task): ReadonlySet<string> {
  const names = task.command.flatMap((argument) =>
    [...argument.matchAll(/\{science\.(\w+)\}/g)].map(([, name]) => name),
  );
  return new Set(names.filter((name) => name !== undefined));
}

/** The arguments of one job of a task; the first is the program. */
export function commandOf(task: Task, values: CommandValues): string[] {
  const argv: string[] = [];
  for (const pieces of piecesOf(task)) {
    const [first] = pieces;
    if (first !== undefined && !('literal' in first) && (first.group === 'inputs' || first.group === 'outputs')) {
      for (const path of values[first.group].get(first.name) ?? []) {
        argv.push(path);
      }
      continue;
    }
    let argument = '';
    for (const piece of pieces) {
      argument += 'literal' in piece ? piece.literal : pieceText(piece, task, values);
    }
    argv.push(argument);
  }
  return argv;
}

/** Each task's command as pieces: all its jobs have the same. */
const parsed = new WeakMap<Task, readonly (readonly Piece[])[]>();

function piecesOf(task: Task): readonly (readonly Piece[])[] {
  let pieces = parsed.get(task);
  if (pieces === undefined) {
    pieces = task.command.map(parsePlaceholders);
    parsed.set(task, pieces);
  }
  return pieces;
}

function pieceText({ group, name, padDigits }: Name, task: Task, { dataId }: CommandValues): string {
  return group === 'science' ? String(task.science.get(name)) : valueText(dataId.get(name) ?? '', padDigits);
}
