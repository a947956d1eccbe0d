/** A verification on one screen: the verdicts, and what is wrong. */
import type { CheckResult, VerificationReport } from '../../consumers/verification/report';
import { escapeControls, shorten } from '../output/terminal';
import { aboutText, abouts, resultText, verdictWords } from './words';

/** Findings of a check that are shown, characters of a line, checks of a unit, units: what fits a screen. */
const findingsEach = 1;
const widestChars = 160;
const mostLines = 24;

/** The text, with a line end. */
export function briefReport(report: VerificationReport): string {
  const lines = abouts(report).flatMap((about) => {
    const wrong = report.checks.filter(
      ({ unit, verdict, findings }) => unit === about.unit && (verdict !== 'pass' || findings.some(isTelling)),
    );
    const verdict = report.units.find(({ unit }) => unit === about.unit)?.verdict;
    const head = verdict === undefined ? aboutText(about) : `${aboutText(about)}: ${verdictWords[verdict]}`;
    return [head, ...wrong.flatMap(checkLines)];
  });
  const shown = lines.slice(0, mostLines);
  const rest = lines.length - shown.length;
  const more = rest === 0 ? [] : [`… ${String(rest)} more lines without --brief`];
  const title = `${report.campaign}: ${verdictWords[report.verdict]} (${report.testCase}${report.strict ? ', strict' : ''})`;
  return `${[title, ...shown, ...more].map((line) => shorten(escapeControls(line), widestChars)).join('\n')}\n`;
}

/** A total that does not reconcile is told even where it decides nothing. */
function isTelling({ subject }: { readonly subject: string }): boolean {
  return subject.startsWith('total (');
}

function checkLines(result: CheckResult): string[] {
  const { check, findings, findingCount } = result;
  const listed = findings.slice(0, findingsEach).map(({ subject, message }) => `    ${subject}: ${message}`);
  const rest = findingCount - listed.length;
  const more = listed.length > 0 && rest > 0 ? [`    and ${String(rest)} more`] : [];
  return [`  ${check}: ${resultText(result)}`, ...listed, ...more];
}
