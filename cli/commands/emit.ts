/** `tractledger emit`: events as JSON lines, for producers in other languages. */
import { Option, type Command } from 'commander';
import { openLedger } from '../../ledger/openLedger';
import { emitJsonLines, EmitLineError } from '../../producers/emitter/emitJsonLines';
import { drainOutbox } from '../../producers/outbox/drainOutbox';
import { recordLostExecutions } from '../../producers/outbox/lostExecutions';
import { Outbox } from '../../producers/outbox/outbox';
import { outboxFile } from '../../producers/outbox/outboxLocation';
import { withinTime } from '../../producers/outbox/withinTime';
import { exits } from '../command';
import type { CommonOptions } from '../commonOptions';
import { UsageError } from '../errors';
import { exitCodes } from '../exitCodes';
import { createLog } from '../log';
import { naturalNumber } from '../optionValues';
import { writeJson, writeOutput } from '../output/lines';
import { formatCount } from '../output/units';

interface EmitOptions extends CommonOptions {
  readonly campaign?: string;
  readonly unit?: string;
  readonly attempt?: number;
  readonly outbox?: string;
  readonly drain: boolean;
}

const drainMillis = 10_000;

const help = `
Each line is one event: its type, its fields by name, and a header with campaign, unit, attempt and occurredAt, all of
which may be left out where the options say them (occurredAt is now, then). Fields that may be null may be left out.

Example:
  echo '{"type":"OperatorNoted","text":"flats look wrong"}' | tractledger emit --campaign HSC-RC1

Events go through this node's outbox: when the command ends with 0 they are durable, and while the ledger is away they
wait there. A line that is no event ends the command with 2; it says which events before it were stored.`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  command
    .description('Store events that come as JSON lines on standard input.')
    .addOption(new Option('--campaign <name>', 'the campaign of lines that name none').env('TRACTLEDGER_CAMPAIGN'))
    .addOption(new Option('--unit <name>', 'the unit of lines that name none').env('TRACTLEDGER_UNIT'))
    .addOption(
      new Option('--attempt <number>', 'the attempt of lines that name none')
        .env('TRACTLEDGER_ATTEMPT')
        .argParser(naturalNumber),
    )
    .addOption(new Option('--outbox <file>', 'the outbox on this node’s disk').env('TRACTLEDGER_OUTBOX'))
    .option('--no-drain', 'leave the events in the outbox; the next sidecar or relay brings them on')
    .addHelpText('after', help)
    .action(exits(emit));
}

async function emit(options: EmitOptions): Promise<0> {
  const outbox = await Outbox.open(outboxFile(options.ledger, options.outbox));
  try {
    const { campaign = null, unit = null, attempt = null } = options;
    let stored: number;
    try {
      stored = await emitJsonLines(process.stdin, { campaign, unit, attempt }, (drafts) => outbox.append(drafts));
    } catch (error) {
      throw error instanceof EmitLineError ? new UsageError(error.message, { cause: error }) : error;
    } finally {
      await bringOn(outbox, options);
    }
    await (options.json === true ? writeJson({ stored }) : writeOutput(`${formatCount(stored)} events stored\n`));
    return exitCodes.done;
  } finally {
    await outbox.close();
  }
}

/** Drains the outbox. A ledger that is away is no failure: sending the lines again would state everything twice. */
async function bringOn(outbox: Outbox, { ledger, drain, logLevel }: EmitOptions): Promise<void> {
  const log = createLog({ level: logLevel, service: false });
  const onWarning = (message: string): void => {
    log.warn(message);
  };
  try {
    await recordLostExecutions(outbox);
  } catch (error) {
    onWarning(`lost executions of this node could not be recorded: ${String(error)}`);
  }
  if (drain) {
    const result = await withinTime(drainMillis, (signal) =>
      drainOutbox(outbox, () => openLedger(ledger), { signal, onWarning }),
    );
    if (!result.done) {
      log.warn(`${result.reason}; the events wait in ${outbox.file}, the next sidecar or relay brings them on`);
    }
  }
}
