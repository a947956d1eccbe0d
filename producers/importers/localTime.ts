/** Timestamps as logs write them: `YYYY-MM-DD HH:MM:SS` with what may follow, and `MM/DD HH:MM:SS` without a year. */

/** A timestamp as it is written. */
export interface LocalTime {
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
export function parseLocalTime(text: string): LocalTime | undefined {
  const match = timePattern.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, oldMonth, oldDay, year, month, day, hour, minute, second, fraction, zone] = match;
  const time: LocalTime = {
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
export function localMicros(time: LocalTime, year: number): number {
  return Date.UTC(year, time.month - 1, time.day) * 1000 + time.microsOfDay;
}

function offsetMinutes(zone: string): number {
  const size = zone === 'Z' ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -size : size;
}

function isTime(time: LocalTime, hour: number, minute: number, second: number): boolean {
  // The older style may name a 29 February: any leap year will do to check it.
  const date = new Date(Date.UTC(time.year ?? 2000, time.month - 1, time.day));
  return (
    date.getUTCMonth() === time.month - 1 && date.getUTCDate() === time.day && hour < 24 && minute < 60 && second < 61
  );
}
