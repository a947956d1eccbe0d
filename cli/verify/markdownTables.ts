/** Tables 1, 2 and 3 in the form and the units of DMTR-51. */
import { bases, type Basis, type VerificationReport, type VerifiedFiles } from '../../consumers/verification/report';
import { formatCount, unknown } from '../output/units';
import { code, prose, table } from './markdownText';
import { aboutText, verdictWords } from './words';

const right = (title: string) => ({ title, right: true });

const countNames = ['actual', 'reused', 'absent', 'missing', 'empty', 'partial', 'purged'] as const;

/** Table 1, a table a unit: what each basis expects stands side by side, never mixed. */
export function table1(report: VerificationReport): string[] {
  const stated = bases.filter(
    (basis) => basis === 'plan' || report.files.some(({ expected }) => expected[basis] !== null),
  );
  return report.units.map((about) => {
    const files = report.files.filter(({ unit }) => unit === about.unit);
    const columns = [
      { title: 'dataset type' },
      ...stated.map((basis) => right(`expected (${basis})`)),
      ...countNames.map(right),
      { title: 'verdict' },
      ...(stated.includes('reference') ? [{ title: 'against the reference' }] : []),
    ];
    const rows = files.map((row) => [
      code(row.datasetType),
      ...stated.map((basis) => formatCount(row.expected[basis])),
      ...countNames.map((name) => formatCount(row[name])),
      verdictText(row),
      ...(stated.includes('reference') ? [verdictWords[row.referenceVerdict]] : []),
    ]);
    const total = [
      '**all**',
      ...stated.map((basis) => totalText(report, about.unit, basis)),
      ...countNames.map((name) => formatCount(files.reduce((sum, row) => sum + row[name], 0))),
      '',
      ...(stated.includes('reference') ? [''] : []),
    ];
    return `Table 1: files of ${prose(aboutText(about))}\n\n${table(columns, [...rows, total])}`;
  });
}

function verdictText({ verdict, judgedBy, acceptedLosses, unfinished }: VerifiedFiles): string {
  const parts = [
    acceptedLosses > 0 ? `${formatCount(acceptedLosses)} lost` : null,
    unfinished > 0 ? `${formatCount(unfinished)} to come` : null,
    judgedBy === 'plan' || judgedBy === null ? null : `by ${judgedBy}`,
  ].filter((part) => part !== null);
  return `${verdictWords[verdict]}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}

/** What was declared as the total, never a sum. */
function totalText({ totals }: VerificationReport, unit: string | null, basis: Basis): string {
  return formatCount(totals.find((total) => total.unit === unit && total.basis === basis)?.declared ?? null);
}

/** Table 2: hours. */
export function table2({ costs }: VerificationReport): string {
  const columns = [{ title: 'unit' }, right('wall-clock (h)'), right('user CPU (h)'), right('system CPU (h)')];
  const rows = costs.map((row) => [
    prose(aboutText(row)),
    decimal(row.wallSeconds, 3600, 2),
    decimal(row.userCpuSeconds, 3600, 6),
    decimal(row.systemCpuSeconds, 3600, 6),
  ]);
  return `Table 2: wall-clock and CPU time\n\n${table(columns, rows)}`;
}

/** Table 3: minutes and kilobytes of 1,024 bytes. */
export function table3({ executables }: VerificationReport): string {
  const columns = [
    { title: 'unit' },
    { title: 'executable' },
    ...['executions', 'not measured', 'user CPU (min)', 'system CPU (min)', 'max RSS (kB)'].map(right),
  ];
  const rows = executables.map((row) => [
    prose(aboutText(row)),
    code(row.executable),
    formatCount(row.executions),
    formatCount(row.notMeasured),
    decimal(row.userCpuSeconds, 60, 2),
    decimal(row.systemCpuSeconds, 60, 2),
    row.maxRssBytes === null ? unknown : String(Math.round(row.maxRssBytes / 1024)),
  ]);
  return `Table 3: executables\n\n${table(columns, rows)}`;
}

function decimal(seconds: number | null, unit: number, digits: number): string {
  return seconds === null ? unknown : (seconds / unit).toFixed(digits);
}
