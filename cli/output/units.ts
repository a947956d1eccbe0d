/** Numbers for people. What was not measured is a dash, never a zero. */

/** What stands where nothing was measured or is known. */
export const unknown = '–';

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** `58,574`. */
export function formatCount(count: number | null): string {
  return count === null ? unknown : String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 event`, `58,574 events`. @param noun takes an s in the plural */
export function formatCounted(count: number | null, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `512 B`, `1.2 GiB`: binary multiples. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) {
    return unknown;
  }
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(value < 10 ? 2 : 1)} ${binaryUnits[unit] ?? 'B'}`;
}

/** `0.25 s`, `42.1 s`, `5m 03s`, `1h 02m`, `3d 04h`; seconds as the unit, each step with its two leading parts. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null) {
    return unknown;
  }
  if (seconds < 0) {
    return `-${formatDuration(-seconds)}`;
  }
  if (seconds < 59.95) {
    return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 3600) {
    return `${String(Math.floor(whole / 60))}m ${twoDigits(whole % 60)}s`;
  }
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) {
    return `${String(Math.floor(minutes / 60))}h ${twoDigits(minutes % 60)}m`;
  }
  const hours = Math.round(whole / 3600);
  return `${String(Math.floor(hours / 24))}d ${twoDigits(hours % 24)}h`;
}

/** A number with as many decimals as asked, to be held against another account's: no thousands set apart. */
export function formatDecimal(value: number | null, decimals: number): string {
  return value === null ? unknown : value.toFixed(decimals);
}

/** Microseconds, as events and views count, in seconds; null stays null. */
export function microsToSeconds(micros: number | null): number | null {
  return micros === null ? null : micros / 1e6;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** How long ago a time of microseconds since 1970 UTC is by this machine's clock, seconds; never below zero. */
export function secondsSince(micros: number): number {
  return Math.max(0, Date.now() / 1000 - micros / 1e6);
}
