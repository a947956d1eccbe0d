/** What an operator states: events that a person writes by hand, with a name to answer for them. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { Option, type Command } from 'commander';
import { encodeEvent } from '../schemas/codec';
import { redactText } from '../schemas/redaction';
import type {
  CheckConcluded,
  DataIdVetoed,
  Header,
  OperatorNoted,
  StartsHeld,
  StartsReleased,
  VetoLifted,
  OutputsWithdrawn,
} from '../schemas/generated/events';
import type { CommonOptions } from './commonOptions';
import { UsageError } from './errors';
import { naturalNumber } from './optionValues';
import { writeJson, writeOutput } from './output/lines';
import { escapeControls } from './output/terminal';
import { withLedgerToWrite } from './withLedger';

/** The options that every operator's fact has. */
export interface FactOptions extends CommonOptions {
  readonly campaign?: string;
  readonly unit?: string;
  readonly attempt?: number;
  readonly ticket?: string;
  readonly by?: string;
}

/** What a fact is about, from its options. */
export type FactScope = Pick<Header, 'campaign' | 'unit' | 'attempt'>;

/** A fact without its header. */
export type OperatorFact =
  | WithoutHeader<OperatorNoted>
  | WithoutHeader<DataIdVetoed>
  | WithoutHeader<VetoLifted>
  | WithoutHeader<StartsHeld>
  | WithoutHeader<StartsReleased>
  | WithoutHeader<OutputsWithdrawn>;

type WithoutHeader<Event> = Omit<Event, 'header'>;

/** Adds --campaign, --unit and --attempt. */
export function addScopeOptions(command: Command): Command {
  return command
    .addOption(new Option('--campaign <name>', 'the campaign it is about').env('TRACTLEDGER_CAMPAIGN'))
    .option('--unit <name>', 'the unit it is about, e.g. tract=9813 (default: the whole campaign)')
    .option('--attempt <number>', 'the attempt it is about (default: no single one)', naturalNumber);
}

/** Adds --ticket and --by. */
export function addSignatureOptions(command: Command): Command {
  return command
    .option('--ticket <name>', 'the ticket that tells more, e.g. DM-10404')
    .option('--by <name>', 'who says so (default: your login name)');
}

/** What the scope options say. @throws {UsageError} where they do not name a campaign */
export function factScope({ campaign, unit, attempt }: FactOptions): FactScope {
  if (campaign === undefined || campaign === '') {
    throw new UsageError('which campaign is this about? Say --campaign NAME or set TRACTLEDGER_CAMPAIGN');
  }
  if (attempt !== undefined && unit === undefined) {
    throw new UsageError('an attempt is one of a unit: say --unit too');
  }
  return { campaign, unit: unit ?? null, attempt: attempt ?? null };
}

/** Who states the fact: --by, else the login name. */
export function operatorName({ by }: FactOptions): string {
  if (by !== undefined) {
    return by;
  }
  try {
    return userInfo().username;
  } catch {
    return `uid ${String(process.getuid?.() ?? 'unknown')}`; // an account without a name, as in some containers
  }
}

/**
 * Appends one fact and says so. A person at a terminal is a producer of one event: the fact is in the ledger when the
 * command ends, or the command fails.
 */
export async function stateFact(options: FactOptions, scope: FactScope, fact: OperatorFact): Promise<void> {
  const { producer, end } = await appendFact(options, scope, fact);
  if (options.json === true) {
    const names = {
      veto: 'veto' in fact ? fact.veto : null,
      hold: 'hold' in fact ? fact.hold : null,
      withdrawal: 'withdrawal' in fact ? fact.withdrawal : null,
    };
    await writeJson({ type: fact.type, ...names, producer, sequence: 1, position: end });
  } else {
    const about = [scope.campaign, scope.unit, scope.attempt === null ? null : `attempt ${String(scope.attempt)}`];
    await writeOutput(`${fact.type}${nameOf(fact)} stored for ${escapeControls(about.filter(Boolean).join(', '))}\n`);
  }
}

/** Appends one fact without a word: its producer, which tells only this, and the ledger's end after it. */
export async function appendFact(
  options: FactOptions,
  scope: FactScope,
  fact: OperatorFact | WithoutHeader<CheckConcluded>,
): Promise<{ readonly producer: string; readonly end: string }> {
  const producer = randomUUID();
  const header: Header = { producer, sequence: 1, occurredAt: Date.now() * 1000, ...scope };
  const bytes = encodeEvent({ ...fact, header });
  const { end } = await withLedgerToWrite(options, (ledger) => ledger.append(producer, 1, [bytes]));
  return { producer, end };
}

/** What later facts call this one. */
function nameOf(fact: OperatorFact): string {
  const name = 'veto' in fact ? fact.veto : 'hold' in fact ? fact.hold : 'withdrawal' in fact ? fact.withdrawal : null;
  return name === null ? '' : ` ${name}`;
}

/** A text of an operator's as it may be stored: without secrets, or null where none was given. */
export function stored(text: string | undefined): string | null {
  return text === undefined ? null : redactText(text);
}
