/** `tractledger note`: an operator's remark becomes an event. */
import type { Command } from 'commander';
import { exits } from '../command';
import { UsageError } from '../errors';
import { exitCodes } from '../exitCodes';
import {
  addScopeOptions,
  addSignatureOptions,
  factScope,
  operatorName,
  stateFact,
  stored,
  type FactOptions,
} from '../operatorFacts';

interface NoteOptions extends FactOptions {
  readonly job?: string;
  readonly path?: string;
}

const help = `
Examples:
  tractledger note "patched stack, see ticket" --campaign HSC-RC1 --ticket DM-10404
  tractledger note "flat field looks wrong" --campaign HSC-RC1 --unit tract=9813 --path calib/flat-HSC-I.fits

A note stays: the ledger forgets nothing. What looks like a password is replaced before it is stored.`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  command
    .description('Record a remark for those who read the account later.')
    .argument('<text>', 'the remark')
    .addHelpText('after', help);
  addScopeOptions(command)
    .option('--job <name>', 'the job it is about')
    .option('--path <path>', 'the logical path of the file it is about');
  addSignatureOptions(command).action(exits(note));
}

async function note(text: string, options: NoteOptions): Promise<0> {
  if (text.trim() === '') {
    throw new UsageError('the remark is empty');
  }
  await stateFact(options, factScope(options), {
    type: 'OperatorNoted',
    text: stored(text) ?? '',
    job: options.job ?? null,
    path: options.path ?? null,
    ticket: options.ticket ?? null,
    notedBy: operatorName(options),
  });
  return exitCodes.done;
}
