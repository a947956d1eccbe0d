/** `tractledger hold`: jobs that are not to be started for now, and the end of such a hold. */
import { Option, type Command } from 'commander';
import { queryHolds } from '../../consumers/queries/holds';
import { campaignNamed } from '../chosenCampaign';
import { exits } from '../command';
import { UsageError } from '../errors';
import { exitCodes } from '../exitCodes';
import { holdStarts, type HoldOptions } from '../holds';
import { addSignatureOptions, operatorName, stateFact, stored } from '../operatorFacts';
import { uuid } from '../optionValues';
import { writeJson, writeOutput } from '../output/lines';
import { outputTarget, renderTable } from '../output/table';
import { unknown } from '../output/units';
import { addReadingOptions, withViews } from '../withViews';

interface Options extends HoldOptions {
  readonly release?: string;
  readonly list?: boolean;
}

const help = `
Examples:
  tractledger hold HSC-RC1 --why "file system maintenance" --ticket IHS-1234
  tractledger hold HSC-RC1 --unit tract=9813
  tractledger hold --list
  tractledger hold --release 6b0c0a52-6d0e-4a5c-8f3e-2c1f0f6f2d11

Runners that are at work, on any host, start nothing more and go on once the hold is released. What runs is not touched.
A hold is named by the UUID that is printed. \`tractledger drain HOST\` holds one host.`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  addReadingOptions(
    addSignatureOptions(
      command
        .description('Keep the jobs of a campaign, or of one unit, from being started; or release such a hold.')
        .argument('[campaign]', 'the campaign; as --campaign')
        .option('--unit <name>', 'only this unit, e.g. tract=9813')
        .option('--why <text>', 'the reason')
        .addOption(new Option('--release <hold>', 'release this hold').argParser(uuid).conflicts('list'))
        .option('--list', 'show the holds in force'),
    ),
  )
    .addHelpText('after', help)
    .action(exits(hold));
}

async function hold(argument: string | undefined, options: Options, command: Command): Promise<0> {
  const campaign = campaignNamed(argument, options, command);
  const about = { ...options, ...(campaign === undefined ? {} : { campaign }) };
  if (options.list === true) {
    await list(about);
  } else if (options.release === undefined) {
    await holdStarts(about, { unit: options.unit ?? null, host: null });
  } else {
    await release(about, options.release);
  }
  return exitCodes.done;
}

async function release(options: Options, name: string): Promise<void> {
  const held = await withViews(options, async ({ views }) =>
    Promise.resolve(queryHolds(views, null, false).find((known) => known.hold === name)),
  );
  if (held === undefined) {
    throw new UsageError(`no hold ${name} was ever stated in ${options.ledger}; see \`tractledger hold --list\``);
  }
  if (held.released) {
    throw new UsageError(`the hold ${name} of ${held.campaign} has been released already: nothing is stored`);
  }
  const words = { why: stored(options.why), releasedBy: operatorName(options) };
  const scope = { campaign: held.campaign, unit: held.unit, attempt: null };
  await stateFact(options, scope, { type: 'StartsReleased', hold: name, ...words });
}

async function list(options: Options): Promise<void> {
  await withViews(options, async ({ views }) => {
    const holds = queryHolds(views, options.campaign ?? null, true);
    if (options.json === true) {
      await writeJson({ holds });
      return;
    }
    const titles = ['hold', 'campaign', 'unit', 'host', 'why', 'ticket', 'by'];
    const columns = titles.map((title) => ({ title, shrinks: title === 'why' }));
    const rows = holds.map(({ hold: name, campaign, unit, host, why, ticket, heldBy }) =>
      [name, campaign, unit, host, why, ticket, heldBy].map((value) => value ?? unknown),
    );
    await writeOutput(rows.length === 0 ? 'no hold is in force\n' : `${renderTable(columns, rows, outputTarget())}\n`);
  });
}
