import { ImportOptionsError } from '../../../producers/importers/errors';
import { LogClock } from '../../../producers/importers/htcondor/logClock';
import { parseLocalTime, type LocalTime } from '../../../producers/importers/localTime';
import { formatUtcOffset, timeZone } from '../../../producers/importers/timeZone';

const place = { file: 'a.log', line: 7 };

function time(text: string): LocalTime {
  const parsed = parseLocalTime(text);
  if (parsed === undefined) {
    throw new Error(`${text} is no time`);
  }
  return parsed;
}

/** What a log's timestamps, read one after the other, are in UTC. */
function instants(zone: string, startYear: number | null, ...texts: string[]): string[] {
  const clock = new LogClock(timeZone(zone), startYear);
  return texts.map((text) => new Date(clock.next(time(text), place) / 1000).toISOString().slice(0, 19));
}

describe('the instants of local times', () => {
  it('follow from UTC, an offset, or the name of a zone', () => {
    const text = '2025-02-13 12:00:07';
    expect(instants('UTC', null, text)).toEqual(['2025-02-13T12:00:07']);
    expect(instants('-06:00', null, text)).toEqual(['2025-02-13T18:00:07']);
    expect(instants('+05:30', null, text)).toEqual(['2025-02-13T06:30:07']);
    expect(instants('America/Chicago', null, text)).toEqual(['2025-02-13T18:00:07']);
    expect(instants('America/Chicago', null, '2024-07-26 19:35:19')).toEqual(['2024-07-27T00:35:19']);
  });

  it('are told by the timestamp itself where it says so', () => {
    expect(instants('-06:00', null, '2025-02-13 12:00:07Z', '2025-02-13T12:00:07+01:00')).toEqual([
      '2025-02-13T12:00:07',
      '2025-02-13T11:00:07',
    ]);
  });

  it('go on when clocks go back: an hour that comes twice is told apart by the order of the log', () => {
    const hour = ['2025-11-02 01:10:00', '2025-11-02 01:50:00', '2025-11-02 01:20:00', '2025-11-02 02:10:00'];
    expect(instants('America/Chicago', null, ...hour)).toEqual([
      '2025-11-02T06:10:00',
      '2025-11-02T06:50:00',
      '2025-11-02T07:20:00',
      '2025-11-02T08:10:00',
    ]);
  });

  it('exist also for a local time that clocks skip', () => {
    expect(instants('America/Chicago', null, '2025-03-09 02:30:00')).toEqual(['2025-03-09T08:30:00']);
  });

  it('take their year from the start year and the turns of the year', () => {
    expect(instants('UTC', 2023, '12/31 23:59:58', '01/01 00:00:03', '12/31 23:59:59', '02/29 12:00:00')).toEqual([
      '2023-12-31T23:59:58',
      '2024-01-01T00:00:03',
      '2023-12-31T23:59:59',
      '2024-02-29T12:00:00',
    ]);
  });

  it('are refused without a year, saying which option gives it', () => {
    expect(() => instants('UTC', null, '01/22 12:09:19')).toThrow(ImportOptionsError);
    expect(() => instants('UTC', null, '01/22 12:09:19')).toThrow("a.log:7: the log's timestamps have no year; give");
  });

  it.each(['Mars/Olympus', '+25:00', '+01:75', ''])('are refused in the zone %j', (name) => {
    expect(() => timeZone(name)).toThrow(ImportOptionsError);
  });

  it.each([
    [0, 'UTC'],
    [-360, '-06:00'],
    [345, '+05:45'],
  ])('have the offset of %d minutes written as %s', (minutes, text) => {
    expect(formatUtcOffset(minutes)).toBe(text);
  });
});
