import { ImportFormatError } from '../../../producers/importers/errors';
import { nextflowInput } from '../../../producers/importers/nextflow/importNextflow';
import { parseTrace, type TraceTask } from '../../../producers/importers/nextflow/parseTrace';
import { durationMicros, instantMicros, memoryBytes } from '../../../producers/importers/nextflow/quantities';
import { timeZone } from '../../../producers/importers/timeZone';
import { jobsTable } from '../../../projections/jobs/tables';
import type { LedgerEvent } from '../../../schemas';
import { draftsOf, eventsOf, fileWith, linesOf } from '../../support/imports';
import { viewsInMemory } from '../../support/memoryViews';
import { temporaryFolder } from '../../support/temporaryFolder';

const temporary = temporaryFolder();
afterAll(temporary.remove);

function parse(...rows: string[]): TraceTask[] {
  return [...parseTrace(linesOf(rows.map((row) => row.replaceAll('|', '\t')).join('\n')), timeZone('UTC'))];
}

async function imported(rows: readonly string[], options: { attempt?: number } = {}): Promise<LedgerEvent[]> {
  const text = rows.map((row) => `${row.replaceAll('|', '\t')}\n`).join('');
  const tracePath = fileWith(temporary.folder, 'trace.txt', text);
  return eventsOf(await nextflowInput({ tracePath, campaign: 'c', unit: 'u', ...options }));
}

/** Types of a job's events, with the try they are about. */
function story(events: readonly LedgerEvent[], job: string): string[] {
  return events
    .filter((event) => 'job' in event && event.job === job)
    .map((event) => (event.type === 'ExecutionStarted' ? `ExecutionStarted ${String(event.tryNumber)}` : event.type));
}

describe("the quantities of Nextflow's traces", () => {
  it.each([
    ['7m 8s', 428_000_000],
    ['16.2s', 16_200_000],
    ['1d 2h', 93_600_000_000],
    ['120ms', 120_000],
    ['1h 0m 5s', 3_605_000_000],
    ['7m', 420_000_000],
    ['05:10:30', 18_630_000_000],
    ['1500', 1_500_000],
    ['0', 0],
    ['-', null],
    ['', null],
    ['7 parsecs', 'unreadable'],
    ['m', 'unreadable'],
    ['99999999999999999999', 'unreadable'],
  ])('read the duration %j', (cell, micros) => {
    expect(durationMicros(cell)).toBe(micros);
  });

  it.each([
    ['218.2 MB', Math.round(218.2 * 2 ** 20)],
    ['468 B', 468],
    ['1016 B', 1016],
    ['15 GB', 15 * 2 ** 30],
    ['2KB', 2048],
    ['3 M', 3 * 2 ** 20],
    ['0', 0],
    ['123456', 123_456],
    ['-', null],
    ['1 XB', 'unreadable'],
    ['-5', 'unreadable'],
    ['9 ZB', 'unreadable'],
  ])('read the size %j, whose units are binary', (cell, bytes) => {
    expect(memoryBytes(cell)).toBe(bytes);
  });

  it('read times in the zone of the run, or as milliseconds', () => {
    const utc = Date.UTC(2021, 2, 4, 21, 6, 7, 625) * 1000;
    expect(instantMicros('2021-03-04 21:06:07.625', timeZone('UTC'))).toBe(utc);
    expect(instantMicros('2021-03-04 21:06:07.625', timeZone('Europe/Madrid'))).toBe(utc - 3_600_000_000);
    expect(instantMicros(String(utc / 1000), timeZone('Europe/Madrid'))).toBe(utc);
    expect(instantMicros('yesterday', timeZone('UTC'))).toBe('unreadable');
  });
});

describe("the reader of Nextflow's traces", () => {
  it('reads any subset of the columns in any order, and takes what is missing or - for unknown', () => {
    expect(parse('exit|name|peak_rss|wchar', '0|align (s 1)|1 KB|-', '137|single|-|2 GB')).toMatchObject([
      { name: 'align (s 1)', process: 'align', status: 'COMPLETED', exitCode: 0, peakRssBytes: 1024, hash: null },
      { name: 'single', process: 'single', status: 'FAILED', exitCode: 137, peakRssBytes: null, attempt: null },
    ]);
    expect(parse('process|tag|status', 'W:align|s 2|COMPLETED')).toMatchObject([
      { name: 'W:align (s 2)', process: 'W:align' },
    ]);
    expect(parse('task_id|process|status', '7|align|ABORTED')).toMatchObject([
      { name: 'align (7)', status: 'ABORTED' },
    ]);
  });

  it('puts rows together that a script breaks into several lines, be it the last column or not', () => {
    const last = parse('name|status|script', 'a|COMPLETED|', 'echo one', '', 'echo two', 'b|FAILED|x|y');
    expect(last.map(({ name, status }) => [name, status])).toEqual([
      ['a', 'COMPLETED'],
      ['b', 'FAILED'],
    ]);
    const middle = parse('name|script|status', 'a|', 'echo one', 'echo two|COMPLETED', 'b|true|FAILED');
    expect(middle.map(({ name, status }) => [name, status])).toEqual([
      ['a', 'COMPLETED'],
      ['b', 'FAILED'],
    ]);
  });

  it.each([
    ['a heading without known columns', ['alpha|beta'], 1, "a heading of a Nextflow trace's columns"],
    ['a column twice', ['name|status|name'], 1, 'each once'],
    ['a trace that tells no status', ['name|realtime'], 1, 'status or exit'],
    ['a row with a cell too few', ['name|status|exit', 'a|COMPLETED'], 2, '3 cells'],
    ['a status that is none', ['name|status', 'a|SLEEPING'], 2, 'one of NEW'],
    ['a duration that is none', ['name|status|realtime', 'a|FAILED|soon'], 2, 'column realtime, found "soon"'],
    ['an exit code over 32 bits', ['name|exit', 'a|9999999999'], 2, 'column exit'],
    ['a task without a name', ['name|status', '-|FAILED'], 2, 'a task name'],
  ])('refuses %s, naming line and column', (_what, rows, line, expected) => {
    const read = (): unknown => parse(...rows);
    expect(read).toThrow(ImportFormatError);
    expect(read).toThrow(`a.log:${String(line)}: expected`);
    expect(read).toThrow(expected);
  });
});

describe('what becomes of a task in the events of its trace', () => {
  const heading = 'name|hash|status|exit|submit|duration|realtime|peak_rss|native_id';

  it('is queued when it was submitted, started and ended by duration and realtime', async () => {
    const events = await imported([heading, 'a (1)|1f/00|COMPLETED|0|2021-03-04 21:00:00.000|60s|20s|1 MB|17']);
    const times = events.map((event) => [
      event.type,
      new Date(event.header.occurredAt / 1000).toISOString().slice(11, 19),
    ]);
    expect(times).toEqual([
      ['JobPlanned', '21:00:00'],
      ['JobQueued', '21:00:00'],
      ['ExecutionStarted', '21:00:40'],
      ['ExecutionSucceeded', '21:01:00'],
    ]);
    expect(events[1]).toMatchObject({ batchJob: { scheduler: 'nextflow', id: '17', arrayIndex: null } });
    expect(events[3]).toMatchObject({
      metrics: { wallMicros: 20_000_000, userCpuMicros: null, systemCpuMicros: null, maxRssBytes: 2 ** 20 },
    });
  });

  it('is tried again by the rows of its name that follow a failure, and another job after a success', async () => {
    const row = (hash: string, status: string): string => `a|${hash}|${status}|-|2021-03-04 21:00:00.000|1s|1s|-|-`;
    const events = await imported([
      heading,
      row('1', 'FAILED'),
      row('2', 'FAILED'),
      row('3', 'COMPLETED'),
      row('4', 'COMPLETED'),
    ]);
    expect(story(events, 'a')).toEqual([
      'JobPlanned',
      'JobQueued',
      'ExecutionStarted 1',
      'ExecutionFailed',
      'JobRetryScheduled',
      'JobQueued',
      'ExecutionStarted 2',
      'ExecutionFailed',
      'JobRetryScheduled',
      'JobQueued',
      'ExecutionStarted 3',
      'ExecutionSucceeded',
    ]);
    expect(story(events, 'a #2')).toEqual(['JobPlanned', 'JobQueued', 'ExecutionStarted 1', 'ExecutionSucceeded']);
  });

  it('is told apart from another of its name by the column attempt', async () => {
    const events = await imported([
      'name|hash|attempt|status',
      'a|1|1|FAILED',
      'a|2|1|FAILED',
      'a|3|2|COMPLETED',
      'a|4|2|COMPLETED',
    ]);
    for (const job of ['a', 'a #2']) {
      expect(story(events, job).filter((type) => type.startsWith('Execution'))).toEqual([
        'ExecutionStarted 1',
        'ExecutionFailed',
        'ExecutionStarted 2',
        'ExecutionSucceeded',
      ]);
    }
  });

  it('is reused where it was cached, from the very execution that an earlier attempt ran', async () => {
    const earlier = await imported([heading, 'a|ab/12|COMPLETED|0|2021-03-04 21:00:00.000|1s|1s|-|-'], { attempt: 1 });
    const later = await imported([heading, 'a|ab/12|CACHED|0|2021-03-04 21:00:00.000|1s|1s|-|-'], { attempt: 2 });
    const execution = earlier.find((event) => event.type === 'ExecutionStarted')?.execution;
    expect(later.find((event) => event.type === 'JobReused')?.fromExecution).toBe(execution);
    expect(viewsInMemory(later).rows(jobsTable)).toMatchObject([{ job: 'a', state: 'reused' }]);
  });

  it('is lost where the run ended before it, and only queued where it had not begun', async () => {
    const row = (name: string, status: string): string => `${name}|-|${status}|-|2021-03-04 21:00:00.000|-|-|-|-`;
    const events = await imported([heading, row('a', 'ABORTED'), row('b', 'RUNNING'), row('c', 'SUBMITTED')]);
    const states = viewsInMemory(events)
      .rows(jobsTable)
      .map((each) => [each['job'], each['state']]);
    expect(states).toEqual([
      ['a', 'lost'],
      ['b', 'lost'],
      ['c', 'queued'],
    ]);
  });

  it('keeps an exit code that Nextflow was told to accept', async () => {
    const events = await imported(['name|status|exit', 'a|COMPLETED|3']);
    expect(events.at(-1)).toMatchObject({ type: 'ExecutionSucceeded', caveats: ['accepted exit code 3'] });
  });

  it('is dated as told where the trace tells no time, with a warning', async () => {
    const tracePath = fileWith(temporary.folder, 'timeless.txt', 'name\tstatus\na\tCOMPLETED\n');
    const at = Date.UTC(2024, 0, 1) * 1000;
    const input = await nextflowInput({ tracePath, campaign: 'c', unit: 'u', occurredAtMicros: at });
    const { drafts, findings } = await draftsOf(input);
    expect(new Set(drafts.map((draft) => draft.occurredAtMicros))).toEqual(new Set([at]));
    expect([...findings.warnings].join()).toContain('rows tell no time (columns submit, start, complete)');
  });
});
