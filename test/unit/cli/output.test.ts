import { eventLine } from '../../../cli/output/eventLine';
import { renderTable } from '../../../cli/output/table';
import { escapeControls, shorten } from '../../../cli/output/terminal';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  microsToSeconds,
  unknown,
} from '../../../cli/output/units';

describe('texts for a terminal', () => {
  it('writes control characters out instead of sending them', () => {
    expect(escapeControls('a\u001b[31mb\nc\td\u0007\u009b\u202e')).toBe('a\\e[31mb\\nc\\td\\x07\\x9b\\u{202e}');
  });

  it('leaves letters of any language alone', () => {
    expect(escapeControls('Ångström 銀河 🌌')).toBe('Ångström 銀河 🌌');
  });

  it('shortens in the middle and keeps both ends', () => {
    expect(shorten('abcdefghij', 5)).toBe('ab…ij');
    expect(shorten('abc', 3)).toBe('abc');
    expect(shorten('abc', 1)).toBe('…');
    expect(shorten('abc', 0)).toBe('');
  });
});

describe('numbers for people', () => {
  it.each([
    [0, '0.00 s'],
    [9.876, '9.88 s'],
    [59.94, '59.9 s'],
    [59.96, '1m 00s'],
    [3599.6, '1h 00m'],
    [3720, '1h 02m'],
    [86399, '1d 00h'],
    [273600, '3d 04h'],
    [-61, '-1m 01s'],
    [null, unknown],
  ])('shows %p seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [1288490189, '1.20 GiB'],
    [12 * 1024 ** 4, '12.0 TiB'],
    [null, unknown],
  ])('shows %p bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('groups digits, and never takes what is not measured for zero', () => {
    expect(formatCount(369190)).toBe('369,190');
    expect(formatCount(12)).toBe('12');
    expect(formatCount(null)).toBe(unknown);
    expect([formatCounted(1, 'event'), formatCounted(2, 'event')]).toEqual(['1 event', '2 events']);
    expect(microsToSeconds(1_500_000)).toBe(1.5);
    expect(microsToSeconds(null)).toBeNull();
  });
});

describe('tables', () => {
  const columns = [{ title: 'unit' }, { title: 'job', shrinks: true }, { title: 'planned', align: 'right' }] as const;

  it('are plain columns where there is no terminal, with nothing cut', () => {
    const long = 'x'.repeat(300);
    const text = renderTable(columns, [['a', long, '1']], { widthChars: null });
    expect(text.split('\n')).toEqual([`unit  job${' '.repeat(299)}planned`, `a     ${long}        1`]);
  });

  it('fit a terminal by shortening what may be shortened, never by wrapping', () => {
    const rows = [
      ['tract=9813', 'processCcd '.repeat(20), '12'],
      ['x', 'short', '1,234'],
    ];
    const lines = renderTable(columns, rows, { widthChars: 60 }).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines.map((line) => line.length)).toEqual([60, 60, 60, 60]);
    expect(lines[2]).toContain('…');
  });

  it('never shorten a column that is not to shrink, however narrow the terminal', () => {
    const text = renderTable(columns, [['tract=9813', 'a'.repeat(50), '123456789']], { widthChars: 10 });
    expect(text).toContain('tract=9813');
    expect(text).toContain('123456789');
  });

  it('show what an event smuggles in as text', () => {
    expect(renderTable([{ title: 'a' }], [['\u001b[2J']], { widthChars: 80 })).toContain('\\e[2J');
  });
});

describe('an event on one line', () => {
  const header = {
    producer: '0b0cbb3c-6a0a-4a5c-9f0f-0f6d5d5f1c11',
    sequence: 1,
    occurredAt: 1_500_000_000_123_456,
    campaign: 'HSC-RC1',
    unit: 'tract=9813',
    attempt: 2,
  };

  it('says when, what, about what, and leaves out what says nothing', () => {
    const line = eventLine(
      { type: 'OperatorNoted', header, text: 'two\nlines', job: null, path: null, ticket: 'DM-1', notedBy: 'ann' },
      null,
    );
    expect(line).toBe(
      '2017-07-14 02:40:00.123  OperatorNoted        HSC-RC1 tract=9813/2  text=two\\nlines  ticket=DM-1  notedBy=ann',
    );
  });

  it('names the first of many files and counts the others', () => {
    const files = ['a', 'b', 'c', 'd', 'e'].map((path) => ({ path, datasetType: null }));
    const line = eventLine(
      { type: 'InputsUsed', header, execution: header.producer, job: 'j', basis: 'declared', files, part: 1, parts: 1 },
      null,
    );
    expect(line).toContain('files=[a, b, c, and 2 more]');
  });

  it('ends at the edge of a terminal', () => {
    const line = eventLine({ type: 'CampaignDeclared', header, description: 'x'.repeat(500), declaredBy: null }, 80);
    expect(line).toHaveLength(80);
    expect(line.endsWith('…')).toBe(true);
  });
});
