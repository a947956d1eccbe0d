/** `tractledger emit`: events as JSON lines, for producers in other languages. */
import { Option, type Command } from 'commander';
import { emitJsonLines } from '../../producers/emitter/emitJsonLines';
import type { EventDraft } from '../../producers/outbox/draft';
import { Outbox } from '../../producers/outbox/outbox';
import { outboxFile } from '../../producers/outbox/outboxLocation';
import { eventTypes } from '../../schemas/registry';
import { exits } from '../command';
import type { CommonOptions } from '../commonOptions';
import { addOutboxOptions, drainWithin, type OutboxOptions } from '../drain';
import { exitCodes } from '../exitCodes';
import { naturalNumber } from '../optionValues';
import { writeJson, writeOutput } from '../output/lines';
import { formatCounted } from '../output/units';

interface EmitOptions extends CommonOptions, OutboxOptions {
  readonly campaign?: string;
  readonly unit?: string;
  readonly attempt?: number;
}

const help = `
Example:
  echo '{"type":"JobHeld","header":{"unit":"tract=9813","attempt":1},"job":"coadd","reason":"disk full"}' |
    tractledger emit --campaign HSC-RC1

Each line is one event: its type, its header (campaign, unit, attempt and occurredAt, where the options or the clock do
not say them) and the fields of the type. Fields that may be null may be left out. A line that is no event is refused
with its number and the field that is wrong; the events before it are stored, nothing after it is.

Events are durable in the node's outbox before they go to the ledger: with a ledger that is away they wait there and the
exit code is 0. Do not send them again; the next exec, emit or relay brings them on.

Event types:
${typeLines()}`;

/** The names of the event types in lines of a terminal. */
function typeLines(): string {
  const lines = eventTypes().reduce<string[]>((all, type) => {
    const line = `${all.at(-1) ?? ' '} ${type}`;
    return line.length < 100 ? [...all.slice(0, -1), line] : [...all, `  ${type}`];
  }, []);
  return lines.join('\n');
}

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command
    .description('Store events that come as JSON lines on standard input.')
    .addOption(
      new Option('--campaign <name>', 'the campaign, where a line does not say it').env('TRACTLEDGER_CAMPAIGN'),
    )
    .addOption(new Option('--unit <name>', 'the unit, where a line does not say it').env('TRACTLEDGER_UNIT'))
    .addOption(
      new Option('--attempt <number>', 'the attempt, where a line does not say it')
        .env('TRACTLEDGER_ATTEMPT')
        .argParser(naturalNumber),
    )
    .addHelpText('after', help);
  addOutboxOptions(command).action(exits(emit));
}

async function emit(options: EmitOptions): Promise<0> {
  const { campaign = null, unit = null, attempt = null } = options;
  const outbox = await Outbox.open(outboxFile(options.ledger, options.outbox));
  try {
    let stored = 0;
    let drained: boolean;
    try {
      const store = storeAndDrain(outbox, options);
      stored = await emitJsonLines(process.stdin, { campaign, unit, attempt }, store);
    } finally {
      drained = await drainWithin(outbox, options);
    }
    if (options.json === true) {
      await writeJson({ stored, inLedger: drained, outbox: outbox.file });
    } else {
      await writeOutput(`${formatCounted(stored, 'event')} stored${drained ? '' : ' in the outbox'}\n`);
    }
    return exitCodes.done;
  } finally {
    await outbox.close();
  }
}

const drainEveryMillis = 1000;

/** Stores in the outbox, and while events trickle in brings them on to the ledger, until it is found to be away. */
function storeAndDrain(outbox: Outbox, options: EmitOptions): (drafts: readonly EventDraft[]) => Promise<void> {
  let ledgerAnswers = true;
  let drainedAt = performance.now();
  return async (drafts) => {
    await outbox.append(drafts);
    if (ledgerAnswers && performance.now() - drainedAt > drainEveryMillis) {
      ledgerAnswers = await drainWithin(outbox, options);
      drainedAt = performance.now();
    }
  };
}
