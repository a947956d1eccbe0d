/** `tractledger veto`: data that must not be processed, and the end of such a veto. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { findVeto, queryVetoes } from '../../consumers/queries/vetoes';
import { canonicalDataId, parseDataId } from '../../schemas/dataId';
import { isUuid } from '../../schemas/uuid';
import { chosenCampaign } from '../chosenCampaign';
import { exits } from '../command';
import { UsageError } from '../errors';
import { exitCodes } from '../exitCodes';
import { tellJobsMeant } from '../jobsMeant';
import {
  addScopeOptions,
  addSignatureOptions,
  factScope,
  operatorName,
  stateFact,
  stored,
  type FactOptions,
} from '../operatorFacts';
import { writeJson, writeOutput } from '../output/lines';
import { outputTarget, renderTable } from '../output/table';
import { unknown } from '../output/units';
import { addProjectOption, addReadingOptions, withViews, type ReadingOptions } from '../withViews';

interface VetoOptions extends FactOptions, ReadingOptions {
  readonly campaign?: string;
  readonly task?: string;
  readonly why?: string;
}

interface ListOptions extends ReadingOptions {
  readonly all?: boolean;
}

const help = `
Examples:
  tractledger veto visit=1228 ccd=49 --why "satellite trail" --campaign HSC-RC1 --ticket DM-11000
  tractledger veto '{"visit":1228}' --task processCcd --why "wrong flat" --campaign HSC-RC1
  tractledger veto list
  tractledger veto lift 6b0c0a52-6d0e-4a5c-8f3e-2c1f0f6f2d11 --why "flat replaced"

A veto concerns every job whose data ID holds all the values named. It is named by the UUID that is printed.`;

/** Adds the command's subcommands with their arguments, options, help and actions. */
export function define(command: Command): void {
  command.description('Keep data from being processed, or lift such a veto.').addHelpText('after', help);
  defineAdd(command.command('add', { isDefault: true }));
  defineLift(command.command('lift'));
  defineList(command.command('list'));
}

function defineAdd(command: Command): void {
  command
    .summary('veto a data ID (this is the default: `veto KEY=VALUE…`)')
    .description('Keep every job whose data ID holds these values from being run.')
    .argument('<dimension...>', 'the data ID, key=value or one JSON object')
    .option('--task <name>', 'the step it concerns (default: all)')
    .requiredOption('--why <text>', 'the reason');
  addProjectOption(addSignatureOptions(addScopeOptions(command))).action(exits(add));
}

function defineLift(command: Command): void {
  command
    .summary('let vetoed data be processed again')
    .description('Let vetoed data be processed again; campaign and unit are those of the veto.')
    .argument('<veto>', 'the UUID that names the veto')
    .option('--why <text>', 'the reason');
  addProjectOption(addSignatureOptions(command)).action(exits(lift));
}

function defineList(command: Command): void {
  command
    .summary('show the vetoes in force')
    .description('Show the vetoes of a campaign.')
    .option('--all', 'those that were lifted, too');
  addReadingOptions(command).action(exits(list));
}

async function add(dimensions: string[], options: VetoOptions): Promise<0> {
  const dataId = canonicalDataId(parseDataId(dimensions));
  if (dataId === '{}') {
    throw new UsageError('an empty data ID would veto everything; name at least one dimension');
  }
  const scope = factScope(options);
  const { task = null, ticket = null } = options;
  await stateFact(options, scope, {
    type: 'DataIdVetoed',
    veto: randomUUID(),
    task,
    dataId,
    why: stored(options.why) ?? '',
    ticket,
    vetoedBy: operatorName(options),
  });
  // Said afterwards: what must not be processed is vetoed at once, however long the views take.
  await tellJobsMeant(options, scope.campaign, { unit: scope.unit, task, dataId });
  return exitCodes.done;
}

async function lift(name: string, options: VetoOptions): Promise<0> {
  const veto = name.toLowerCase();
  if (!isUuid(veto)) {
    throw new UsageError(`${JSON.stringify(name)} is no UUID; a veto is named by the UUID printed when it was stated`);
  }
  const stated = await withViews(options, ({ views }) => Promise.resolve(findVeto(views, veto)));
  // A lift of one that nobody stated would be a slip of the pen kept for ever.
  if (stated === undefined) {
    throw new UsageError(`no veto ${veto} was ever stated in ${options.ledger}; see \`tractledger veto list\``);
  }
  const { campaign, unit, lifted } = stated;
  if (lifted) {
    throw new UsageError(`the veto ${veto} of ${campaign} has been lifted already: nothing is stored`);
  }
  await stateFact(
    options,
    { campaign, unit, attempt: null },
    {
      type: 'VetoLifted',
      veto,
      why: stored(options.why),
      ticket: options.ticket ?? null,
      liftedBy: operatorName(options),
    },
  );
  return exitCodes.done;
}

async function list(options: ListOptions): Promise<0> {
  return withViews(options, async (current) => {
    const campaign = chosenCampaign(current, options);
    const vetoes = queryVetoes(current.views, campaign, options.all !== true);
    if (options.json === true) {
      await writeJson({ campaign, vetoes });
    } else {
      const titles = ['veto', 'unit', 'task', 'data ID', 'why', 'ticket', 'by', 'lifted'];
      const columns = titles.map((title) => ({ title, shrinks: title === 'why' || title === 'data ID' }));
      const rows = vetoes.map(({ veto, unit, task, dataId, why, ticket, vetoedBy, lifted, liftedBy }) =>
        [veto, unit, task, JSON.stringify(dataId), why, ticket, vetoedBy, lifted ? (liftedBy ?? 'yes') : null].map(
          (value) => value ?? unknown,
        ),
      );
      await writeOutput(
        rows.length === 0 ? 'no veto is in force\n' : `${renderTable(columns, rows, outputTarget())}\n`,
      );
    }
    return exitCodes.done;
  });
}
