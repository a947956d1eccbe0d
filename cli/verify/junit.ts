/** A verification as JUnit XML: a suite a unit, a test case a check. */
import type { CheckResult, Finding, VerificationReport } from '../../consumers/verification/report';
import { aboutText, abouts, eventText, resultText } from './words';
import { element, xmlText } from './xml';

/**
 * The document. What fails is a failure; what is not judged or not finished is skipped; findings that do not decide are
 * in system-out.
 */
export function junitReport(report: VerificationReport): string {
  const suites = abouts(report).map((about) => {
    const results = report.checks.filter(({ unit }) => unit === about.unit);
    return { name: aboutText(about), results, ...counts(results) };
  });
  const total = counts(report.checks);
  const content = suites.map(({ name, results, ...numbers }) =>
    element(
      'testsuite',
      { name: `${report.testCase} ${report.campaign} ${name}`, ...numbers, errors: 0 },
      results.map((result) => testCaseOf(report, result)),
    ),
  );
  const root = element('testsuites', { name: `${report.testCase} ${report.campaign}`, ...total, errors: 0 }, content);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

function counts(results: readonly CheckResult[]): {
  readonly tests: number;
  readonly failures: number;
  readonly skipped: number;
} {
  const outcomes = results.map(outcomeOf);
  return {
    tests: outcomes.length,
    failures: outcomes.filter((outcome) => outcome === 'failure').length,
    skipped: outcomes.filter((outcome) => outcome === 'skipped').length,
  };
}

function outcomeOf({ verdict }: CheckResult): 'passed' | 'failure' | 'skipped' {
  if (verdict === 'fail') {
    return 'failure';
  }
  return verdict === 'partial' || verdict === 'notJudged' ? 'skipped' : 'passed';
}

function testCaseOf(report: VerificationReport, result: CheckResult): string {
  const outcome = outcomeOf(result);
  const text = findingsText(result);
  const message = resultText(result);
  const classname = `${report.testCase}.${String(result.section)}.${aboutText(result)}`;
  const content = ((): string[] => {
    switch (outcome) {
      case 'failure':
        return [element('failure', { type: result.check, message }, [xmlText(text)])];
      case 'skipped':
        return [element('skipped', { message }), ...(text === '' ? [] : [element('system-out', {}, [xmlText(text)])])];
      default:
        return text === '' ? [] : [element('system-out', {}, [xmlText(text)])];
    }
  })();
  return element('testcase', { classname, name: `${result.check}: ${result.title}` }, content);
}

function findingsText({ findings, findingCount }: CheckResult): string {
  const rest = findingCount - findings.length;
  return [...findings.map(findingText), ...(rest > 0 ? [`and ${String(rest)} more`] : [])].join('\n');
}

function findingText({ verdict, subject, message, events }: Finding): string {
  const resting = events.length === 0 ? '' : ` (events ${events.map(eventText).join(', ')})`;
  return `${verdict}: ${subject}: ${message}${resting}`;
}
