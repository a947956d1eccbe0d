/** A verification report for people, in Markdown. */
import type { CheckResult, Finding, Told, VerificationReport } from '../../consumers/verification/report';
import { table1, table2, table3 } from './markdownTables';
import { code, prose, table } from './markdownText';
import { aboutText, abouts, eventText, resultText, sectionTitles, verdictWords } from './words';

/** The document, with a line end. */
export function markdownReport(report: VerificationReport): string {
  const { campaign, testCase, verdict, strict } = report;
  const parts = [
    `# ${prose(campaign)}: ${verdictWords[verdict]}`,
    `Verification by ${testCase} as DMTR-51 applies it${strict ? '; strict: what cannot be judged fails' : ''}.`,
    summary(report),
    ...[1, 2, 3, 4, 5].flatMap((section) => sectionOf(report, section)),
    '## Problems',
    toldList(report.problems, 'No attempt failed and no execution was lost.'),
    '## Deviations',
    toldList(report.deviations, 'Nothing was purged, vetoed, withdrawn, held, corrected or remarked.'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function summary({ units }: VerificationReport): string {
  const columns = ['unit', 'attempt', 'outcome', 'verdict', 'held against'].map((title) => ({ title }));
  const rows = units.map(({ unit, attempt, outcome, verdict, pipeline }) => [
    unit === null ? '(no unit)' : code(unit),
    attempt === null ? '' : String(attempt),
    outcome ?? 'not ended',
    `**${verdictWords[verdict]}**`,
    pipeline === null
      ? 'no definition'
      : `${prose(pipeline.name)} ${pipeline.digest === null ? '(from a file)' : code(pipeline.digest.slice(0, 12))}`,
  ]);
  return table(columns, rows);
}

function sectionOf(report: VerificationReport, section: number): string[] {
  const results = report.checks.filter((result) => result.section === section);
  const names = [...new Set(results.map(({ check }) => check))];
  return [
    `## ${String(section)}. ${sectionTitles[section] ?? ''}`,
    overview(report, results, names),
    ...byConstruction(results, names),
    ...(section === 1 ? table1(report) : []),
    ...(section === 4 ? [table2(report), table3(report)] : []),
    ...names.flatMap((name) => findingsOf(results.filter(({ check }) => check === name))),
  ];
}

/** What must hold, and whether it does, a column a unit. */
function overview(report: VerificationReport, results: readonly CheckResult[], names: readonly string[]): string {
  const columns = abouts(report).filter((about) => results.some(({ unit }) => unit === about.unit));
  const rows = names.map((name) => {
    const same = results.filter(({ check }) => check === name);
    const cells = columns.map((about) => same.find(({ unit }) => unit === about.unit));
    return [
      prose(same[0]?.title ?? ''),
      ...cells.map((result) => (result === undefined ? '' : prose(resultText(result)))),
    ];
  });
  return table([{ title: 'what must hold' }, ...columns.map((about) => ({ title: prose(aboutText(about)) }))], rows);
}

function byConstruction(results: readonly CheckResult[], names: readonly string[]): string[] {
  const lines = names.flatMap((name) => {
    const result = results.find(({ check }) => check === name);
    return result?.byConstruction == null ? [] : [`- ${prose(result.title)}: ${prose(result.byConstruction)}.`];
  });
  return lines.length === 0 ? [] : [`By construction:\n\n${lines.join('\n')}`];
}

function findingsOf(results: readonly CheckResult[]): string[] {
  return results
    .filter(({ findingCount }) => findingCount > 0)
    .map((result) => {
      const { check, findings, findingCount } = result;
      const rest = findingCount - findings.length;
      const more = rest > 0 ? [`- … and ${String(rest)} more (\`--all\` lists them)`] : [];
      return [
        `### ${check}, ${prose(aboutText(result))}\n`,
        ...findings.map((one) => findingLine(one, result)),
        ...more,
      ].join('\n');
    });
}

function findingLine({ verdict, attempt, subject, message, events }: Finding, about: CheckResult): string {
  const earlier = attempt === null || attempt === about.attempt ? '' : ` (attempt ${String(attempt)})`;
  const word = verdict === 'note' ? 'note' : verdictWords[verdict];
  return `- **${word}**${earlier} ${code(subject)}: ${prose(message)}${resting(events)}`;
}

function toldList(told: readonly Told[], none: string): string {
  if (told.length === 0) {
    return none;
  }
  return told
    .map(({ kind, unit, attempt, text, ticket, by, events }) => {
      const signed = [by, ticket].filter((part) => part !== null).map(prose);
      const who = signed.length === 0 ? '' : ` (${signed.join(', ')})`;
      return `- **${kind}**, ${prose(aboutText({ unit, attempt }))}: ${prose(text)}${who}${resting(events)}`;
    })
    .join('\n');
}

function resting(events: Finding['events']): string {
  return events.length === 0 ? '' : ` [${events.map((event) => code(eventText(event))).join(', ')}]`;
}
