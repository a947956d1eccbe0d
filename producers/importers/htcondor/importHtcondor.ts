/** Imports HTCondor's job event log, with the DAG file it belongs to where DAGMan wrote it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Ledger } from '../../../ledger/port';
import type { Draft } from '../drafts';
import { ImportConflictError, ImportOptionsError } from '../errors';
import { sha256, type ImportScope } from '../identities';
import { importInput, storingNothing, type Findings, type ImportInput, type ImportReport } from '../importInput';
import { localMicros, type LocalTime } from '../localTime';
import { measureFiles, readLines, type FileExtent } from '../lines';
import { formatUtcOffset, timeZone, type TimeZone } from '../timeZone';
import type { Dag } from './dag';
import { loadDag } from './loadDag';
import { LogClock } from './logClock';
import { LogMapping } from './mapLog';
import { parseRecord, type LogEvent } from './parseJobEventLog';
import { RecordReader, recordText, type RawRecord } from './readRecords';
import { rotatedLogs } from './rotatedLogs';

/** What to import, as what. */
export interface HtcondorImportOptions {
  /** The job event log; rotated files beside it (`LOG.old`, `LOG.1` …) are read before it. */
  readonly logPath: string;
  /** The DAG file; by default the one beside the log whose name the log's begins with; null for none. */
  readonly dagPath?: string | null;
  /** By default the DAG's attribute bps_campaign. */
  readonly campaign?: string;
  /** By default the DAG's attribute bps_run. */
  readonly unit?: string;
  /** From 1, the default. */
  readonly attempt?: number;
  /**
   * Where the log's local times were written: UTC, an offset such as -06:00, or a name such as America/Chicago. By
   * default the offset that the log itself tells by the UTC times in its termination records, else UTC.
   */
  readonly timeZone?: string;
  /** The year of the log's first record, for logs in the older style whose timestamps have none. */
  readonly startYear?: number;
  /** Called with the number of events done and the number there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Stores the events of a log that are not stored yet.
 * @throws {ImportOptionsError} {@link ImportFileError} {@link ImportFormatError} and nothing is stored;
 *   {@link ImportConflictError} where the log's beginning changed; {@link ImportInterruptedError}
 */
export async function importHtcondor(ledger: Ledger, options: HtcondorImportOptions): Promise<ImportReport> {
  const [first, ...others] = await storingNothing(htcondorInputs(options));
  const all = [first, ...others];
  for (const input of all) {
    try {
      return await importInput(ledger, input, options.onProgress);
    } catch (error) {
      if (!(error instanceof ImportConflictError) || input === all.at(-1)) {
        throw error;
      }
    }
  }
  throw new ImportOptionsError(`no time zone to read ${first.file} in`);
}

/**
 * The input that a log is. Where no time zone is given there are two to try: the one the log tells, and UTC, in which an
 * import was made before the log had told it.
 * @throws {ImportOptionsError} {@link ImportFileError} {@link ImportFormatError}
 */
export async function htcondorInputs(options: HtcondorImportOptions): Promise<[ImportInput, ...ImportInput[]]> {
  const file = path.resolve(options.logPath);
  const dagPath = options.dagPath === undefined ? dagBeside(file) : options.dagPath;
  const dag = dagPath === null ? null : loadDag(path.resolve(dagPath));
  const log: Log = {
    file,
    extents: await measureFiles(await rotatedLogs(file)),
    dag,
    scope: scopeOf(options, dag),
    startYear: options.startYear ?? null,
  };
  const { first, toldOffsetMinutes } = await glance(log.extents);
  const told = toldOffsetMinutes === null ? null : formatUtcOffset(toldOffsetMinutes);
  const names =
    options.timeZone !== undefined ? [options.timeZone] : told === null || told === 'UTC' ? ['UTC'] : [told, 'UTC'];
  const [input, ...rest] = names.map((name) => inputOf(log, timeZone(name), first));
  if (input === undefined) {
    throw new ImportOptionsError('no time zone is given');
  }
  return [input, ...rest];
}

interface Log {
  readonly file: string;
  /** Oldest first. */
  readonly extents: readonly FileExtent[];
  readonly dag: Dag | null;
  readonly scope: ImportScope;
  readonly startYear: number | null;
}

/** `x.dag.nodes.log` and `x.nodes.log` belong to `x.dag`. */
function dagBeside(log: string): string | null {
  const stem = /^(.*?)(\.dag)?\.nodes\.log$/.exec(log)?.[1];
  const candidate = stem === undefined ? null : `${stem}.dag`;
  return candidate !== null && existsSync(candidate) ? candidate : null;
}

function scopeOf(options: HtcondorImportOptions, dag: Dag | null): ImportScope {
  const campaign = options.campaign ?? dag?.attributes.get('bps_campaign') ?? '';
  const unit = options.unit ?? dag?.attributes.get('bps_run') ?? '';
  const attempt = options.attempt ?? 1;
  if (campaign === '' || unit === '') {
    const missing = campaign === '' ? 'campaign with --campaign' : 'unit with --unit';
    const why = dag === null ? 'there is no DAG file' : `${dag.file} has no attribute`;
    throw new ImportOptionsError(`name the ${missing}: ${why} to tell it (bps_campaign, bps_run)`);
  }
  if (!Number.isSafeInteger(attempt) || attempt < 1 || attempt > 2_147_483_647) {
    throw new ImportOptionsError(`the attempt is a whole number from 1, not ${String(attempt)}`);
  }
  return { kind: 'htcondor', campaign, unit, attempt };
}

function inputOf(log: Log, zone: TimeZone, first: RawRecord | null): ImportInput {
  return {
    scope: log.scope,
    file: log.file,
    isWhole: false,
    files: log.extents.map((extent) => extent.file),
    first:
      first === null
        ? null
        : {
            digest: sha256(recordText(first)),
            occurredAtMicros: new LogClock(zone, log.startYear).next(first.time, first.place),
          },
    timeZone: zone.name,
    drafts: (findings) => drafts(log, zone, findings),
  };
}

async function* drafts(log: Log, zone: TimeZone, findings: Findings): AsyncGenerator<readonly Draft[], void> {
  const clock = new LogClock(zone, log.startYear);
  const mapping = new LogMapping(log.scope, log.dag, findings);
  for await (const records of readRecords(log.extents, findings)) {
    const batch: Draft[] = [];
    for (const record of records) {
      const event = parseRecord(record);
      const at = clock.next(event.time, event.place);
      if (findings.records === 0) {
        batch.push(...mapping.plan(at));
      }
      findings.records += 1;
      warnOfTimeZone(event, at, zone, findings);
      batch.push(...mapping.apply(event, at));
    }
    yield batch;
  }
}

/** The complete records of a log's files, as if they were one. */
async function* readRecords(
  extents: readonly FileExtent[],
  findings: Pick<Findings, 'leftForLater'>,
): AsyncGenerator<RawRecord[], void> {
  for (const extent of extents) {
    const reader = new RecordReader();
    let remainder = null as Findings['leftForLater'];
    for await (const lines of readLines(extent, ({ file, line }) => (remainder = { file, line }))) {
      const records: RawRecord[] = [];
      for (const line of lines) {
        const record = reader.push(line);
        if (record !== undefined) {
          records.push(record);
        }
      }
      yield records;
    }
    findings.leftForLater = reader.unfinished ?? remainder;
    if (findings.leftForLater !== null && extent !== extents.at(-1)) {
      reader.failUnfinished(findings.leftForLater);
    }
  }
}

/** The first record, and by how many minutes local time is ahead of UTC where the log tells. */
async function glance(
  extents: readonly FileExtent[],
): Promise<{ first: RawRecord | null; toldOffsetMinutes: number | null }> {
  let first: RawRecord | null = null;
  for await (const records of readRecords(extents, { leftForLater: null })) {
    for (const record of records) {
      first ??= record;
      const event = record.code === 5 ? parseRecord(record) : null;
      const toldOffsetMinutes = event === null ? null : toldOffset(event);
      if (toldOffsetMinutes !== null) {
        return { first, toldOffsetMinutes };
      }
    }
  }
  return { first, toldOffsetMinutes: null };
}

const quarterHourMicros = 900_000_000;
/** A termination is logged within moments of its own UTC time; a difference beyond is no offset. */
const toleranceMicros = 120_000_000;

/** The log's own offset from UTC: what lies between a record's local time and the UTC time it holds, in quarter hours. */
function toldOffset(event: LogEvent): number | null {
  const utc = event.kind === 'terminated' ? event.ownAccordAt : null;
  if (utc?.year == null || utc.utcOffsetMinutes !== 0 || event.time.utcOffsetMinutes !== null) {
    return null;
  }
  const year = event.time.year ?? nearestYear(event.time, utc);
  const difference = localMicros(event.time, year) - localMicros(utc, utc.year);
  const quarters = Math.round(difference / quarterHourMicros);
  const isOffset = Math.abs(difference - quarters * quarterHourMicros) <= toleranceMicros && Math.abs(quarters) <= 56;
  return isOffset ? quarters * 15 : null;
}

/** The year that a time without one has beside a UTC time: the local date may lie in the year next to it. */
function nearestYear(time: LocalTime, utc: LocalTime): number {
  const year = utc.year ?? 0;
  const distance = (candidate: number): number => Math.abs(localMicros(time, candidate) - localMicros(utc, year));
  return [year - 1, year, year + 1].reduce((best, next) => (distance(next) < distance(best) ? next : best));
}

/** Warns where a time zone that was given is not the one that the log itself tells. */
function warnOfTimeZone(event: LogEvent, at: number, zone: TimeZone, findings: Findings): void {
  const utc = event.kind === 'terminated' ? event.ownAccordAt : null;
  const told = utc?.year == null ? null : toldOffset(event);
  if (utc?.year == null || told === null || Math.abs(at - localMicros(utc, utc.year)) < quarterHourMicros / 2) {
    return;
  }
  findings.warnings.add(
    `the log's times were read in ${zone.name}, but its own UTC times say ${formatUtcOffset(told)}: ` +
      `for a new import give --time-zone=${formatUtcOffset(told)}, or the zone's name where its clocks change`,
  );
}
