/**
 * The cells of a Nextflow trace as quantities. `-` is what Nextflow writes for a value it does not have.
 *
 * Source: nextflow.trace.TraceRecord (which formatter a column has; `trace.raw = true` writes bare numbers instead),
 * nextflow.util.Duration and nextflow.util.MemoryUnit of Nextflow, and the chapter "Trace file" of its documentation.
 */
import { localMicros, parseLocalTime } from '../localTime';
import type { TimeZone } from '../timeZone';

/** A cell that is not what its column holds. */
export type Unreadable = 'unreadable';

const unitMillis: ReadonlyMap<string, number> = new Map(
  [
    [1, 'ms', 'milli', 'millis'],
    [1000, 's', 'sec', 'second', 'seconds'],
    [60_000, 'm', 'min', 'minute', 'minutes'],
    [3_600_000, 'h', 'hour', 'hours'],
    [86_400_000, 'd', 'day', 'days'],
  ].flatMap(([millis, ...names]) => names.map((name) => [String(name), Number(millis)])),
);

/** A duration in microseconds: `7m 8s`, `16.2s`, `1d 2h`, `120ms`, `05:10:30`, or milliseconds as a bare number. */
export function durationMicros(cell: string): number | null | Unreadable {
  if (isAbsent(cell)) {
    return null;
  }
  if (/^\d+$/.test(cell)) {
    return safe(Number(cell) * 1000);
  }
  const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2})$/.exec(cell);
  if (clock !== null) {
    const [hours = 0, minutes = 0, seconds = 0] = clock.slice(1).map(Number);
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000;
  }
  if (!/^(\d+(\.\d+)?\s*[a-z]+\s*)+$/i.test(cell)) {
    return 'unreadable';
  }
  let micros = 0;
  for (const [, number, unit] of cell.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)) {
    const millis = unitMillis.get(unit ?? '');
    if (millis === undefined) {
      return 'unreadable';
    }
    micros += Math.round(Number(number) * millis * 1000);
  }
  return safe(micros);
}

const memoryUnits = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB'];

/**
 * A size in bytes: `218.2 MB`, `468 B`, `0`, or bytes as a bare number. Nextflow's units are binary (1 KB is 1,024 B)
 * and it writes one decimal, so the bytes are as exact as that.
 */
export function memoryBytes(cell: string): number | null | Unreadable {
  if (isAbsent(cell)) {
    return null;
  }
  const match = /^(\d+(?:\.\d+)?)\s*([KMGTPEZ]?B?)$/i.exec(cell);
  if (match === null) {
    return 'unreadable';
  }
  const unit = (match[2] ?? '').toUpperCase();
  const power = unit === '' ? 0 : memoryUnits.indexOf(unit.endsWith('B') ? unit : `${unit}B`);
  return safe(Math.round(Number(match[1]) * 1024 ** power));
}

/** A whole number of 32 bits, as events hold it. */
export function wholeNumber(cell: string): number | null | Unreadable {
  if (isAbsent(cell)) {
    return null;
  }
  const number = Number(cell);
  return /^-?\d{1,10}$/.test(cell) && number === (number | 0) ? number : 'unreadable';
}

/** An instant in microseconds since 1970 UTC: `2021-03-04 21:06:07.625` local time, or milliseconds since 1970 as a bare number. */
export function instantMicros(cell: string, zone: TimeZone): number | null | Unreadable {
  if (isAbsent(cell)) {
    return null;
  }
  if (/^\d{1,14}$/.test(cell)) {
    return Number(cell) * 1000;
  }
  const time = parseLocalTime(cell);
  if (time?.year == null) {
    return 'unreadable';
  }
  const local = localMicros(time, time.year);
  return time.utcOffsetMinutes === null
    ? zone.toUtcMicros(local, Number.NEGATIVE_INFINITY)
    : local - time.utcOffsetMinutes * 60_000_000;
}

/** A text, or null for none. */
export function textCell(cell: string): string | null {
  return isAbsent(cell) ? null : cell;
}

function isAbsent(cell: string): boolean {
  return cell === '-' || cell === '';
}

function safe(value: number): number | Unreadable {
  return Number.isSafeInteger(value) ? value : 'unreadable';
}
