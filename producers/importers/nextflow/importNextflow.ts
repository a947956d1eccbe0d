/** Imports Nextflow's trace file. */
import path from 'node:path';
import type { Ledger } from '../../../ledger/port';
import type { Draft } from '../drafts';
import { ImportOptionsError } from '../errors';
import { sha256 } from '../identities';
import { importInput, storingNothing, type Findings, type ImportInput, type ImportReport } from '../importInput';
import { measureFiles, readLines, type FileExtent } from '../lines';
import { scopeOf } from '../planFile';
import { timeZone, type TimeZone } from '../timeZone';
import { TraceMapping } from './mapTrace';
import { parseRow } from './parseTrace';
import { taskTimes } from './taskTimes';
import { TraceReader, type TraceRow } from './traceRows';

/** What to import, as what. */
export interface NextflowImportOptions {
  readonly tracePath: string;
  readonly campaign: string;
  readonly unit: string;
  /** From 1, the default. */
  readonly attempt?: number;
  /** Where the trace's local times were written: UTC, the default, an offset such as -06:00, or a name such as Europe/Madrid. */
  readonly timeZone?: string;
  /** What rows without any time are dated, microseconds since 1970 UTC; 0 by default. */
  readonly occurredAtMicros?: number;
  /** Called with the number of events done and the number there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Stores the events of a trace that are not stored yet.
 * @throws {ImportOptionsError} {@link ImportFileError} {@link ImportFormatError} and nothing is stored;
 *   {@link ImportConflictError} where the trace's beginning changed; {@link ImportInterruptedError}
 */
export async function importNextflow(ledger: Ledger, options: NextflowImportOptions): Promise<ImportReport> {
  return importInput(ledger, await storingNothing(nextflowInput(options)), options.onProgress);
}

/** The input that a trace is. @throws {ImportOptionsError} {@link ImportFileError} {@link ImportFormatError} */
export async function nextflowInput(options: NextflowImportOptions): Promise<ImportInput> {
  const file = path.resolve(options.tracePath);
  const scope = scopeOf('nextflow', options);
  const zone = timeZone(options.timeZone ?? 'UTC');
  const timeless = options.occurredAtMicros ?? 0;
  const [extent] = await measureFiles([file]);
  if (extent === undefined) {
    throw new ImportOptionsError('no trace file is given');
  }
  return {
    scope,
    file,
    isWhole: false,
    files: [file],
    first: await firstRecord(extent, zone, timeless),
    timeZone: zone.name,
    drafts: (findings) => drafts(extent, zone, new TraceMapping(scope, timeless, findings), findings),
  };
}

/** The heading and the first row together are the first record: another choice of columns is another input. */
async function firstRecord(extent: FileExtent, zone: TimeZone, timeless: number): Promise<ImportInput['first']> {
  const reader = new TraceReader();
  for await (const [row] of readRows(extent, reader, { leftForLater: null })) {
    if (row !== undefined) {
      const times = taskTimes(parseRow(row, zone));
      return {
        digest: sha256(`${reader.headingLine}\n${row.text}`),
        occurredAtMicros: times?.queuedAtMicros ?? timeless,
      };
    }
  }
  return null;
}

async function* drafts(
  extent: FileExtent,
  zone: TimeZone,
  mapping: TraceMapping,
  findings: Findings,
): AsyncGenerator<readonly Draft[], void> {
  for await (const rows of readRows(extent, new TraceReader(), findings)) {
    findings.records += rows.length;
    yield rows.flatMap((row) => mapping.apply(parseRow(row, zone)));
  }
}

async function* readRows(
  extent: FileExtent,
  reader: TraceReader,
  findings: Pick<Findings, 'leftForLater'>,
): AsyncGenerator<TraceRow[], void> {
  let remainder = null as Findings['leftForLater'];
  for await (const lines of readLines(extent, ({ file, line }) => (remainder = { file, line }))) {
    yield lines.map((line) => reader.push(line)).filter((row) => row !== undefined);
  }
  findings.leftForLater = reader.unfinished ?? remainder;
}
