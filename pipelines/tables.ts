/** Data ID tables: CSV (RFC 4180) whose first row names dimensions and whose other rows are data IDs. */
import { CsvError, parse, type Info } from 'csv-parse/sync';
import { untypedValue, type DataIdValue } from '../schemas';
import type { DimensionType } from './definition';
import { PipelineError, type Problem } from './errors';
import type { Relation } from './relation';

/** Problems told of one table; a file of the wrong kind would have one in every row. */
const maxProblems = 10;

/**
 * A table from the bytes of its file.
 * @param file how it is named in problems
 * @throws {PipelineError} with the first problems found, each with its line
 */
export function readTable(file: string, bytes: Uint8Array, dimensions: ReadonlyMap<string, DimensionType>): Relation {
  const fail = (line: number | null, message: string): never => {
    throw new PipelineError([{ file, line, message }]);
  };
  const text = decoded(bytes) ?? fail(null, 'expected UTF-8 and found other bytes');
  const columns: string[] = [];
  const state = { hasHeader: false };
  const rows: DataIdValue[][] = [];
  const problems: Problem[] = [];
  const onRecord = (record: string[], { lines }: Pick<Info, 'lines'>): null => {
    // csv-parse counts the lines up to the end of the record.
    const line = lines - record.reduce((sum, field) => sum + lineEnds(field), 0);
    if (!state.hasHeader) {
      state.hasHeader = true;
      columns.push(...checkedHeader(record, dimensions, (message) => fail(line, message)));
      return null;
    }
    rows.push(
      columns.map((name, index) => {
        const value = typed(record[index] ?? '', dimensions.get(name) ?? 'string');
        if (value === null && problems.length < maxProblems) {
          const found = JSON.stringify(record[index]?.slice(0, 60));
          problems.push({ file, line, message: `expected ${name} to be a whole number such as 7, found ${found}` });
        }
        return value ?? 0;
      }),
    );
    return null;
  };
  try {
    parse(text, { bom: true, on_record: onRecord, skip_empty_lines: dimensionCount(text) > 1 });
  } catch (error) {
    if (error instanceof CsvError) {
      fail(typeof error['lines'] === 'number' ? error['lines'] : null, `not CSV: ${error.message}`);
    }
    throw error;
  }
  if (problems.length > 0) {
    throw new PipelineError(problems);
  }
  return state.hasHeader
    ? { columns, rows }
    : fail(1, 'expected a first row that names dimensions, found an empty file');
}

/** The columns that the first line names, roughly: an empty line is a row of a table that has one column only. */
function dimensionCount(text: string): number {
  return (text.split('\n', 1)[0] ?? '').split(',').length;
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function checkedHeader(
  names: readonly string[],
  dimensions: ReadonlyMap<string, DimensionType>,
  fail: (message: string) => never,
): readonly string[] {
  names.forEach((name, index) => {
    if (!dimensions.has(name)) {
      fail(`the column ${JSON.stringify(name)} is no dimension; expected some of ${[...dimensions.keys()].join(', ')}`);
    }
    if (names.indexOf(name) !== index) {
      fail(`the column ${name} stands there twice`);
    }
  });
  return names;
}

function lineEnds(field: string): number {
  return field.includes('\n') ? field.split('\n').length - 1 : 0;
}

/** A value of a dimension's type from text; null where it is none. */
export function typed(text: string, type: DimensionType): DataIdValue | null {
  if (type === 'string') {
    return text;
  }
  const value = untypedValue(text);
  return typeof value === 'number' ? value : null;
}
