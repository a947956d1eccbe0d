/** `tractledger report`: files, wall-clock and CPU, executables: Tables 1, 2 and 3. */
import { Option, type Command } from 'commander';
import { chooseAttempts } from '../../consumers/queries/attempts';
import { costBases, queryCosts, type CostBasis, type Costs } from '../../consumers/queries/costs';
import { queryFileCounts, type FileCount, type FileCounts, type FileTotal } from '../../consumers/queries/fileCounts';
import { expectedCell, expectedColumns, shownBases, type ShownBasis } from '../output/expected';
import { addAttemptOptions, attemptChoice, attemptName, type AttemptOptions } from '../attemptOptions';
import { chosenCampaign } from '../chosenCampaign';
import { exits } from '../command';
import { exitCodes } from '../exitCodes';
import { writeJson, writeOutput } from '../output/lines';
import { outputTarget, renderTable, type Column } from '../output/table';
import { escapeControls } from '../output/terminal';
import { formatBytes, formatCount, formatDecimal, formatDuration } from '../output/units';
import { addReadingOptions, withViews } from '../withViews';

interface ReportOptions extends AttemptOptions {
  readonly cost: CostBasis;
}

const help = `
Examples:
  tractledger report
  tractledger report --unit tract=9813 --all-attempts --cost attempt
  tractledger report --json | jq '.fileCounts[] | select(.expected != null and .expected != .actual)'

--cost says whose CPU time counts: that of the attempt alone (attempt), with the executions whose outputs it took over
(manifest), or that of all attempts up to it (total). With --json times are seconds and sizes bytes; null is unknown or
not measured. Where a plan, an earlier campaign (reference) and an operator say how many files are expected, each has a
column of its own, and in JSON its place in expectedByBasis.`;

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command
    .description('Report what an attempt made and what it cost: files (Table 1), units (2), executables (3).')
    .addOption(
      new Option('--cost <basis>', 'whose CPU time counts, see below').choices([...costBases]).default('manifest'),
    )
    .addHelpText('after', help);
  addReadingOptions(addAttemptOptions(command)).action(exits(report));
}

async function report(options: ReportOptions): Promise<0> {
  return withViews(options, async (current) => {
    const { views } = current;
    const campaign = chosenCampaign(current, options);
    const { files, costs } = views.snapshot(() => {
      const attempts = chooseAttempts(views, campaign, attemptChoice(options));
      return {
        files: queryFileCounts(views, campaign, attempts),
        costs: queryCosts(views, campaign, attempts, options.cost),
      };
    });
    if (options.json === true) {
      const { fileCounts, fileTotals } = files;
      const { units, executables } = costs;
      await writeJson({ campaign, cost: options.cost, fileCounts, fileTotals, units, executables });
    } else {
      const parts = [`campaign ${escapeControls(campaign)}`, table1(files), table2(costs), table3(costs, options.cost)];
      await writeOutput(`${parts.join('\n\n')}\n`);
    }
    return exitCodes.done;
  });
}

const right = (title: string): Column => ({ title, align: 'right' });
const attemptColumns: readonly Column[] = [{ title: 'unit' }, right('attempt')];

const countColumns = ['actual', 'reused', 'absent', 'missing', 'empty', 'partial', 'purged'] as const;

function table1({ fileCounts, fileTotals }: FileCounts): string {
  const bases = shownBases([...fileCounts, ...fileTotals]);
  const columns = [
    ...attemptColumns,
    { title: 'dataset type', shrinks: true },
    ...expectedColumns(bases).map(right),
    ...countColumns.map(right),
    right('size'),
  ];
  const rows = fileTotals.flatMap((total) => {
    const types = fileCounts.filter(({ unit, attempt }) => unit === total.unit && attempt === total.attempt);
    const listed = types.map((count) => countRow(count, count.datasetType, bases));
    return types.length === 0 ? [] : [...listed, countRow(total, 'all', bases)];
  });
  return titled('Table 1: files', columns, rows);
}

function countRow(count: FileCount | FileTotal, datasetType: string, bases: readonly ShownBasis[]): string[] {
  return [
    ...attemptCells(count),
    datasetType,
    ...bases.map((basis) => expectedCell(count, basis)),
    ...countColumns.map((name) => formatCount(count[name])),
    formatBytes(count.bytes),
  ];
}

function table2({ units }: Costs): string {
  const columns = [...attemptColumns, ...['wall-clock', 'hours', 'user CPU', 'user hours', 'system CPU'].map(right)];
  const rows = units.map((unit) => [
    ...attemptCells(unit),
    formatDuration(unit.wallSeconds),
    formatDecimal(quotient(unit.wallSeconds, 3600), 2),
    formatDuration(unit.userCpuSeconds),
    formatDecimal(quotient(unit.userCpuSeconds, 3600), 6),
    formatDuration(unit.systemCpuSeconds),
  ]);
  return titled('Table 2: wall-clock and CPU', columns, rows);
}

function table3({ executables }: Costs, basis: CostBasis): string {
  const columns = [
    ...attemptColumns,
    { title: 'executable', shrinks: true },
    ...['executions', 'not measured', 'user CPU', 'user min', 'system CPU', 'system min', 'max RSS', 'KiB'].map(right),
  ];
  const rows = executables.map((row) => [
    ...attemptCells(row),
    row.executable,
    formatCount(row.executions),
    formatCount(row.notMeasured),
    formatDuration(row.userCpuSeconds),
    formatDecimal(quotient(row.userCpuSeconds, 60), 2),
    formatDuration(row.systemCpuSeconds),
    formatDecimal(quotient(row.systemCpuSeconds, 60), 2),
    formatBytes(row.maxRssBytes),
    formatDecimal(quotient(row.maxRssBytes, 1024), 0),
  ]);
  return titled(`Table 3: executables (${costWords[basis]})`, columns, rows);
}

const costWords: Readonly<Record<CostBasis, string>> = {
  attempt: 'of the attempt alone',
  manifest: 'of the attempt and what it took over',
  total: 'of all attempts up to it',
};

function attemptCells({ unit, attempt }: { unit: string | null; attempt: number | null }): string[] {
  return [attemptName(unit, null), attempt === null ? '' : String(attempt)];
}

function titled(title: string, columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  return `${title}\n${rows.length === 0 ? 'nothing yet' : renderTable(columns, rows, outputTarget())}`;
}

function quotient(value: number | null, unit: number): number | null {
  return value === null ? null : value / unit;
}
