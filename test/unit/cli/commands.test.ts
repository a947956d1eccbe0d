import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { addCommonOptions } from '../../../cli/commonOptions';
import { commandList, loadCommand } from '../../../cli/commandList';

const parsed = commandList.filter((entry) => entry.ownArguments !== true);

function defined(name: string): Command {
  const entry = commandList.find((command) => command.name === name);
  const command = new Command(name);
  const loaded = entry === undefined ? null : loadCommand(entry);
  if (loaded !== null && 'define' in loaded) {
    loaded.define(command);
  }
  return command;
}

/** The commands that take options: a command's subcommands, or itself where it has none. */
function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands;
}

describe('the list of commands', () => {
  it('names every file of the folder commands, and nothing else', () => {
    const files = readdirSync(path.resolve(__dirname, '../../../cli/commands'));
    expect(commandList.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
  });

  it('says what each command does in a line of a terminal', () => {
    for (const { summary } of commandList) {
      expect(summary).toMatch(/^[a-z]/);
      expect(summary.length).toBeLessThan(64);
    }
  });

  it.each(parsed.map(({ name }) => name))('%s has a description, an example, and a text for every option', (name) => {
    const command = defined(name);
    expect(command.description()).toMatch(/\.$/);
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help).toMatch(/Examples?:\n {2}.*tractledger|Examples?:\n {2}echo/);
    for (const leaf of leaves(command)) {
      expect([...leaf.options].map(({ description }) => description)).not.toContain('');
      expect(leaf.registeredArguments.map(({ description }) => description)).not.toContain('');
    }
  });

  it.each(parsed.map(({ name }) => name))('%s takes the common options beside its own', (name) => {
    for (const leaf of leaves(defined(name))) {
      addCommonOptions(leaf); // throws where two options have one name
      expect(leaf.options.map(({ long }) => long)).toEqual(
        expect.arrayContaining(['--ledger', '--json', '--debug', '--log-level']),
      );
    }
  });
});
