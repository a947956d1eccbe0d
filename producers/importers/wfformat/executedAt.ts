/** The times that instances carry. */
import type { JsonNode } from '../jsonNode';
import { localMicros, parseLocalTime } from '../localTime';
import type { TimeZone } from '../timeZone';

/** ISO 8601 without its separators, `20200401T151053-0800`. */
const basicForm = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)((?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)$/;
/** What Pegasus wrote: month, day and two digits of the year, `03-23-21T06:04:36Z`. */
const pegasusForm = /^(\d\d)-(\d\d)-(\d\d)T(.*)$/;

/**
 * A time of an instance: ISO 8601, as WfFormat asks for, or Pegasus' own form.
 * @param zone where times without a zone were written
 * @returns microseconds since 1970 UTC
 * @throws {ImportFormatError}
 */
export function executedAtMicros(node: JsonNode, zone: TimeZone): number {
  const time = parseLocalTime(
    node
      .text()
      .replace(basicForm, '$1-$2-$3T$4:$5:$6$7')
      .replace(pegasusForm, '20$3-$1-$2T$4')
      .replace(/^(.*T.*[+-]\d\d)$/, '$1:00'),
  );
  if (time?.year == null) {
    return node.fail('a time in ISO 8601, such as 2020-04-01T15:10:53-08:00 (or give it with --occurred-at),');
  }
  const local = localMicros(time, time.year);
  return time.utcOffsetMinutes === null
    ? zone.toUtcMicros(local, Number.NEGATIVE_INFINITY)
    : local - time.utcOffsetMinutes * 60_000_000;
}
