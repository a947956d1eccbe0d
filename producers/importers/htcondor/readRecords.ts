/** A job event log cut into records: a header line, body lines, and a line of three dots. */
import { ImportFormatError, type Place } from '../errors';
import type { Line } from '../lines';
import { parseLocalTime, type LocalTime } from '../localTime';

/** One complete record. */
export interface RawRecord {
  readonly place: Place;
  /** The event code, 0 to 999. */
  readonly code: number;
  readonly cluster: number;
  readonly proc: number;
  readonly subproc: number;
  readonly time: LocalTime;
  /** What follows the timestamp on the first line. */
  readonly headline: string;
  /** The lines between the first and the three dots, as they stand. */
  readonly body: readonly Line[];
}

const headerPattern = /^(\d{3}) \((-?\d+)\.(-?\d+)\.(-?\d+)\) (\S+(?: \d\d:\d\d:\d\d\S*)?)(?: (.*))?$/;
const headerStart = /^\d{3} \(-?\d+\.-?\d+\.-?\d+\) /;

/** No event of HTCondor comes near this; a log whose records do is something else. */
const maxRecordLines = 100_000;

/** Takes a log's lines one by one and gives back each record when its last line has come. */
export class RecordReader {
  private lines: Line[] = [];

  /**
   * The record that this line ends, or undefined.
   * @throws {ImportFormatError} for a line where a record should begin and none does, or a record that is not ended
   */
  push(line: Line): RawRecord | undefined {
    const first = this.lines[0];
    if (first === undefined) {
      if (line.text.trim() !== '') {
        checkBeginning(line);
        this.lines.push(line);
      }
      return undefined;
    }
    if (line.text === '...') {
      const record = toRecord(first, this.lines.slice(1));
      this.lines = [];
      return record;
    }
    if (headerStart.test(line.text) || this.lines.length >= maxRecordLines) {
      throw new ImportFormatError(
        line,
        `the end "..." of the record that began in line ${String(first.line)}`,
        line.text,
      );
    }
    this.lines.push(line);
    return undefined;
  }

  /** Refuses an unfinished record where no more of it can come. */
  failUnfinished(place: Place): never {
    throw new ImportFormatError(
      place,
      'a complete record, as others follow in the next file',
      this.lines[0]?.text ?? '',
    );
  }

  /** Where the record begins that has no end yet; null between records. */
  get unfinished(): Place | null {
    const first = this.lines[0];
    return first === undefined ? null : { file: first.file, line: first.line };
  }
}

/** The record's text as it was read, for digests. */
export function recordText(record: RawRecord): string {
  const { code, cluster, proc, subproc, time, headline, body } = record;
  return JSON.stringify([code, cluster, proc, subproc, time, headline, ...body.map((line) => line.text)]);
}

function checkBeginning(line: Line): void {
  if (!headerStart.test(line.text)) {
    const other = /^[{<]/.test(line.text.trim()) ? ' (logs in JSON or XML are not read: write the plain format)' : '';
    throw new ImportFormatError(
      line,
      `a record's first line "NNN (cluster.proc.subproc) date time text"${other}`,
      line.text,
    );
  }
}

function toRecord(first: Line, body: readonly Line[]): RawRecord {
  const match = headerPattern.exec(first.text);
  const time = parseLocalTime(match?.[5] ?? '');
  if (match === null || time === undefined) {
    throw new ImportFormatError(first, 'a timestamp MM/DD HH:MM:SS or YYYY-MM-DD HH:MM:SS', first.text);
  }
  return {
    place: { file: first.file, line: first.line },
    code: Number(match[1]),
    cluster: Number(match[2]),
    proc: Number(match[3]),
    subproc: Number(match[4]),
    time,
    headline: match[6] ?? '',
    body,
  };
}
