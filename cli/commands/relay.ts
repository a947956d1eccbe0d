/** `tractledger relay`: one ledger copied into another. */
import type { Command } from 'commander';
import type { Ledger } from '../../ledger/port';
import { relay, type RelayOptions, type RelayResult } from '../../ledger/relay';
import { exits } from '../command';
import { ledgerUrl, type CommonOptions } from '../commonOptions';
import { exitCodes } from '../exitCodes';
import { createLog } from '../log';
import { writeJson, writeOutput } from '../output/lines';
import { startProgress } from '../output/progress';
import { formatCount } from '../output/units';
import { untilInterrupted } from '../untilInterrupted';
import { withLedger, withLedgerToWrite } from '../withLedger';

interface RelayCommandOptions extends CommonOptions {
  readonly follow?: boolean;
}

const help = `
Examples:
  tractledger relay sqlite:/scratch/node17/ledger.db --ledger sqlite:/data/ledger.db
  tractledger relay sqlite:/data/ledger.db --ledger sqlite:/backup/ledger.db --follow

Events are copied byte for byte. What the target holds already is not copied again, so a relay may be interrupted or
killed anywhere and started again, or run twice at once.`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  command
    .description('Copy the events of a ledger into the one that --ledger names.')
    .argument('<source>', 'the ledger to copy from, e.g. sqlite:PATH', ledgerUrl)
    .option('--follow', 'go on with what comes, until interrupted; a target that is away is waited for')
    .addHelpText('after', help)
    .action(exits(run));
}

async function run(source: string, options: RelayCommandOptions): Promise<0> {
  const result = await withLedger({ ledger: source }, (from) =>
    withLedgerToWrite(options, (to) => (options.follow === true ? keepUp(from, to, options) : catchUp(from, to))),
  );
  if (options.json === true) {
    await writeJson({ events: result.events, stored: result.stored, position: result.position });
  } else {
    const { events, stored } = result;
    await writeOutput(`${formatCount(events)} events read, ${formatCount(stored)} of them new in the target\n`);
  }
  return exitCodes.done;
}

async function catchUp(from: Ledger, to: Ledger): Promise<RelayResult> {
  const progress = startProgress('copying events', await from.countBetween(from.start, await from.end()));
  try {
    return await relay(from, to, {
      onProgress: ({ events }) => {
        progress.update(events);
      },
    });
  } finally {
    progress.stop();
  }
}

async function keepUp(from: Ledger, to: Ledger, { logLevel }: RelayCommandOptions): Promise<RelayResult> {
  const log = createLog({ level: logLevel, service: true });
  const options: RelayOptions = {
    follow: true,
    signal: untilInterrupted(),
    onProgress: ({ events, stored, position }) => {
      log.debug({ events, stored, position }, 'copied');
    },
    onTrouble: (error) => {
      log.warn({ problem: error.message }, 'the target takes no events for now; trying again');
    },
  };
  log.info({ from: from.address, to: to.address }, 'relaying');
  const result = await relay(from, to, options);
  log.info({ events: result.events, stored: result.stored, position: result.position }, 'stopped');
  return result;
}
