/** `tractledger run`: a unit of a pipeline, run on this machine. */
import { Option, type Command } from 'commander';
import { unitsOf } from '../../pipelines/checkPlan';
import { loadPipeline, type Pipeline } from '../../pipelines/loadPipeline';
import { makePlan } from '../../pipelines/makePlan';
import { freshWorkPlan } from '../../pipelines/workPlan';
import { nextAttempt } from '../../producers/attempts/claimAttempt';
import type { RunSummary } from '../../producers/runner/runAttempt';
import type { Ledger } from '../../ledger/port';
import { exits } from '../command';
import { UsageError } from '../errors';
import { exitCodes, type ExitCode } from '../exitCodes';
import { stored } from '../operatorFacts';
import { writeJson, writeOutput } from '../output/lines';
import { isAllWell, summaryJson, summaryText } from '../output/runSummary';
import { addRunOptions, type RunOptions } from '../runOptions';
import { runHere } from '../runHere';
import { withLedgerToWrite } from '../withLedger';

interface Options extends RunOptions {
  readonly campaign?: string;
  readonly unit?: readonly string[];
  readonly startOver?: string;
}

const help = `
Examples:
  tractledger run coadd.yaml --campaign HSC-RC1 --unit tract=9813 --root /lustre/hsc --jobs 8
  tractledger run coadd.yaml --campaign HSC-RC1 --root /lustre/hsc        every unit, one after the other

Each job runs under a sidecar of its own (tractledger exec), with the root folder as its working folder. SIGINT and
SIGTERM stop in order: nothing more is started and running jobs are told; a second one ends them at once.
\`tractledger restart\` goes on from what an attempt has left.

A job finds in its environment TRACTLEDGER_REPORT, the name of a file in which it may say more of its files, a JSON
object a line: {"output": PATH, "contentDigest": HEX, "metadata": {…}} and {"input": PATH} for what it really used.

Exit code: 0 every job is done, 1 some jobs are not, 2 wrong use, 3 ledger or root folder cannot be reached.`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  addRunOptions(
    command
      .description('Run the jobs of a unit on this machine, record them, and retry what may pass.')
      .argument('<file>', 'the pipeline definition, a YAML file')
      .addOption(new Option('--campaign <name>', 'the campaign').env('TRACTLEDGER_CAMPAIGN'))
      .option('--unit <name...>', 'the units, e.g. tract=9813 (default: all that the tables tell of)')
      .option('--start-over <why>', 'run everything again although the unit has attempts already, for this reason'),
  )
    .addHelpText('after', help)
    .action(exits(run));
}

async function run(file: string, options: Options): Promise<ExitCode> {
  const { campaign = '' } = options;
  if (campaign === '') {
    throw new UsageError('which campaign is this? Say --campaign NAME or set TRACTLEDGER_CAMPAIGN');
  }
  const pipeline = loadPipeline(file);
  const units = options.unit ?? unitsToRun(pipeline);
  return withLedgerToWrite(options, async (ledger) => {
    const summaries: RunSummary[] = [];
    for (const unit of units) {
      const summary = await runUnit(ledger, pipeline, { campaign, unit }, options);
      summaries.push(summary);
      if (options.json !== true) {
        await writeOutput(summaryText(summary));
      }
      if (summary.outcome === 'stopped') {
        break;
      }
    }
    if (options.json === true) {
      await writeJson({ campaign, units: summaries.map(summaryJson) });
    }
    return summaries.length === units.length && summaries.every(isAllWell) ? exitCodes.done : exitCodes.checkFailed;
  });
}

async function runUnit(
  ledger: Ledger,
  pipeline: Pipeline,
  { campaign, unit }: { readonly campaign: string; readonly unit: string },
  options: Options,
): Promise<RunSummary> {
  const attempt = await nextAttempt(ledger, campaign, unit);
  if (attempt > 1 && options.startOver === undefined) {
    throw new UsageError(
      `${unit} has been attempted already: \`tractledger restart ${campaign} ${unit}\` runs only what is left of it; ` +
        'to run everything again all the same, say --start-over WHY',
    );
  }
  const work = freshWorkPlan(makePlan(pipeline, { campaign, unit, attempt }));
  const why = stored(options.startOver) ?? 'first';
  return runHere(ledger, work, { why: attempt === 1 ? 'first' : why, resumedFromAttempt: null }, options);
}

/** @throws {UsageError} where the tables tell of no unit */
function unitsToRun(pipeline: Pipeline): readonly string[] {
  const units = pipeline.definition.unit.length === 0 ? [] : unitsOf(pipeline);
  if (units.length === 0) {
    throw new UsageError('which unit is to be run? The definition does not tell: say --unit NAME');
  }
  return units;
}
