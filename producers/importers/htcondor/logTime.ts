/** The timestamps of job event logs: `MM/DD HH:MM:SS` without a year, and `YYYY-MM-DD HH:MM:SS` with what may follow. */
import { ImportFormatError, ImportOptionsError, type Place } from '../errors';
import type { TimeZone } from '../timeZone';

/** A timestamp as it is written. */
export interface LogTime {
  /** Null in the older style, which has none. */
  readonly year: number | null;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly microsOfDay: number;
  /** What the timestamp itself says of UTC: minutes ahead of it; null for local time. */
  readonly utcOffsetMinutes: number | null;
}

const timePattern =
  /^(?:(\d\d)\/(\d\d) |(\d{4})-(\d\d)-(\d\d)[ T])(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/;

/** A timestamp from its text, or undefined where it is none. */
export function parseLogTime(text: string): LogTime | undefined {
  const match = timePattern.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, oldMonth, oldDay, year, month, day, hour, minute, second, fraction, zone] = match;
  const time: LogTime = {
    year: year === undefined ? null : Number(year),
    month: Number(oldMonth ?? month),
    day: Number(oldDay ?? day),
    microsOfDay:
      ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000_000 +
      Number((fraction ?? '').padEnd(6, '0').slice(0, 6)),
    utcOffsetMinutes: zone === undefined ? null : offsetMinutes(zone),
  };
  return isTime(time, Number(hour), Number(minute), Number(second)) ? time : undefined;
}

/** The timestamp as if it were UTC, microseconds since 1970; the older style needs a year. */
export function localMicros(time: LogTime, year: number): number {
  return Date.UTC(year, time.month - 1, time.day) * 1000 + time.microsOfDay;
}

function offsetMinutes(zone: string): number {
  const size = zone === 'Z' ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -size : size;
}

function isTime(time: LogTime, hour: number, minute: number, second: number): boolean {
  // The older style may name a 29 February: any leap year will do to check it.
  const date = new Date(Date.UTC(time.year ?? 2000, time.month - 1, time.day));
  return (
    date.getUTCMonth() === time.month - 1 && date.getUTCDate() === time.day && hour < 24 && minute < 60 && second < 61
  );
}

/** A log in the older style whose time goes back by more than this has gone into another year. */
const halfYearMicros = 183 * 86_400_000_000;

/** Turns a log's timestamps, in the log's order, into instants. */
export class LogClock {
  private year: number | null;
  private last = Number.NEGATIVE_INFINITY;

  /** @param startYear the year of the first record where timestamps have none */
  constructor(
    private readonly zone: TimeZone,
    private readonly startYear: number | null,
  ) {
    this.year = startYear;
  }

  /**
   * The instant of the next record, microseconds since 1970 UTC.
   * @throws {ImportOptionsError} for a timestamp without a year where no start year is known
   */
  next(time: LogTime, place: Place): number {
    const micros = this.instant(time, place);
    this.last = Math.max(this.last, micros);
    return micros;
  }

  private instant(time: LogTime, place: Place): number {
    if (time.year !== null) {
      return this.toUtc(time, localMicros(time, time.year));
    }
    if (this.startYear === null || this.year === null) {
      throw new ImportOptionsError(
        `${place.file}:${String(place.line)}: the log's timestamps have no year; give the year of its first record with --year`,
      );
    }
    const micros = this.toUtc(time, localMicros(time, this.year));
    if (this.last - micros > halfYearMicros) {
      this.year += 1;
      return this.toUtc(time, localMicros(time, this.year));
    }
    // A record that was written late, across the turn of the year, belongs to the year before.
    if (micros - this.last > halfYearMicros && this.last > Number.NEGATIVE_INFINITY && this.year > this.startYear) {
      return this.toUtc(time, localMicros(time, this.year - 1));
    }
    return micros;
  }

  private toUtc(time: LogTime, local: number): number {
    return time.utcOffsetMinutes === null
      ? this.zone.toUtcMicros(local, this.last)
      : local - time.utcOffsetMinutes * 60_000_000;
  }
}

/** What a record's place is told by where a timestamp is wrong. */
export function timeExpected(place: Place, found: string): ImportFormatError {
  return new ImportFormatError(place, 'a timestamp MM/DD HH:MM:SS or YYYY-MM-DD HH:MM:SS', found);
}
