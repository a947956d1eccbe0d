/** From the local times that logs carry to instants. */
import { ImportOptionsError } from './errors';

/** Tells by how much local time is ahead of UTC. */
export interface TimeZone {
  /** As it was asked for: UTC, ±HH:MM or a name such as America/Chicago. */
  readonly name: string;
  /**
   * The instant of a local time, microseconds since 1970 UTC. Of the two instants that a local time names when clocks
   * go back, the first that does not lie before `notBeforeMicros`; a local time that clocks skip is read as before the jump.
   * @param localMicros the local time as if it were UTC
   */
  toUtcMicros(localMicros: number, notBeforeMicros: number): number;
}

const minuteMicros = 60_000_000;
const dayMicros = 86_400_000_000;
/** Offsets change on the quarter hour at most, so one answer holds for a quarter hour. */
const cacheStepMicros = 15 * minuteMicros;

/**
 * A time zone by name.
 * @throws {ImportOptionsError} for a name that is none
 */
export function timeZone(name: string): TimeZone {
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(name);
  if (name === 'UTC' || name === 'Z') {
    return fixedOffset('UTC', 0);
  }
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    if (Number(offset[3]) > 59 || minutes > 14 * 60) {
      throw new ImportOptionsError(`${name} is no UTC offset: expected -14:00 to +14:00`);
    }
    return fixedOffset(name, offset[1] === '-' ? -minutes : minutes);
  }
  return namedZone(name);
}

/** An offset as ±HH:MM, or UTC for none. */
export function formatUtcOffset(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return minutes === 0 ? 'UTC' : `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function fixedOffset(name: string, offsetMinutes: number): TimeZone {
  return { name, toUtcMicros: (localMicros) => localMicros - offsetMinutes * minuteMicros };
}

function namedZone(name: string): TimeZone {
  const offsetAt = offsetsOf(name);
  return {
    name,
    toUtcMicros: (localMicros, notBeforeMicros) => {
      const before = offsetAt(localMicros - dayMicros);
      const after = offsetAt(localMicros + dayMicros);
      const instants = [localMicros - before, localMicros - after].filter(
        (instant) => instant + offsetAt(instant) === localMicros,
      );
      const inOrder = instants.sort((a, b) => a - b);
      return inOrder.find((instant) => instant >= notBeforeMicros) ?? inOrder[0] ?? localMicros - before;
    },
  };
}

/** The offset in microseconds that a named zone has at an instant, by the time zone data that Node carries. */
function offsetsOf(name: string): (utcMicros: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (error) {
    throw new ImportOptionsError(
      `${JSON.stringify(name)} is no time zone: expected UTC, an offset such as -06:00, or a name such as America/Chicago`,
      { cause: error },
    );
  }
  const known = new Map<number, number>();
  return (utcMicros) => {
    const step = Math.floor(utcMicros / cacheStepMicros);
    let offset = known.get(step);
    if (offset === undefined) {
      offset = offsetFromParts(format.formatToParts((step * cacheStepMicros) / 1000));
      known.set(step, offset);
    }
    return offset;
  };
}

function offsetFromParts(parts: readonly Intl.DateTimeFormatPart[]): number {
  const text = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const match = /^GMT([+-])(\d{2}):(\d{2})$/.exec(text);
  if (match === null) {
    return 0;
  }
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -minutes : minutes) * minuteMicros;
}
