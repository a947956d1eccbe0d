/** A table of expectations: CSV (RFC 4180) with the columns unit, datasetType and count. */
import { CsvError, parse, type Info } from 'csv-parse/sync';
import { PipelineError, type Problem } from '../../pipelines/errors';
import type { Expectation } from './declareExpectations';

const columns = ['unit', 'datasetType', 'count'] as const;
type Column = (typeof columns)[number];

/** Problems told of one table; a file of the wrong kind would have one in every row. */
const maxProblems = 10;

interface Row {
  readonly fields: readonly string[];
  readonly line: number;
}

/**
 * The expectations of a table. An empty dataset type is the total over all of them, an empty count says that it is
 * unknown.
 * @param file how it is named in problems
 * @throws {PipelineError} with the first problems found, each with its line
 */
export function readExpectations(file: string, bytes: Uint8Array): Expectation[] {
  const [heading, ...rows] = parsedRows(file, bytes);
  const places = placesOf(file, heading);
  const problems: Problem[] = [];
  const lines = new Map<string, number>();
  const expectations = rows.map((row) => {
    const { line } = row;
    const complain = (message: string): void => {
      problems.push({ file, line, message });
    };
    const expectation = readRow(row, places, complain);
    const name = JSON.stringify([expectation.unit, expectation.datasetType]);
    const before = lines.get(name);
    if (before !== undefined) {
      complain(`expected each unit and dataset type once, found those of line ${String(before)} again`);
    }
    lines.set(name, line);
    return expectation;
  });
  if (problems.length > 0) {
    throw new PipelineError(problems.slice(0, maxProblems));
  }
  return expectations;
}

function readRow(
  { fields }: Row,
  places: Readonly<Record<Column, number>>,
  complain: (message: string) => void,
): Expectation {
  if (fields.length !== columns.length) {
    complain(`expected ${String(columns.length)} fields, found ${String(fields.length)}`);
  }
  const field = (column: Column): string => fields[places[column]] ?? '';
  const unit = field('unit');
  if (unit === '') {
    complain('expected the name of a unit, such as tract=9813, found none');
  }
  const count = field('count').trim();
  const number = Number(count);
  if (count !== '' && !(/^\d+$/.test(count) && Number.isSafeInteger(number))) {
    complain(`expected a whole number from 0, or nothing where it is unknown, found ${JSON.stringify(count)}`);
  }
  return { unit, datasetType: field('datasetType') || null, count: count === '' ? null : number };
}

function placesOf(file: string, heading: Row | undefined): Readonly<Record<Column, number>> {
  const { fields: names = [], line = 1 } = heading ?? {};
  const isComplete = names.length === columns.length && columns.every((column) => names.includes(column));
  if (!isComplete) {
    const found = names.length === 0 ? 'an empty file' : names.join(',');
    throw new PipelineError([{ file, line, message: `expected the columns ${columns.join(',')}, found ${found}` }]);
  }
  return { unit: names.indexOf('unit'), datasetType: names.indexOf('datasetType'), count: names.indexOf('count') };
}

function parsedRows(file: string, bytes: Uint8Array): Row[] {
  const rows: Row[] = [];
  const onRecord = (fields: string[], { lines }: Pick<Info, 'lines'>): null => {
    // The parser counts up to the record's end; fields may hold line ends of their own.
    const within = fields.reduce((sum, field) => sum + field.split('\n').length - 1, 0);
    rows.push({ fields, line: lines - within });
    return null;
  };
  const text = decoded(file, bytes);
  try {
    parse(text, { bom: true, skip_empty_lines: true, relax_column_count: true, on_record: onRecord });
  } catch (error) {
    if (error instanceof CsvError) {
      const line = typeof error['lines'] === 'number' ? error['lines'] : null;
      throw new PipelineError([{ file, line, message: `not CSV: ${error.message}` }], { cause: error });
    }
    throw error;
  }
  return rows;
}

function decoded(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new PipelineError([{ file, line: null, message: 'expected UTF-8 and found other bytes' }], { cause: error });
  }
}
