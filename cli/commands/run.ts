/** `tractledger run`: units of a pipeline, run on this machine. */
import { Option, type Command } from 'commander';
import { unitsOf } from '../../pipelines/checkPlan';
import type { PlanScope } from '../../pipelines/fileNames';
import { loadPipeline, type Pipeline } from '../../pipelines/loadPipeline';
import { makePlan } from '../../pipelines/makePlan';
import { freshWorkPlan } from '../../pipelines/workPlan';
import type { PlaceShare } from '../../producers/runner/jobPlaces';
import type { RunSummary } from '../../producers/runner/runAttempt';
import { runUnits } from '../../producers/runner/runUnits';
import { errorMessage } from '../../schemas/systemError';
import { exits } from '../command';
import { UsageError } from '../errors';
import { exitCodes, type ExitCode } from '../exitCodes';
import { stored } from '../operatorFacts';
import { writeJson, writeOutput } from '../output/lines';
import { isAllWell, summaryJson, summaryText } from '../output/runSummary';
import { restartCommand } from '../output/shellWords';
import { formatCounted } from '../output/units';
import { addRunOptions, type RunOptions } from '../runOptions';
import { runHere, type RunSession } from '../runHere';
import { withLedgerToWrite } from '../withLedger';
import { nextAttempts, type NextAttempt } from '../run/nextAttempts';
import { addProjectOption, type ReadingOptions } from '../withViews';

interface Options extends RunOptions, ReadingOptions {
  readonly unit?: readonly string[];
  readonly startOver?: string;
}

const help = `
Examples:
  tractledger run coadd.yaml --campaign HSC-RC1 --unit tract=9813 --root /lustre/hsc --jobs 8
  tractledger run coadd.yaml --campaign HSC-RC1 --root /lustre/hsc        every unit

The units share --jobs: a further one is begun when those under way have no job for a free place.

Each job runs under a sidecar of its own (tractledger exec), with the root folder as its working folder. SIGINT and
SIGTERM stop in order: nothing more is started and running jobs are told; a second one ends them at once.
\`tractledger restart\` goes on from what an attempt has left.

A job finds in its environment TRACTLEDGER_REPORT, the name of a file in which it may say more of its files, a JSON
object a line: {"output": PATH, "contentDigest": HEX, "metadata": {…}} and {"input": PATH} for what it really used.

Exit code: 0 every job is done, 1 some jobs are not, 2 wrong use, 3 ledger or root folder cannot be reached.`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  addProjectOption(
    addRunOptions(
      command
        .description('Run the jobs of units on this machine, record them, and retry what may pass.')
        .argument('<file>', 'the pipeline definition, a YAML file')
        .addOption(new Option('--campaign <name>', 'the campaign').env('TRACTLEDGER_CAMPAIGN'))
        .option('--unit <name...>', 'the units, e.g. tract=9813 (default: all that the tables tell of)')
        .option('--start-over <why>', 'run everything again although the unit has attempts already, for this reason'),
    ),
  )
    .addHelpText('after', help)
    .action(exits(run));
}

async function run(file: string, options: Options): Promise<ExitCode> {
  const { campaign = '' } = options;
  if (campaign === '') {
    throw new UsageError('which campaign is this? Say --campaign NAME or set TRACTLEDGER_CAMPAIGN');
  }
  if (options.startOver?.trim() === '') {
    throw new UsageError('starting over needs a reason, which the ledger keeps: say --start-over WHY');
  }
  const pipeline = loadPipeline(file);
  const units = [...new Set(options.unit ?? unitsToRun(pipeline))];
  const attempts = await nextAttempts({ campaign, units, pipeline, file }, options);
  return withLedgerToWrite(options, async (ledger) => {
    const [first = '', ...more] = units;
    const title = more.length > 0 ? `${campaign}, ${formatCounted(units.length, 'unit')}` : first;
    const summaries = await runHere(ledger, title, options, (session) =>
      runUnits({
        units,
        jobs: options.jobs,
        stop: session.stop,
        run: async (unit, share) => {
          const next = attempts.get(unit) ?? { attempt: 1, earlier: [] };
          const summary = await runUnit(session, pipeline, { campaign, unit, ...next }, share, options);
          if (options.json !== true) {
            session.display.stop();
            await writeOutput(summaryText(summary, `${restartCommand({ campaign, unit }, file, options)} --plan-only`));
          }
          return summary;
        },
        onFailure: (unit, error) => {
          session.display.say(`${unit}: ${errorMessage(error)}`);
        },
      }),
    );
    if (options.json === true) {
      await writeJson({ campaign, units: summaries.map(summaryJson) });
    }
    return summaries.length === units.length && summaries.every(isAllWell) ? exitCodes.done : exitCodes.checkFailed;
  });
}

async function runUnit(
  session: RunSession,
  pipeline: Pipeline,
  { earlier, ...scope }: PlanScope & NextAttempt,
  share: PlaceShare,
  options: Options,
): Promise<RunSummary> {
  const work = freshWorkPlan(makePlan(pipeline, scope));
  const why = scope.attempt === 1 ? 'first' : (stored(options.startOver) ?? 'first');
  return session.run({ work, claim: { why, resumedFromAttempt: null, earlier }, share });
}

/** @throws {UsageError} where the tables tell of no unit */
function unitsToRun(pipeline: Pipeline): readonly string[] {
  const units = pipeline.definition.unit.length === 0 ? [] : unitsOf(pipeline);
  if (units.length === 0) {
    throw new UsageError('which unit is to be run? The definition does not tell: say --unit NAME');
  }
  return units;
}
