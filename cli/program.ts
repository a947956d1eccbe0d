/** The parser of every command but those that read their own arguments. */
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { commandList, loadCommand, type CommandEntry } from './commandList';
import { addCommonOptions, addOutputOptions } from './commonOptions';
import { exitCodes, type ExitCode } from './exitCodes';
import { watchOutput } from './output/lines';
import { packageVersion } from './packageVersion';
import type { reportError } from './reportError';

// Not `import`: it knows every error there is, and so nearly every folder.
const load = createRequire(__filename);

const description = `The processing ledger for batch campaigns: what ran, what it read and wrote, what failed, what is left.`;

const epilogue = `
Exit codes:
  0  done
  1  the check that was run failed
  2  wrong use
  3  the ledger or a file cannot be reached
  4  the ledger's content is damaged
  (exec ends as the job it ran: tractledger exec --help)

The ledger is named by --ledger or TRACTLEDGER_URL; without either it is sqlite:.tractledger/ledger.db.
tractledger COMMAND --help says more about each command.`;

/**
 * Parses the arguments, runs the command they name and tells the exit code. Errors are reported here.
 * @param entry the command that the arguments name, or undefined where they name none
 */
export async function parseAndRun(entry: CommandEntry | undefined, argv: readonly string[]): Promise<ExitCode> {
  watchOutput();
  try {
    await buildProgram(entry).parseAsync([...argv], { from: 'user' });
    return (process.exitCode ?? exitCodes.done) as ExitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse; // commander has said what it is already
    }
    const report = load('./reportError') as { reportError: typeof reportError };
    return report.reportError(error, argv.includes('--debug'));
  }
}

/** The whole program, with only the asked-for command loaded; the others are known by name and summary. */
function buildProgram(asked: CommandEntry | undefined): Command {
  const program = new Command('tractledger')
    .description(description)
    .usage('COMMAND [options]')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', epilogue)
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'tractledger: '));
      },
    })
    .showHelpAfterError('(tractledger --help lists the commands)');
  program.helpCommand('help [command]', 'print the help of a command');
  for (const entry of commandList) {
    const command = program.command(entry.name).summary(entry.summary).helpGroup(entry.group);
    if (entry === asked) {
      define(command, entry);
    }
  }
  return program;
}

function define(command: Command, entry: CommandEntry): void {
  const loaded = loadCommand(entry);
  if ('define' in loaded) {
    command.showHelpAfterError(`(tractledger ${entry.name} --help tells more)`);
    loaded.define(command);
    if (command.commands.length === 0) {
      addCommonOptions(command);
    } else {
      command.commands.forEach((subcommand) => {
        const name = subcommand.name();
        const addOptions = loaded.withoutLedger?.includes(name) === true ? addOutputOptions : addCommonOptions;
        addOptions(subcommand).showHelpAfterError(`(tractledger ${entry.name} ${name} --help tells more)`);
      });
    }
  }
}
