/** What the command `restart` can be told. */
import { Option, type Command } from 'commander';
import { checkLevels, type CheckLevel } from '../../consumers/files/fileCheck';
import { UsageError } from '../errors';
import { addRunOptions, type RunOptions } from '../runOptions';
import { addProjectOption, type ReadingOptions } from '../withViews';

/** The options of `restart`. */
export interface RestartCommandOptions extends ReadingOptions, Omit<RunOptions, 'root'> {
  readonly definition?: string;
  readonly fromLedger?: boolean;
  readonly planOnly?: boolean;
  readonly explain?: string;
  readonly job?: readonly string[];
  readonly ifEnvironmentChanged?: boolean;
  readonly spreadRemakes?: boolean;
  readonly checkFiles: CheckLevel | 'none';
  readonly root?: string;
  readonly acceptMissing?: boolean;
  readonly force?: boolean;
  readonly why?: string;
  readonly format: RestartFormat;
  readonly dag?: string;
}

const formats = ['table', 'json', 'rescue', 'dag'] as const;

/** How the plan is told. */
export type RestartFormat = (typeof formats)[number];

/** Adds the options of `restart`. */
export function addRestartOptions(command: Command): Command {
  command
    .option('--definition <file>', 'the pipeline definition, a YAML file')
    .option('--from-ledger', 'plan by what the ledger says was planned, as for imported runs (without --definition)')
    .option('--plan-only', 'tell what would be done, and do nothing')
    .option('--explain <job>', 'tell one job’s story over all attempts and what is decided of it')
    .option('--job <name...>', 'run these jobs again, whatever they have to show')
    .option('--if-environment-changed', 'run again what was made in another environment')
    .option('--spread-remakes', 'files made again from the same count as changed where they come out different')
    .addOption(
      new Option('--check-files <level>', 'look at the disk first, how closely')
        .choices(['none', ...checkLevels])
        .default('none'),
    )
    .option('--accept-missing', 'believe it when more than 5 % of the files under the root are missing')
    .option('--force', 'go on although executions may still be running; needs --why')
    .option('--why <text>', 'the reason, which the ledger keeps')
    .addOption(new Option('--format <name>', 'how the plan is told').choices(formats).default('table'))
    .option('--dag <file>', 'the DAG file of an imported HTCondor run, for --format dag');
  return addProjectOption(addRunOptions(command, { needsRoot: false }));
}

/** Whether nothing is to be run: the plan is only looked at, or made for another system. */
export function isPlanOnly({ planOnly, explain, format }: RestartCommandOptions): boolean {
  return planOnly === true || explain !== undefined || format === 'rescue' || format === 'dag';
}

/** @throws {UsageError} where options contradict each other or one lacks its companion */
export function checkOptions(options: RestartCommandOptions): void {
  const { definition, fromLedger, checkFiles, root, force, why, format, dag } = options;
  if (fromLedger === true && definition !== undefined) {
    throw new UsageError('--from-ledger plans without a definition: leave --definition out, or --from-ledger');
  }
  if (!isPlanOnly(options) && definition === undefined) {
    throw new UsageError('which commands are to be run? Say --definition FILE, or --plan-only to run nothing');
  }
  if (!isPlanOnly(options) && !options.project) {
    throw new UsageError('what is run must rest on all that is known: leave --no-project out, or say --plan-only');
  }
  if (checkFiles !== 'none' && root === undefined) {
    throw new UsageError('where do the files lie? --check-files needs --root FOLDER');
  }
  if (force === true && (why === undefined || why.trim() === '')) {
    throw new UsageError('--force needs a reason: say --why TEXT');
  }
  if (format === 'dag' && dag === undefined) {
    throw new UsageError('which DAG is to be pruned? --format dag needs --dag FILE');
  }
}
