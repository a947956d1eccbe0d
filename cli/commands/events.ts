/** `tractledger events`: the events themselves, as the ledger holds them. */
import { InvalidArgumentError, type Command } from 'commander';
import type { EventFilter } from '../../consumers/queries/eventFilter';
import { selectEvents, type EventsOptions, type RecordedEvent } from '../../consumers/queries/events';
import type { Ledger, LedgerDamage } from '../../ledger/port';
import { eventToJson, microsToIso } from '../../schemas/json';
import { eventTypes, type EventType } from '../../schemas/registry';
import { exits } from '../command';
import type { CommonOptions } from '../commonOptions';
import { exitCodes, type ExitCode } from '../exitCodes';
import { naturalNumber, uuid } from '../optionValues';
import { eventLine } from '../output/eventLine';
import { LineWriter, outputClosed } from '../output/lines';
import { startProgress } from '../output/progress';
import { outputTarget } from '../output/table';
import { escapeControls } from '../output/terminal';
import { untilInterrupted } from '../untilInterrupted';
import { withLedger } from '../withLedger';

interface EventsCommandOptions extends CommonOptions {
  readonly type?: EventType[];
  readonly producer?: string;
  readonly campaign?: string;
  readonly unit?: string;
  readonly attempt?: number;
  readonly job?: string;
  readonly execution?: string;
  readonly path?: string;
  readonly from?: string;
  readonly limit?: number;
  readonly follow?: boolean;
  readonly skipDamage?: boolean;
}

const help = `
Examples:
  tractledger events --type ExecutionFailed --unit tract=9813
  tractledger events --path deepCoadd/HSC-I/9813/4,4.fits --json | jq .header.producer
  tractledger events --follow --json

With --json each line is an event with two fields more: recordedAt, and position: reading on --from there misses nothing
after this event (events recorded in one batch may come again; producer and sequence tell them). With --skip-damage a
stretch that cannot be read is a line {"damage": …} and the exit code is 4.`;

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command
    .description('Show the events themselves, in the order in which the ledger recorded them.')
    .option('--type <name...>', 'only events of these types, e.g. ExecutionFailed', collectTypes)
    .option('--producer <uuid>', 'only events of this producer', uuid)
    .option('--campaign <name>', 'only events of this campaign')
    .option('--unit <name>', 'only events of this unit')
    .option('--attempt <number>', 'only events of this attempt', naturalNumber)
    .option('--job <name>', 'only events that name this job')
    .option('--execution <uuid>', 'only events that name this execution', uuid)
    .option('--path <path>', 'only events that name the file with this logical path')
    .option('--from <position>', 'begin behind this position (default: the start of the ledger)')
    .option('--limit <number>', 'end after so many events', naturalNumber)
    .option('--follow', 'wait for more events at the end, until interrupted')
    .option('--skip-damage', 'show what cannot be read and go on behind it')
    .addHelpText('after', help)
    .action(exits(events));
}

async function events(options: EventsCommandOptions): Promise<ExitCode> {
  return withLedger(options, async (ledger) => {
    const damages: LedgerDamage[] = [];
    const progress = startProgress('reading events', await countOf(ledger, options));
    try {
      const reading: EventsOptions = {
        ...(options.from === undefined ? {} : { from: options.from }),
        ...(options.follow === true ? { follow: AbortSignal.any([untilInterrupted(), outputClosed()]) } : {}),
        ...(options.skipDamage === true ? { onDamage: (damage) => damages.push(damage) } : {}),
        onProgress: (done) => {
          progress.update(done);
        },
      };
      return await print(selectEvents(ledger, filterOf(options), reading), damages, options);
    } finally {
      progress.stop();
    }
  });
}

async function print(
  selected: AsyncIterable<RecordedEvent>,
  damages: readonly LedgerDamage[],
  { json = false, follow = false, limit = Infinity }: EventsCommandOptions,
): Promise<ExitCode> {
  const writer = new LineWriter();
  const { widthChars } = outputTarget();
  const form = json ? jsonLine : ({ event }: RecordedEvent) => eventLine(event, widthChars);
  let shown = 0;
  let damagesShown = 0;
  const showDamage = async (): Promise<void> => {
    for (const damage of damages.slice(damagesShown)) {
      damagesShown += 1;
      await writer.line(json ? JSON.stringify({ damage }) : escapeControls(`damaged: ${damage.message}`));
    }
  };
  for await (const recorded of selected) {
    await showDamage();
    await writer.line(form(recorded));
    shown += 1;
    if (follow) {
      await writer.flush();
    }
    if (shown >= limit) {
      break;
    }
  }
  await showDamage();
  await writer.flush();
  return damages.length > 0 ? exitCodes.damaged : exitCodes.done;
}

function jsonLine({ event, recordedAtMicros, position }: RecordedEvent): string {
  return JSON.stringify({ ...eventToJson(event), recordedAt: microsToIso(recordedAtMicros), position });
}

/** How many events there are to look at, for the progress bar; null where that is not known or there is no end. */
async function countOf(ledger: Ledger, { from, follow }: EventsCommandOptions): Promise<number | null> {
  return follow === true ? null : ledger.countBetween(from ?? ledger.start, await ledger.end());
}

function filterOf(options: EventsCommandOptions): EventFilter {
  const { type: types, producer, campaign, unit, attempt, job, execution, path } = options;
  const named = { types, producer, campaign, unit, attempt, job, execution, path };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function collectTypes(name: string, earlier: EventType[] | undefined): EventType[] {
  const type = eventTypes().find((known) => known.toLowerCase() === name.toLowerCase());
  if (type === undefined) {
    throw new InvalidArgumentError(`It is no event type; known are ${eventTypes().join(', ')}.`);
  }
  return [...(earlier ?? []), type];
}
