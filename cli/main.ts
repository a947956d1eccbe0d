#!/usr/bin/env node
/**
 * The command `tractledger`. It loads the one command that is asked for; `exec` stands in front of every job, so it is
 * found before even the parser of the other commands is loaded.
 */
import { createRequire } from 'node:module';
import type { parseAndRun } from './program';
import type { reportError } from './reportError';
import { commandList, loadCommand } from './commandList';

const load = createRequire(__filename);

async function main(argv: readonly string[]): Promise<void> {
  const help = argv[0] === 'help' && argv.length > 1;
  const name = help ? argv[1] : argv[0];
  const entry = commandList.find((command) => command.name === name);
  if (entry?.ownArguments === true) {
    const command = loadCommand(entry);
    if ('run' in command) {
      process.exitCode = await command.run(help ? ['--help'] : argv.slice(1));
    }
    return;
  }
  const program = load('./program') as { parseAndRun: typeof parseAndRun };
  process.exitCode = await program.parseAndRun(entry, argv);
}

const given = process.argv.slice(2);

main(given).catch((error: unknown) => {
  const report = load('./reportError') as { reportError: typeof reportError };
  process.exitCode = report.reportError(error, given.includes('--debug'));
});
