/** `tractledger drain`: a host on which no more jobs are to be started. */
import type { Command } from 'commander';
import { exits } from '../command';
import { exitCodes } from '../exitCodes';
import { holdStarts, type HoldOptions } from '../holds';
import { addSignatureOptions } from '../operatorFacts';
import { addReadingOptions } from '../withViews';

const help = `
Examples:
  tractledger drain node17 --why "memory errors" --ticket IHS-1240
  tractledger hold --release 6b0c0a52-6d0e-4a5c-8f3e-2c1f0f6f2d11

Runners at work on the host start nothing more there; what runs is not touched. The host is named as hostname(1) has it.`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  addReadingOptions(
    addSignatureOptions(
      command
        .description('Keep the jobs of a campaign from being started on a host. `hold --release` ends that.')
        .argument('<host>', 'the host, as hostname(1) names it')
        .option('--unit <name>', 'only this unit, e.g. tract=9813')
        .option('--why <text>', 'the reason'),
    ),
  )
    .addHelpText('after', help)
    .action(exits(drain));
}

async function drain(host: string, options: HoldOptions): Promise<0> {
  await holdStarts(options, { unit: options.unit ?? null, host });
  return exitCodes.done;
}
