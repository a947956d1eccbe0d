/** A verification on one screen: the verdicts, and what is wrong. */
import { verdicts, type CheckResult, type VerificationReport } from '../../consumers/verification/report';
import { escapeControls } from '../output/terminal';
import { formatCounted } from '../output/units';
import { aboutText, abouts, resultText, verdictWords } from './words';

/** Findings of a check that are shown, characters of a line, lines in all: what fits a screen. */
const findingsOnScreen = 1;
const widestChars = 160;
const mostLines = 24;

/**
 * The text, with a line end.
 * @param isWhole whether all that the report lists is told, instead of what fits a screen
 */
export function briefReport(report: VerificationReport, isWhole = false): string {
  const all = abouts(report);
  const shown = all.slice(0, isWhole ? all.length : mostLines);
  // Every unit has its verdict, and an equal share of the lines that are left.
  const linesEach = isWhole ? Infinity : Math.floor((mostLines - shown.length) / Math.max(1, shown.length));
  const lines = shown.flatMap((about) => {
    const verdict = report.units.find(({ unit }) => unit === about.unit)?.verdict;
    const head = verdict === undefined ? aboutText(about) : `${aboutText(about)}: ${verdictWords[verdict]}`;
    return [head, ...limited(wrongLines(report, about.unit, isWhole), linesEach)];
  });
  const more = all.length > shown.length ? [`and ${formatCounted(all.length - shown.length, 'more unit')}`] : [];
  const title = `${report.campaign}: ${verdictWords[report.verdict]} (${report.testCase}${report.strict ? ', strict' : ''})`;
  const text = [title, ...lines, ...more].map(escapeControls);
  return `${(isWhole ? text : text.map(cut)).join('\n')}\n`;
}

/** The checks of a unit that say something, the worst first. */
function wrongLines({ checks }: VerificationReport, about: string | null, isWhole: boolean): string[] {
  return checks
    .filter(({ unit, verdict, findings }) => unit === about && (verdict !== 'pass' || findings.some(isTelling)))
    .sort((a, b) => verdicts.indexOf(b.verdict) - verdicts.indexOf(a.verdict))
    .flatMap((result) => checkLines(result, isWhole ? Infinity : findingsOnScreen));
}

function limited(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) {
    return lines;
  }
  return most < 1 ? [] : [...lines.slice(0, most - 1), '  … more without --brief'];
}

/** A total that does not reconcile is told even where it decides nothing. */
function isTelling({ subject }: { readonly subject: string }): boolean {
  return subject.startsWith('total (');
}

/** A sentence is read from its beginning, so its end is what may lack. */
function cut(line: string): string {
  const characters = Array.from(line);
  return characters.length <= widestChars ? line : `${characters.slice(0, widestChars - 1).join('')}…`;
}

function checkLines(result: CheckResult, findingsEach: number): string[] {
  const { check, findings, findingCount } = result;
  const listed = findings.slice(0, findingsEach).map(({ subject, message }) => `    ${subject}: ${message}`);
  const rest = findingCount - listed.length;
  const more = listed.length > 0 && rest > 0 ? [`    and ${String(rest)} more`] : [];
  return [`  ${check}: ${resultText(result)}`, ...listed, ...more];
}
