/** The order of a job event log's timestamps tells what they leave out: the year, and which of two equal local times. */
import { ImportOptionsError, type Place } from '../errors';
import { localMicros, type LocalTime } from '../localTime';
import type { TimeZone } from '../timeZone';

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
  next(time: LocalTime, place: Place): number {
    const micros = this.instant(time, place);
    this.last = Math.max(this.last, micros);
    return micros;
  }

  private instant(time: LocalTime, place: Place): number {
    if (time.year !== null) {
      return this.toUtc(time, localMicros(time, time.year));
    }
    if (this.startYear === null || this.year === null) {
      throw new ImportOptionsError(
        `${place.file}:${String(place.line)}: the log's timestamps have no year; give the year of its first record with --start-year`,
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

  private toUtc(time: LocalTime, local: number): number {
    return time.utcOffsetMinutes === null
      ? this.zone.toUtcMicros(local, this.last)
      : local - time.utcOffsetMinutes * 60_000_000;
  }
}
