/** `tractledger run`: units of a pipeline, run on this machine. */
import { Option, type Command } from 'commander';
import { unitsOf } from '../../pipelines/checkPlan';
import type { PlanScope } from '../../pipelines/fileNames';
import { loadPipeline, type Pipeline } from '../../pipelines/loadPipeline';
import { makePlan } from '../../pipelines/makePlan';
import { freshWorkPlan } from '../../pipelines/workPlan';
import { attemptsUpTo, lastBegunAttempt } from '../../consumers/queries/attempts';
import { nextAttempt, type UnclaimedAttempt } from '../../producers/attempts/claimAttempt';
import type { PlaceShare } from '../../producers/runner/jobPlaces';
import type { RunSummary } from '../../producers/runner/runAttempt';
import { runUnits } from '../../producers/runner/runUnits';
import { errorMessage } from '../../schemas/systemError';
import type { Ledger } from '../../ledger/port';
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
import { addProjectOption, withViews, type ReadingOptions } from '../withViews';

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
  const pipeline = loadPipeline(file);
  const units = [...new Set(options.unit ?? unitsToRun(pipeline))];
  // Made where it is not there yet: a run may be the first that is told to a ledger.
  await withLedgerToWrite(options, (ledger) => ledger.end());
  const known = await knownAttempts(campaign, units, options);
  return withLedgerToWrite(options, async (ledger) => {
    const attempts = await attemptsOf(ledger, campaign, known, file, options);
    const [first = '', ...more] = units;
    const title = more.length > 0 ? `${campaign}, ${formatCounted(units.length, 'unit')}` : first;
    const summaries = await runHere(ledger, title, options, (session) =>
      runUnits({
        units,
        jobs: options.jobs,
        stop: session.stop,
        run: async (unit, share) => {
          const next = attempts.get(unit) ?? firstAttempt;
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

/** An attempt to begin, and those before it. */
interface NextAttempt {
  readonly attempt: number;
  readonly earlier: readonly UnclaimedAttempt[];
}

const firstAttempt: NextAttempt = { attempt: 1, earlier: [] };

/**
 * The attempts that the views know each unit to have begun, from 1. What another system ran, and an import or a sidecar
 * told of, nobody has claimed in the ledger.
 */
async function knownAttempts(
  campaign: string,
  units: readonly string[],
  options: Options,
): Promise<ReadonlyMap<string, readonly UnclaimedAttempt[]>> {
  return withViews(options, ({ views }) =>
    Promise.resolve(
      new Map(
        units.map((unit) => [unit, attemptsUpTo(views, { campaign, unit }, lastBegunAttempt(views, campaign, unit))]),
      ),
    ),
  );
}

/**
 * The attempt that each unit would have next.
 * @throws {UsageError} where one has been attempted already and that is not what was asked for: nothing is begun then
 */
async function attemptsOf(
  ledger: Ledger,
  campaign: string,
  known: ReadonlyMap<string, readonly UnclaimedAttempt[]>,
  file: string,
  options: Options,
): Promise<ReadonlyMap<string, NextAttempt>> {
  const attempts = new Map<string, NextAttempt>();
  for (const [unit, earlier] of known) {
    const attempt = Math.max(await nextAttempt(ledger, campaign, unit), earlier.length + 1);
    if (attempt > 1 && options.startOver === undefined) {
      throw attemptedAlready({ campaign, unit, attempt: attempt - 1 }, file, options);
    }
    attempts.set(unit, { attempt, earlier });
  }
  return attempts;
}

function attemptedAlready({ campaign, unit, attempt }: PlanScope, file: string, options: Options): UsageError {
  const restart = restartCommand({ campaign, unit }, file, options);
  return new UsageError(
    `${unit} has been attempted already, last as attempt ${String(attempt)}: \`${restart}\` runs only what is left of it; ` +
      'to run everything again all the same, say --start-over WHY',
  );
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
