/** Data ID tables: CSV (RFC 4180) whose first row names dimensions and whose other rows are data IDs. */
import { CsvError, parse, type Info } from 'csv-parse/sync';
import { untypedValue, type DataIdValue } from '../schemas';
import type { DimensionType } from './definition';
import { PipelineError } from './errors';
import type { Relation, Row } from './relation';

/** Problems told of one table; a file of the wrong kind would have one in every row. */
const maxProblems = 10;

/**
 * A table from the bytes of its file.
 * @param file how it is named in problems
 * @throws {PipelineError} with the first problems found, each with its line
 */
export function readTable(file: string, bytes: Uint8Array, dimensions: ReadonlyMap<string, DimensionType>): Relation {
  const text = decoded(bytes);
  if (text === null) {
    throw new PipelineError([{ file, line: null, message: 'expected UTF-8 and found other bytes' }]);
  }
  const [columns, ...records] = parsed(file, text);
  if (columns === undefined) {
    throw new PipelineError([
      { file, line: 1, message: 'expected a first row that names dimensions, found an empty file' },
    ]);
  }
  const problems = headerProblems(columns, dimensions).map((message) => ({ record: 0, message }));
  const types = columns.map((name) => dimensions.get(name) ?? 'string');
  // One text for each value, however many rows repeat it: a table of a survey has far fewer values than fields.
  const once = new Map<string, string>();
  const rows = records.map((record, index) =>
    record.map((field, place) => {
      const value = typed(field, types[place] ?? 'string');
      if (value === null) {
        const found = JSON.stringify(field.slice(0, 60));
        const message = `expected ${columns[place] ?? ''} to be a whole number such as 7, found ${found}`;
        problems.push({ record: index + 1, message });
      }
      return typeof value === 'string' ? sameText(value, once) : (value ?? 0);
    }),
  );
  if (problems.length > 0) {
    const lines = linesOf(text);
    throw new PipelineError(
      problems.slice(0, maxProblems).map(({ record, message }) => ({ file, line: lines[record] ?? null, message })),
    );
  }
  return { columns, rows };
}

function sameText(text: string, once: Map<string, string>): string {
  const known = once.get(text);
  if (known === undefined) {
    once.set(text, text);
  }
  return known ?? text;
}

function parsed(file: string, text: string): string[][] {
  try {
    return parse(text, optionsFor(text));
  } catch (error) {
    if (error instanceof CsvError) {
      const line = typeof error['lines'] === 'number' ? error['lines'] : null;
      throw new PipelineError([{ file, line, message: `not CSV: ${error.message}` }], { cause: error });
    }
    throw error;
  }
}

/** The line on which each record begins; found only where there is something to tell, since it takes as long as reading. */
function linesOf(text: string): number[] {
  const lines: number[] = [];
  const onRecord = (record: string[], info: Pick<Info, 'lines'>): null => {
    lines.push(info.lines - record.reduce((sum, field) => sum + lineEnds(field), 0)); // it counts up to the record's end
    return null;
  };
  parse(text, { ...optionsFor(text), on_record: onRecord });
  return lines;
}

/** An empty line is a row of a table that has one column only. */
function optionsFor(text: string): { bom: true; skip_empty_lines: boolean } {
  return { bom: true, skip_empty_lines: (text.split('\n', 1)[0] ?? '').includes(',') };
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function headerProblems(names: readonly string[], dimensions: ReadonlyMap<string, DimensionType>): string[] {
  return names.flatMap((name, index) => {
    if (!dimensions.has(name)) {
      const known = [...dimensions.keys()].join(', ');
      return [`the column ${JSON.stringify(name)} is no dimension; expected some of ${known}`];
    }
    return names.indexOf(name) === index ? [] : [`the column ${name} stands there twice`];
  });
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

/** Rows as the text of a table's file, as {@link readTable} reads it; its first row has the names of the columns. */
export function rowsText(rows: readonly Row[]): string {
  return rows.map((row) => `${row.map((value) => csvField(String(value))).join(',')}\n`).join('');
}

/** A field of CSV, quoted where it must be. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
