import fc from 'fast-check';
import type { Finding, VerificationReport } from '../../../consumers/verification/report';
import { briefReport } from '../../../cli/verify/brief';
import { junitReport } from '../../../cli/verify/junit';
import { markdownReport } from '../../../cli/verify/markdown';
import { code, prose } from '../../../cli/verify/markdownText';
import { xmlText } from '../../../cli/verify/xml';
import { changed, cleanStory, fileOf, verified, without } from '../../support/coaddStory';
import { readXml, type XmlElement } from '../../support/wellFormedXml';

const nasty = 'a\u0000b\u0007c]]>d<e>&"\'\t\n\r\u001b[2J\ud800 \ufffe \u{1f600} ü | `x` *y* _z_ <script>';

/** Any UTF-16 at all: controls and halves of characters among it. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(nasty, ']]>', '&#0;', '<!--', '\r\n', '```', '|'),
);

async function reportWith(text: string): Promise<VerificationReport> {
  const report = await verified(changed(cleanStory(), 'FileProduced', fileOf(5), { sizeBytes: 0 }));
  return withText(report, text);
}

/** The report with a text in every place that events fill. */
function withText(report: VerificationReport, text: string): VerificationReport {
  const finding = (one: Finding): Finding => ({ ...one, subject: text, message: text });
  const told = { kind: 'note', unit: text, attempt: 1, text, ticket: text, by: text, events: [] };
  return {
    ...report,
    campaign: text,
    units: report.units.map((unit) => ({ ...unit, unit: text })),
    checks: report.checks.map((check) => ({ ...check, unit: text, findings: check.findings.map(finding) })),
    files: report.files.map((file) => ({ ...file, unit: text, datasetType: text })),
    executables: report.executables.map((row) => ({ ...row, unit: text, executable: text })),
    problems: [told],
    deviations: [told],
  };
}

describe('JUnit XML', () => {
  it('has a suite a unit and a test case a check; what failed says why', async () => {
    const report = await verified(changed(cleanStory(), 'FileProduced', fileOf(5), { sizeBytes: 0 }));
    const root = readXml(junitReport(report));
    const total = String(report.checks.length);
    expect(Object.fromEntries(root.attributes)).toMatchObject({ tests: total, failures: '1', skipped: '0' });
    const [suite] = root.children;
    expect(suite?.children).toHaveLength(report.checks.length);
    const failed = (suite?.children ?? []).filter(({ children }) => children.some((child) => child.name === 'failure'));
    expect(failed.map(({ attributes }) => attributes.get('name'))).toEqual(['files.empty: no file has zero size']);
    expect(failed[0]?.children[0]?.text).toContain('coadd/1.fits');
  });

  it('skips what is not judged or not finished', async () => {
    const report = await verified(without(cleanStory(), ({ type }) => type === 'PipelineDeclared'));
    expect(readXml(junitReport(report)).attributes.get('skipped')).toBe(
      String(report.checks.filter(({ verdict }) => verdict === 'notJudged').length),
    );
  });

  it('is well-formed whatever is in it', async () => {
    const report = await reportWith('');
    fc.assert(
      fc.property(anyText, (text) => {
        const root = readXml(junitReport(withText(report, text)));
        expect(root.name).toBe('testsuites');
      }),
      { numRuns: 300 },
    );
    expect(texts(readXml(junitReport(withText(report, nasty)))).join('')).toContain(
      'c]]>d<e>&"\'\t\n\r\\x1b[2J\\u{d800}',
    );
  });

  it('keeps every text that XML can hold', () => {
    const char = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;
    fc.assert(
      fc.property(
        anyText.filter((text) => char.test(text)),
        (text) => {
          const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
          const read = readXml(`${head}<a b="${xmlText(text)}">${xmlText(text)}</a>\n`);
          expect([read.attributes.get('b'), read.text]).toEqual([text, text]);
        },
      ),
    );
  });
});

function texts({ text, attributes, children }: XmlElement): string[] {
  return [text, ...attributes.values(), ...children.flatMap(texts)];
}

describe('Markdown', () => {
  it('shows the verdict, the tables, the findings with their events, problems and deviations', async () => {
    const text = markdownReport(await verified(changed(cleanStory(), 'FileProduced', fileOf(5), { sizeBytes: 0 })));
    expect(text).toContain('# rc1: fail\n');
    expect(text).toContain('| `calexp` | 2 | 2 | 0 | 0 | 0 | 0 | 0 | 0 | pass |');
    expect(text).toContain('| **all** | 5 | 5 |');
    expect(text).toMatch(/- \*\*fail\*\* `coadd\/1\.fits`: this coadd is empty \[`[0-9a-f-]{36} \d+`\]/);
    ['Table 1', 'Table 2', 'Table 3', '## Problems', '## Deviations', 'By construction'].forEach((part) => {
      expect(text).toContain(part);
    });
  });

  it('keeps its tables and lines whatever is in them', async () => {
    const report = await reportWith('');
    const shape = (text: string): number[] => text.split('\n').map((line) => line.split(/(?<!\\)\|/).length);
    const expected = shape(markdownReport(withText(report, 'x')));
    fc.assert(
      fc.property(anyText, (text) => {
        expect(shape(markdownReport(withText(report, text)))).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('escapes what would be markup', () => {
    expect(prose('a_b *c* <d> [e](f) `g` | h')).toBe('a\\_b \\*c\\* &lt;d> \\[e\\](f) \\`g\\` \\| h');
    expect(code('a `b` | c')).toBe('`` a `b` \\| c ``');
  });
});

describe('the brief report', () => {
  it('is one screen, whatever is wrong', async () => {
    const empty = cleanStory().map((event) => (event.type === 'FileProduced' ? { ...event, sizeBytes: 0 } : event));
    const lines = briefReport(await verified(empty)).split('\n');
    expect(lines[0]).toBe('rc1: fail (DRP-00-05)');
    expect(lines).toContain('  files.empty: fail, 5 findings');
    expect(lines).toContain('    and 4 more');
    const long = briefReport(withText(await verified(empty), nasty.repeat(20)));
    expect(long.split('\n').length).toBeLessThanOrEqual(27);
    expect(Math.max(...long.split('\n').map((line) => line.length))).toBeLessThanOrEqual(200);
  });

  it('tells every finding where that is asked for', async () => {
    const empty = cleanStory().map((event) => (event.type === 'FileProduced' ? { ...event, sizeBytes: 0 } : event));
    const whole = briefReport(await verified(empty), true).split('\n');
    const listed = whole
      .slice(whole.indexOf('  files.empty: fail, 5 findings') + 1)
      .findIndex((line) => !line.startsWith('    '));
    expect([listed, whole.join('\n').includes('more')]).toEqual([5, false]);
  });

  it('says nothing more where nothing is wrong', async () => {
    expect(briefReport(await verified(cleanStory()))).toBe('rc1: pass (DRP-00-05)\ntract=1 attempt 1: pass\n');
  });
});
