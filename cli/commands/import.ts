/** `tractledger import`: another system's records become events. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Ledger } from '../../ledger/port';
import { importHtcondor } from '../../producers/importers/htcondor/importHtcondor';
import type { ImportReport } from '../../producers/importers/importInput';
import { importNextflow } from '../../producers/importers/nextflow/importNextflow';
import { importQuantumGraph } from '../../producers/importers/quantumGraph/importQuantumGraph';
import { importWfformat } from '../../producers/importers/wfformat/importWfformat';
import { exits } from '../command';
import type { CommonOptions } from '../commonOptions';
import { exitCodes } from '../exitCodes';
import { naturalNumber } from '../optionValues';
import { writeJson, writeOutput } from '../output/lines';
import { startProgress, type Progress } from '../output/progress';
import { escapeControls } from '../output/terminal';
import { formatCount, formatCounted } from '../output/units';
import { withLedgerToWrite } from '../withLedger';

interface ImportOptions extends CommonOptions {
  readonly campaign?: string;
  readonly unit?: string;
  readonly attempt?: number;
  readonly timeZone?: string;
}

interface HtcondorOptions extends ImportOptions {
  /** The file with --dag, false with --no-dag. */
  readonly dag?: string | false;
  readonly startYear?: number;
}

interface DatedOptions extends ImportOptions {
  readonly occurredAt?: number;
}

const help = `
Examples:
  tractledger import htcondor run/pipeline.dag.nodes.log --campaign HSC-RC1 --unit tract=9813
  tractledger import nextflow execution_trace.txt --campaign denoise --unit run-7 --time-zone Europe/Madrid
  tractledger import quantum-graph quanta.jsonl --campaign DP0.2 --unit step1 --occurred-at 2021-11-05T00:00:00Z
  tractledger import wfformat montage.json --campaign montage --unit 2mass-005d

An import again adds nothing, and of a log that has grown only its growth. A file that is malformed is refused as a
whole, with the line; so is a log whose beginning has changed, and a graph or instance that has changed at all: what was
planned or run anew is the unit's next --attempt.`;

/** Adds the command's subcommands with their arguments, options, help and actions. */
export function define(command: Command): void {
  command.description('Turn the records of another system into events.').addHelpText('after', help);
  addScope(
    command
      .command('htcondor')
      .summary('a job event log of HTCondor, with its DAG')
      .description(
        'Import a job event log of HTCondor. Rotated logs beside it (LOG.old, LOG.1 …) are read first; the DAG gives ' +
          'upstream jobs, tasks and, by its attributes bps_campaign and bps_run, the names of campaign and unit.',
      )
      .argument('<log>', 'the job event log, e.g. pipeline.dag.nodes.log')
      .option('--dag <file>', 'the DAG file (default: the one beside the log)')
      .option('--no-dag', 'import without a DAG file'),
  )
    .option('--start-year <year>', 'the year of the first record, for timestamps without one', naturalNumber)
    .action(
      exits(async (log: string, options: HtcondorOptions) =>
        run(options, (ledger, progress) =>
          importHtcondor(ledger, {
            logPath: log,
            ...scopeOf(options),
            ...dagOf(options),
            ...(options.startYear === undefined ? {} : { startYear: options.startYear }),
            onProgress: progress,
          }),
        ),
      ),
    );
  defineNextflow(command);
  definePlans(command);
}

function defineNextflow(command: Command): void {
  addScope(
    command
      .command('nextflow')
      .summary('an execution trace of Nextflow (TSV)')
      .description('Import an execution trace of Nextflow (TSV), with whichever columns it has.')
      .argument('<trace>', 'the trace file'),
  )
    .option('--occurred-at <time>', 'when rows without any time happened, ISO 8601 (default: 1970)', isoMicros)
    .action(
      exits(async (trace: string, options: DatedOptions) =>
        run(options, (ledger, onProgress) =>
          importNextflow(ledger, { tracePath: trace, ...datedScopeOf(options), onProgress }),
        ),
      ),
    );
}

/** Files that are a plan as a whole. */
function definePlans(command: Command): void {
  addNames(
    command
      .command('quantum-graph')
      .summary('a quantum graph of the LSST pipelines (JSON lines)')
      .description(
        'Import a quantum graph, one quantum a line as JSON: jobs with what they wait for, read and write, the files ' +
          'that come from outside, and how many files of each dataset type are expected, basis plan.',
      )
      .argument('<graph>', 'the graph, a JSON lines file'),
  )
    .option('--occurred-at <time>', 'when it was planned, ISO 8601 (default: 1970)', isoMicros)
    .action(
      exits(async (graph: string, options: DatedOptions) =>
        run(options, (ledger, onProgress) =>
          importQuantumGraph(ledger, { graphPath: graph, ...datedScopeOf(options), onProgress }),
        ),
      ),
    );
  addScope(
    command
      .command('wfformat')
      .summary('a workflow instance of WfCommons (WfFormat 1.4 or 1.5, JSON)')
      .description(
        'Import a workflow instance in WfFormat 1.4 or 1.5: the plan, and the executions and files of its run where it ' +
          'tells of one.',
      )
      .argument('<instance>', 'the instance, a JSON file'),
  )
    .option('--occurred-at <time>', 'when the run began, ISO 8601 (default: as the instance says)', isoMicros)
    .action(
      exits(async (instance: string, options: DatedOptions) =>
        run(options, (ledger, onProgress) =>
          importWfformat(ledger, { instancePath: instance, ...datedScopeOf(options), onProgress }),
        ),
      ),
    );
}

function addNames(command: Command): Command {
  return command
    .addOption(new Option('--campaign <name>', 'the campaign it belongs to').env('TRACTLEDGER_CAMPAIGN'))
    .option('--unit <name>', 'the unit it is an attempt of')
    .option('--attempt <number>', 'the number of the attempt (default: 1)', naturalNumber);
}

function addScope(command: Command): Command {
  return addNames(command).option(
    '--time-zone <zone>',
    'where its local times were written: UTC, -06:00 or a name such as America/Chicago',
  );
}

async function run(
  options: ImportOptions,
  work: (ledger: Ledger, onProgress: (done: number, total: number) => void) => Promise<ImportReport>,
): Promise<0> {
  let bar: Progress | null = null;
  try {
    const report = await withLedgerToWrite(options, (ledger) =>
      work(ledger, (done, total) => {
        bar ??= startProgress('storing events', total);
        bar.update(done);
      }),
    );
    stop(bar);
    await print(report, options.json === true);
    return exitCodes.done;
  } finally {
    stop(bar);
  }
}

function stop(bar: Progress | null): void {
  bar?.stop();
}

async function print(report: ImportReport, json: boolean): Promise<void> {
  report.warnings.forEach((warning) => {
    process.stderr.write(`tractledger: warning: ${escapeControls(warning)}\n`);
  });
  if (json) {
    await writeJson(report);
    return;
  }
  const { campaign, unit, attempt, records, read, stored, ignored, leftForLater, timeZone } = report;
  const lines = [
    `${campaign}, ${unit}, attempt ${String(attempt)}: ${formatCounted(records, 'record')} give ${formatCounted(read, 'event')}, ` +
      `${formatCount(stored)} of them new`,
    ...(timeZone === null ? [] : [`local times were read in ${timeZone}`]),
    ...Object.entries(ignored).map(([reason, count]) => `left out: ${formatCount(count)} × ${reason}`),
    ...(leftForLater === null
      ? []
      : [
          `the last record, from ${leftForLater.file}:${String(leftForLater.line)}, is not complete yet: left for later`,
        ]),
  ];
  await writeOutput(lines.map((line) => `${escapeControls(line)}\n`).join(''));
}

function dagOf({ dag }: HtcondorOptions): { dagPath?: string | null } {
  return dag === undefined ? {} : { dagPath: dag === false ? null : dag };
}

function scopeOf({ campaign, unit, attempt, timeZone }: ImportOptions): Omit<ImportOptions, keyof CommonOptions> {
  return Object.fromEntries(
    Object.entries({ campaign, unit, attempt, timeZone }).filter(([, value]) => value !== undefined),
  );
}

/** For files that do not name campaign and unit themselves. */
function datedScopeOf(options: DatedOptions): { campaign: string; unit: string; occurredAtMicros?: number } {
  const { campaign = '', unit = '', ...scope } = scopeOf(options);
  const at = options.occurredAt === undefined ? {} : { occurredAtMicros: options.occurredAt };
  return { campaign, unit, ...scope, ...at };
}

function isoMicros(text: string): number {
  const millis = Date.parse(text);
  if (Number.isNaN(millis) || !/(Z|[+-]\d\d:?\d\d)$/.test(text)) {
    throw new InvalidArgumentError('Expected a time with its zone, such as 2026-01-02T03:04:05Z.');
  }
  return millis * 1000;
}
