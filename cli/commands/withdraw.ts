/** `tractledger withdraw`: outputs that were made and are not to be used any more. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { chooseAttempts } from '../../consumers/queries/attempts';
import { countFilesMeant } from '../../consumers/queries/concerned';
import { QuestionError } from '../../consumers/queries/errors';
import { queryWithdrawals } from '../../consumers/queries/withdrawals';
import { canonicalDataId, parseDataId } from '../../schemas/dataId';
import { chosenCampaign } from '../chosenCampaign';
import { exits } from '../command';
import { UsageError } from '../errors';
import { exitCodes } from '../exitCodes';
import { addSignatureOptions, operatorName, stateFact, stored, type FactOptions } from '../operatorFacts';
import { naturalNumber } from '../optionValues';
import { writeJson, writeOutput } from '../output/lines';
import { outputTarget, renderTable } from '../output/table';
import { formatCounted, unknown } from '../output/units';
import { addReadingOptions, withViews, type ReadingOptions } from '../withViews';

interface WithdrawOptions extends FactOptions, ReadingOptions {
  readonly campaign?: string;
  readonly task?: string;
  readonly datasetType?: string;
  readonly why: string;
}

const help = `
Examples:
  tractledger withdraw --task processCcd --why "wrong flat" --unit tract=9813 --ticket DM-10404
  tractledger withdraw visit=1228 --why "patched stack" --unit tract=9813
  tractledger withdraw --dataset-type deepCoadd_calexp --why "bad background" --unit tract=9813 --attempt 1
  tractledger withdraw list

What the attempt named and those before it made is withdrawn: what is made again counts. \`tractledger restart\` then makes
the outputs again, and what was made from them.`;

/** Adds the command's subcommands with their arguments, options, help and actions. */
export function define(command: Command): void {
  command.description('Say that outputs which were made are not to be used any more.').addHelpText('after', help);
  defineAdd(command.command('add', { isDefault: true }));
  addReadingOptions(
    command.command('list').summary('show what was withdrawn').description('Show what was withdrawn of a campaign.'),
  ).action(exits(list));
}

function defineAdd(command: Command): void {
  command
    .summary('withdraw outputs (this is the default: `withdraw KEY=VALUE…`)')
    .description(
      'Withdraw the outputs of jobs whose data ID holds these values; without any, of all that is named else.',
    )
    .argument('[dimension...]', 'the data ID, key=value or one JSON object')
    .option('--unit <name>', 'the unit, e.g. tract=9813 (default: every unit)')
    .option('--attempt <number>', 'the last attempt concerned (default: each unit’s latest)', naturalNumber)
    .option('--task <name>', 'the step whose outputs are meant (default: all)')
    .option('--dataset-type <name>', 'the kind of file that is meant (default: all)')
    .requiredOption('--why <text>', 'the reason');
  addSignatureOptions(addReadingOptions(command)).action(exits(add));
}

async function add(dimensions: string[], options: WithdrawOptions): Promise<0> {
  const { unit, attempt } = options;
  if (attempt !== undefined && unit === undefined) {
    throw new UsageError('an attempt is one of a unit: say --unit too');
  }
  const dataId = dimensions.length === 0 ? null : canonicalDataId(parseDataId(dimensions));
  if (dataId === '{}') {
    throw new UsageError('an empty data ID means nothing; leave it out to withdraw the outputs of all jobs');
  }
  const { task = null, datasetType = null } = options;
  if ([unit, task, datasetType, dataId].every((part) => part === undefined || part === null)) {
    throw new UsageError(
      'that would be all that was ever made: say which, by KEY=VALUE, --task, --dataset-type or at least --unit',
    );
  }
  const { campaign, withdrawals } = await withViews(options, (current) => {
    const chosen = chosenCampaign(current, options);
    const choice = { ...(unit === undefined ? {} : { unit }), ...(attempt === undefined ? {} : { attempt }) };
    // A fact for each unit: their attempts are numbered apart, and those to come must not be concerned.
    const each = chooseAttempts(current.views, chosen, choice)
      .filter((about) => about.unit !== '' && about.attempt > 0)
      .map((about) => ({
        ...about,
        files: countFilesMeant(current.views, chosen, { ...about, task, dataId, datasetType }),
      }))
      .filter(({ files }) => files > 0);
    return Promise.resolve({ campaign: chosen, withdrawals: each });
  });
  if (withdrawals.length === 0) {
    throw new QuestionError(
      `nothing is withdrawn: of what ${campaign} has made no file is meant; \`tractledger jobs\` shows tasks and data IDs, \`tractledger report\` dataset types`,
    );
  }
  for (const about of withdrawals) {
    await withdraw(options, { campaign, ...about }, { task, dataId, datasetType });
  }
  return exitCodes.done;
}

async function withdraw(
  options: WithdrawOptions,
  { campaign, unit, attempt, files }: { campaign: string; unit: string; attempt: number; files: number },
  meant: { task: string | null; dataId: string | null; datasetType: string | null },
): Promise<void> {
  await stateFact(
    options,
    { campaign, unit, attempt },
    {
      type: 'OutputsWithdrawn',
      withdrawal: randomUUID(),
      ...meant,
      why: stored(options.why) ?? '',
      ticket: options.ticket ?? null,
      withdrawnBy: operatorName(options),
    },
  );
  if (options.json !== true) {
    await writeOutput(`it concerns ${formatCounted(files, 'file')}\n`);
  }
}

async function list(options: ReadingOptions): Promise<0> {
  return withViews(options, async (current) => {
    const campaign = chosenCampaign(current, options);
    const withdrawals = queryWithdrawals(current.views, campaign);
    if (options.json === true) {
      await writeJson({ campaign, withdrawals });
      return exitCodes.done;
    }
    const titles = ['withdrawal', 'unit', 'up to attempt', 'task', 'data ID', 'dataset type', 'why', 'ticket', 'by'];
    const columns = titles.map((title) => ({ title, shrinks: title === 'why' || title === 'data ID' }));
    const rows = withdrawals.map((each) =>
      [
        each.withdrawal,
        each.unit,
        each.attempt === null ? null : String(each.attempt),
        each.task,
        each.dataId === null ? null : JSON.stringify(each.dataId),
        each.datasetType,
        each.why,
        each.ticket,
        each.withdrawnBy,
      ].map((value) => value ?? unknown),
    );
    await writeOutput(rows.length === 0 ? 'nothing is withdrawn\n' : `${renderTable(columns, rows, outputTarget())}\n`);
    return exitCodes.done;
  });
}
