/** What a file under commands/ exports. */
import type { Command } from 'commander';
import type { ExitCode } from './exitCodes';

/** A command that the common parser reads: `define` adds its arguments, options, help and action. */
export interface ParsedCommand {
  readonly define: (command: Command) => void;
  /** The names of those of its subcommands that use no ledger, and so are not told of one. */
  readonly withoutLedger?: readonly string[];
}

/** A command that reads its own arguments: those after its name. Resolves to the exit code of the process. */
export interface RawCommand {
  readonly run: (argv: readonly string[]) => Promise<number>;
}

/** The exports of a command's file. */
export type CommandModule = ParsedCommand | RawCommand;

/** Turns a command's work into a commander action: what it resolves to becomes the exit code of the process. */
export function exits<Arguments extends unknown[]>(
  work: (...args: Arguments) => Promise<ExitCode>,
): (...args: Arguments) => Promise<void> {
  return async (...args) => {
    const code = await work(...args);
    process.exitCode = code;
  };
}
