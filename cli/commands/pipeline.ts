/** `tractledger pipeline`: what a pipeline definition says, and whether it is sound. */
import { Option, type Command } from 'commander';
import { nameFormats } from '../../pipelines/names/formatNames';
import { exits } from '../command';
import { checkDefinition } from '../pipeline/check';
import { diff } from '../pipeline/diff';
import { printNames } from '../pipeline/names';
import { showDefinition } from '../pipeline/show';
import { addProjectOption } from '../withViews';

const help = `
Examples:
  tractledger pipeline check coadd.yaml
  tractledger pipeline show coadd.yaml --unit tract=9813
  tractledger pipeline names coadd.yaml --format butler-policy
  tractledger pipeline diff last-week.yaml coadd.yaml
  tractledger pipeline diff --campaigns HSC-RC1-w21 HSC-RC1-w22

pipelines/README.md in the package tells how a definition is written; pipelines/pipeline.schema.json beside it is its JSON
Schema, for editors.`;

/** A definition says what it says, whatever ledger there is. */
export const withoutLedger = ['check', 'show', 'names'];

/** Adds the command's subcommands with their arguments, options, help and actions. */
export function define(command: Command): void {
  command
    .description('Check pipeline definitions, show what they come to and what differs between two.')
    .addHelpText('after', help);
  addUnitOption(
    command
      .command('check')
      .summary('tell everything that is wrong with a definition')
      .description(
        'Check a definition, its tables and the plan of each unit. Every problem is told with file and line; the exit ' +
          'code is 1 where there is one.',
      )
      .argument('<file>', 'the definition, a YAML file'),
  ).action(exits(checkDefinition));
  addUnitOption(
    command
      .command('show')
      .summary('a definition’s jobs, files and edges in numbers')
      .description('Show the expanded graph in numbers: jobs by task, files by dataset type, edges, the longest path.')
      .argument('<file>', 'the definition, a YAML file'),
  ).action(exits(showDefinition));
  addProjectOption(
    command
      .command('diff')
      .summary('what differs between two definitions, or two campaigns')
      .description(
        'Tell what differs between two definitions, or between two campaigns as they ran, and what that changes for ' +
          'verification, as a note in Markdown.',
      )
      .argument('<before>', 'a definition, a YAML file; with --campaigns a campaign')
      .argument('<after>', 'the other')
      .option(
        '--campaigns',
        'compare campaigns of the ledger: environments, configuration, dataset types read and written, counts, CPU ' +
          'time and memory, as of the latest attempt of each unit',
      ),
  ).action(exits(diff));
  command
    .command('names')
    .summary('file names for another system')
    .description('Print the templates of file names in another system’s format, all from the one definition.')
    .argument('<file>', 'the definition, a YAML file')
    .addOption(new Option('--format <name>', 'the format').choices(Object.keys(nameFormats)).makeOptionMandatory())
    .action(exits(printNames));
}

function addUnitOption(command: Command): Command {
  return command.addOption(new Option('--unit <name...>', 'only these units, e.g. tract=9813 (default: all)'));
}
