/** From the node's outbox into the ledger, for as long as a command may wait for it. */
import { Option, type Command } from 'commander';
import { errorMessage } from '../schemas/systemError';
import { openLedger } from '../ledger/openLedger';
import { drainOutbox } from '../producers/outbox/drainOutbox';
import { withKeptLedger } from '../producers/outbox/keptLedger';
import type { Outbox } from '../producers/outbox/outbox';
import { redactText } from '../schemas/redaction';
import type { CommonOptions } from './commonOptions';
import { escapeControls } from './output/terminal';
import { positiveSeconds } from './optionValues';

/** The options of commands that use the outbox. */
export interface OutboxOptions {
  /** The outbox's file; undefined for the one of this node, user and ledger. */
  readonly outbox?: string;
  /** How long to wait for the ledger, seconds. */
  readonly drainSeconds: number;
}

/** Adds --outbox and --drain-seconds. */
export function addOutboxOptions(command: Command): Command {
  return command
    .addOption(outboxOption())
    .addOption(
      new Option('--drain-seconds <number>', 'how long to wait for the ledger at the end, seconds')
        .argParser(positiveSeconds)
        .default(5),
    );
}

/** --outbox alone. */
export function outboxOption(): Option {
  return new Option('--outbox <path>', 'the file of the outbox (default: the one of this node, user and ledger)').env(
    'TRACTLEDGER_OUTBOX',
  );
}

/** Brings what waits into the ledger; says on standard error where it has to wait. @returns whether all is there */
export async function drainWithin(
  outbox: Outbox,
  { ledger, drainSeconds }: OutboxOptions & CommonOptions,
): Promise<boolean> {
  const onWarning = (message: string): void => {
    process.stderr.write(`tractledger: ${escapeControls(redactText(message))}\n`);
  };
  let why = `the ledger did not take all events within ${String(drainSeconds)} s`;
  try {
    const signal = AbortSignal.timeout(drainSeconds * 1000);
    const isDrained = await withKeptLedger(
      () => openLedger(ledger),
      (target) => drainOutbox(outbox, target, { signal, onWarning }),
    );
    if (isDrained) {
      return true;
    }
  } catch (error) {
    // Whatever it is, the events are stored, and a failure would make its caller send them again.
    why = errorMessage(error);
  }
  onWarning(`${why}; they wait in ${outbox.file} and \`tractledger relay\` brings them on: do not send them again`);
  return false;
}
