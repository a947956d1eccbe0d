/** Events as JSON lines, for producers in other languages: each line an event, stored through the node's outbox. */
import { errorMessage } from '../../schemas/systemError';
import { eventFromJson, EventInvalidError, type LedgerEvent } from '../../schemas';
import { encodeDrafts, nowMicros, type EventDraft } from '../outbox/draft';
import { splitLines, type InputLine } from './splitLines';

/** What the header of a line takes where it says nothing. */
export interface EmitDefaults {
  readonly campaign: string | null;
  readonly unit: string | null;
  readonly attempt: number | null;
}

/** A line that can be no event. Nothing of it or after it is stored; `stored` events before it are. */
export class EmitLineError extends Error {
  override readonly name = 'EmitLineError';

  /**
   * @param line from 1
   * @param field the path of the field that is wrong, or empty where the whole line is
   */
  constructor(
    readonly line: number,
    readonly field: string,
    problem: string,
    readonly stored: number,
  ) {
    const before =
      stored === 1 ? 'the 1 event before it is stored' : `the ${String(stored)} events before it are stored`;
    super(
      `line ${String(line)}: ${field === '' ? '' : `field ${field}: `}${problem}; ` +
        (stored === 0
          ? 'nothing is stored: mend it and send all'
          : `${before}, nothing after it: mend it and send from this line on`),
    );
  }
}

/** An event of 256 KiB is longer as JSON, at most by the escapes in its texts. */
const maxLineBytes = 2 * 1024 * 1024;
const maxBatchEvents = 500;
const maxBatchBytes = 1024 * 1024;
const placeholder = '00000000-0000-7000-8000-000000000000';

/**
 * Stores the events of a stream of JSON lines, in order; empty lines are passed over.
 * @param append stores drafts durably, together or not at all
 * @returns how many events were stored
 * @throws {EmitLineError} at the first line that is no event, once those before it are stored; what `append` throws
 */
export async function emitJsonLines(
  input: AsyncIterable<Uint8Array>,
  defaults: EmitDefaults,
  append: (drafts: readonly EventDraft[]) => Promise<unknown>,
): Promise<number> {
  let batch: EventDraft[] = [];
  let batchBytes = 0;
  let stored = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) {
      await append(batch);
      stored += batch.length;
      batch = [];
      batchBytes = 0;
    }
  };
  const take = async (line: InputLine): Promise<void> => {
    let draft: EventDraft;
    try {
      draft = readLine(line, defaults);
      batchBytes += encodeDrafts([draft], placeholder, Number.MAX_SAFE_INTEGER)[0]?.length ?? 0;
    } catch (error) {
      await flush();
      throw lineError(line, error, stored);
    }
    batch.push(draft);
    if (batch.length >= maxBatchEvents || batchBytes >= maxBatchBytes) {
      await flush();
    }
  };
  for await (const lines of splitLines(input, maxLineBytes)) {
    for (const line of lines) {
      if (line.text?.trim() !== '') {
        await take(line);
      }
    }
    await flush(); // a stream that trickles is stored as it comes
  }
  return stored;
}

function readLine({ text, problem }: InputLine, defaults: EmitDefaults): EventDraft {
  if (text === null) {
    throw new EventInvalidError('', problem ?? 'cannot be read');
  }
  const json = parse(text);
  const given = json['header'] ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new EventInvalidError('header', 'expected an object with campaign and, where they apply, unit and attempt');
  }
  for (const field of ['producer', 'sequence']) {
    if (Object.hasOwn(given, field)) {
      throw new EventInvalidError(`header.${field}`, 'is given by the outbox; leave it out');
    }
  }
  const header = { ...defaults, occurredAt: nowMicros(), ...given, producer: placeholder, sequence: 1 };
  if (header.campaign === null) {
    throw new EventInvalidError('header.campaign', 'which campaign is this? Say it in the header or with --campaign');
  }
  return eventFromJson({ ...json, header }) satisfies LedgerEvent;
}

function parse(text: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new EventInvalidError('', `is not JSON: ${errorMessage(error)}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new EventInvalidError('', 'expected a JSON object with a type and the fields of that event type');
  }
  return json as Record<string, unknown>;
}

function lineError({ number }: InputLine, error: unknown, stored: number): EmitLineError {
  const message = errorMessage(error);
  if (!(error instanceof EventInvalidError)) {
    return new EmitLineError(number, '', message, stored);
  }
  // The error's own message begins with the field, which this one names itself.
  return new EmitLineError(number, error.field, message.replace(/^(field \S+|event): /, ''), stored);
}
