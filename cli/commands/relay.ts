/** `tractledger relay`: one ledger copied into another, or this node's outbox drained. */
import type { Command } from 'commander';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { relay, type RelayResult } from '../../ledger/relay';
import { outboxFile } from '../../producers/outbox/outboxLocation';
import { exits } from '../command';
import { ledgerUrl, type CommonOptions } from '../commonOptions';
import { outboxOption } from '../drain';
import { exitCodes } from '../exitCodes';
import { createLog } from '../log';
import { writeJson, writeOutput } from '../output/lines';
import { startProgress } from '../output/progress';
import { escapeControls } from '../output/terminal';
import { formatCount, formatCounted } from '../output/units';
import { startBacklogLog } from '../relayBacklog';
import { drainOnce, keepDraining, type DrainedOutbox } from '../relayOutbox';
import { untilInterrupted } from '../untilInterrupted';
import { withLedger, withLedgerToWrite } from '../withLedger';

interface RelayCommandOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly outbox?: string;
}

const help = `
Examples:
  tractledger relay
  tractledger relay --follow --ledger sqlite:/data/ledger.db
  tractledger relay sqlite:/data/ledger.db --ledger sqlite:/backup/ledger.db

Without a source it drains the outbox of this node into the ledger: what the sidecars there left behind while the ledger
was away. Executions whose sidecar was killed are recorded as lost. With a source it copies that ledger, byte for byte;
what the target holds already is not copied again. Either may be interrupted or killed anywhere and started again.`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  command
    .description('Drain the outbox of this node into the ledger, or copy another ledger into it.')
    .argument('[source]', 'the ledger to copy from, e.g. sqlite:PATH (default: the outbox)', ledgerUrl)
    .option('--follow', 'go on with what comes, until interrupted; a target that is away is waited for')
    .addOption(outboxOption())
    .addHelpText('after', help)
    .action(exits(run));
}

async function run(source: string | undefined, options: RelayCommandOptions): Promise<0> {
  if (source === undefined) {
    await drain(options);
    return exitCodes.done;
  }
  const result = await withLedger({ ledger: source }, (from) =>
    withLedgerToWrite(options, (to) => (options.follow === true ? keepUp(from, to, options) : catchUp(from, to))),
  );
  if (options.json === true) {
    await writeJson({ events: result.events, stored: result.stored, position: result.position });
  } else {
    const { events, stored } = result;
    await writeOutput(`${formatCounted(events, 'event')} read, ${formatCount(stored)} of them new in the target\n`);
  }
  return exitCodes.done;
}

async function drain(options: RelayCommandOptions): Promise<void> {
  const file = outboxFile(options.ledger, options.outbox);
  const openTarget = (): Promise<Ledger> => openLedger(options.ledger);
  if (options.follow === true) {
    const log = createLog({ level: options.logLevel, service: true });
    await keepDraining(file, openTarget, log, untilInterrupted());
    return;
  }
  const result = await drainOnce(file, openTarget, (warning) => {
    process.stderr.write(`tractledger: ${escapeControls(warning)}\n`);
  });
  await (options.json === true ? writeJson(result) : writeOutput(`${drainedLine(result)}\n`));
}

function drainedLine({ outbox, exists, drained, lost }: DrainedOutbox): string {
  if (!exists) {
    return `there is no outbox at ${outbox}: nothing waits`;
  }
  const told = lost.length === 0 ? '' : `, ${formatCounted(lost.length, 'execution')} recorded as lost`;
  return `${formatCounted(drained, 'event')} brought from ${outbox} into the ledger${told}`;
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
  const signal = untilInterrupted();
  log.info({ from: from.address, to: to.address }, 'relaying');
  const backlog = startBacklogLog(from, log);
  const result = await relay(from, to, {
    follow: true,
    signal,
    onProgress: (progress) => {
      const { events, stored, position } = progress;
      log.debug({ events, stored, position }, 'copied');
      backlog.note(progress);
    },
    onTrouble: (error) => {
      log.warn({ problem: error.message }, 'one of the two does not answer; trying again');
    },
  }).finally(backlog.stop);
  log.info({ events: result.events, stored: result.stored, position: result.position }, 'stopped');
  return result;
}
