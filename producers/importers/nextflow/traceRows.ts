/**
 * A trace file cut into rows: a heading of column names, then a row a task, cells set apart by tabs.
 *
 * Nextflow neither quotes nor escapes cells (nextflow.trace.TraceRecord, renderText), so the columns that hold scripts
 * and environments may break a row into several lines. Such a row is put together again by counting its cells.
 */
import { ImportFormatError, type Place } from '../errors';
import type { Line } from '../lines';

/** The columns that Nextflow's documentation lists. */
const knownColumns = new Set(
  (
    'task_id hash native_id process tag name status exit module container cpus time disk memory attempt submit start ' +
    'complete duration realtime queue %cpu %mem rss vmem peak_rss peak_vmem rchar wchar syscr syscw read_bytes ' +
    'write_bytes vol_ctxt inv_ctxt env workdir script scratch error_action hostname cpu_model accelerator ' +
    'accelerator_type'
  ).split(' '),
);

/** Columns whose cells may hold line ends. */
const textColumns = new Set(['script', 'env']);

/** One task's row. */
export interface TraceRow {
  readonly place: Place;
  /** Cells by column name. */
  readonly cells: ReadonlyMap<string, string>;
  /** The row's text as it stands, up to its last used line. */
  readonly text: string;
}

/** Takes a trace's lines one by one and gives back each row as soon as it is complete. */
export class TraceReader {
  private columns: readonly string[] | null = null;
  private pending: Line[] = [];
  private headingText = '';

  /** The names of the columns; null before the heading has come. */
  get heading(): readonly string[] | null {
    return this.columns;
  }

  /** The heading as it stands. */
  get headingLine(): string {
    return this.headingText;
  }

  /** Where a row begins that lacks cells yet; null between rows. */
  get unfinished(): Place | null {
    const [first] = this.pending;
    return first === undefined ? null : { file: first.file, line: first.line };
  }

  /** The row that this line completes, or undefined. @throws {ImportFormatError} for a heading or row that is none */
  push(line: Line): TraceRow | undefined {
    if (this.columns === null) {
      this.columns = readHeading(line);
      this.headingText = line.text;
      return undefined;
    }
    return this.pushRow(line, this.columns);
  }

  private pushRow(line: Line, columns: readonly string[]): TraceRow | undefined {
    const isContinuation =
      this.pending.length === 0 &&
      textColumns.has(columns.at(-1) ?? '') &&
      line.text.split('\t').length < columns.length;
    if (isContinuation || (this.pending.length === 0 && line.text === '')) {
      return undefined;
    }
    this.pending.push(line);
    const text = this.pending.map((part) => part.text).join('\n');
    const cells = text.split('\t');
    const [first] = this.pending;
    if (first === undefined || (cells.length < columns.length && columns.some((column) => textColumns.has(column)))) {
      return undefined;
    }
    if (cells.length !== columns.length && !textColumns.has(columns.at(-1) ?? '')) {
      throw new ImportFormatError(
        first,
        `${String(columns.length)} cells set apart by tabs, as the heading has`,
        `${String(cells.length)} cells: ${text}`,
      );
    }
    this.pending = [];
    const place = { file: first.file, line: first.line };
    return { place, cells: new Map(columns.map((column, index) => [column, (cells[index] ?? '').trim()])), text };
  }
}

function readHeading(line: Line): readonly string[] {
  const columns = line.text.split('\t').map((column) => column.trim());
  const has = (name: string): boolean => columns.includes(name);
  const repeated = columns.find((column, index) => columns.indexOf(column) !== index);
  if (!columns.some((column) => knownColumns.has(column)) || repeated !== undefined) {
    throw new ImportFormatError(
      line,
      "a heading of a Nextflow trace's columns, each once, set apart by tabs",
      line.text,
    );
  }
  if (!(has('name') || has('process')) || !(has('status') || has('exit'))) {
    throw new ImportFormatError(
      line,
      'the columns name or process, and status or exit, without which no task can be told',
      line.text,
    );
  }
  if (columns.slice(0, -1).some((column) => textColumns.has(column)) && textColumns.has(columns.at(-1) ?? '')) {
    throw new ImportFormatError(
      line,
      'not both columns script and env with one of them last: where rows end could not be told',
      line.text,
    );
  }
  return columns;
}
